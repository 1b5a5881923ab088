// run

// Which methods satisfy interfaces, through values, pointers, embedding and addressable variables.
package main

type I interface{ get() int }
type M interface {
	I
	set(int)
}

type V struct{ n int }

func (v V) get() int   { return v.n }
func (v *V) set(n int) { v.n = n }

type EV struct{ V }
type EP struct{ *V }
type EI struct{ I }
type Deep struct {
	EP
	extra int
}

type F func() int

func (f F) get() int { return f() }

type Self interface{ self() Self }
type S struct{ k int }

func (s S) self() Self { s.k++; return s }

type Over struct{ EV }

func (o Over) get() int { return 1000 + o.EV.get() }

func isI(x any) bool { _, ok := x.(I); return ok }
func isM(x any) bool { _, ok := x.(M); return ok }

func main() {
	v := V{1}
	ev := EV{v}
	ep := EP{&v}
	deep := Deep{ep, 5}
	println(isI(v), isM(v), isI(&v), isM(&v))
	println(isI(ev), isM(ev), isI(&ev), isM(&ev))
	println(isI(ep), isM(ep), isI(&ep), isM(&ep))
	println(isI(deep), isM(deep), isI(EI{v}), isM(EI{&v}), isI(EI{}))
	println(isI(F(nil)), isI(3), isI(nil), isI(Over{}), isM(&Over{}))
	var m M = &v
	m.set(10)
	println(v.n, m.get(), ev.get(), ep.get(), deep.get())
	m = &ev
	m.set(20)
	println(v.n, ev.n)
	m = ep
	m.set(30)
	println(v.n)
	m = deep
	m.set(40)
	println(v.n, deep.n, deep.EP.V.n)
	ei := EI{m}
	println(ei.get())
	ei.I = F(func() int { return 77 })
	println(ei.get(), EI{ei}.get())
	o := Over{EV{V{5}}}
	println(o.get(), o.n)
	o.set(6)
	println(o.get(), I(&o).get())
	var s Self = S{}
	for range 3 {
		s = s.self()
	}
	println(s.(S).k)
	f := I.get
	println(f(v), f(F(func() int { return 3 })))
	g := M.set
	g(&v, 55)
	println(v.n)
	h := EP.set
	h(ep, 66)
	println(v.n)
	k := (*Deep).get
	println(k(&deep))
	var is []I
	is = append(is, v, &v, ev, ep, &deep, F(func() int { return 1 }))
	t := 0
	for _, x := range is {
		t += x.get()
	}
	println(t)
	func() {
		defer func() { println(recover().(error).Error()) }()
		println(EP{}.get())
	}()
	func() {
		defer func() { println(recover().(error).Error()) }()
		println(EI{}.get())
	}()
}
