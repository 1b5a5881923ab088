// run

// Struct values: nesting, copying, comparison, anonymous types, blank fields.
package main

type inner struct {
	a, b int
	s    string
}

type outer struct {
	inner
	name string
	in   inner
	p    *inner
	_    int
	arr  [2]inner
}

func mod(o outer) outer {
	o.a = 100
	o.in.b = 200
	o.arr[1].s = "mod"
	if o.p != nil {
		o.p.a = 300
	}
	return o
}

type empty struct{}

type list struct {
	v    int
	next *list
}

func main() {
	o := outer{inner: inner{1, 2, "x"}, name: "o", p: &inner{}}
	q := mod(o)
	println(o.a, o.in.b, o.arr[1].s == "", o.p.a)
	println(q.a, q.in.b, q.arr[1].s, q.p.a, q.b, q.s, q.name)
	println(o == q, o.inner == inner{1, 2, "x"})
	r := o
	println(r == o)
	r.arr[0].b++
	println(r == o)
	anon := struct {
		x, y int
		t    struct{ z string }
	}{x: 1, y: 2}
	anon.t.z = "zz"
	other := anon
	println(other == anon, other.t.z)
	var e1, e2 empty
	println(e1 == e2)
	var head *list
	for i := range 5 {
		head = &list{i, head}
	}
	for p := head; p != nil; p = p.next {
		print(p.v, " ")
	}
	println()
	ps := []*inner{{1, 2, "a"}, {3, 4, "b"}}
	println(ps[1].s, ps[0].b)
	ms := map[string]struct{ v, w int }{"k": {1, 2}}
	println(ms["k"].w, ms["z"].v)
	pp := &o.arr[1]
	pp.a = 55
	println(o.arr[1].a)
	*pp = inner{s: "whole"}
	println(o.arr[1].a, o.arr[1].s)
	o, q = q, o
	println(o.a, q.a)
	f := &o.in.s
	*f = "via pointer"
	println(o.in.s)
	type conv struct {
		a, b int
		s    string
	}
	c := conv(o.in)
	println(c.b, c.s, inner(c) == o.in)
	n := new(outer)
	n.inner.a = 1
	println((*n).a, n.p == nil)
	var z struct {
		b1 bool
		i  int64
		b2 bool
		f  float32
		u  uint16
	}
	z.b2, z.u = true, 65535
	y := z
	y.b1 = true
	println(z == y, y.b2, y.u)
}
