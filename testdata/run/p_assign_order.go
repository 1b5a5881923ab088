// run

// Order of effects and panics in assignments, with one and with several left sides.
package main

import "fmt"

type P struct {
	x, y int
	a    [4]int
}
type Big struct {
	a [10]int
	p *P
}
type E struct {
	*P
	q int
}

func try(name string, f func()) {
	defer func() {
		if r := recover(); r != nil {
			fmt.Println(name, "panic:", r)
		}
	}()
	f()
	fmt.Println(name, "ok")
}

var log string

func t(s string, n int) int { log += s; return n }

//go:noinline
func id[T any](x T) T { return x }

func main() {
	zero := id(0)
	two := id(2)
	nine := id(9)
	a := []int{1, 2, 3}
	b := []int{4, 5, 6}
	arr := [4]int{1, 2, 3, 4}
	var np *P
	var nm map[string]int
	m := map[string]int{"a": 1}
	show := func() {
		fmt.Println(a, b, arr, nm, m)
		a = []int{1, 2, 3}
		b = []int{4, 5, 6}
		m = map[string]int{"a": 1}
		arr = [4]int{1, 2, 3, 4}
	}
	try("slice2 oob", func() { a[two], b[nine] = 10, 20 })
	show()
	try("slice1 oob", func() { a[nine], b[two] = 10, 20 })
	show()
	try("div second", func() { a[0], b[0] = 10, 20/zero })
	show()
	try("div first", func() { a[0], b[0] = 10/zero, 20 })
	show()
	try("nilmap second", func() { a[0], nm["x"] = 10, 20 })
	show()
	try("nilmap first", func() { nm["x"], a[0] = 10, 20 })
	show()
	try("map then div", func() { m["z"], a[0] = 1/zero, 5 })
	show()
	try("single map div", func() { m["z"] = 1 / zero })
	show()
	try("arr idx", func() { arr[two], a[nine] = 7, 8 })
	show()
	try("arr idx2", func() { a[1], arr[nine] = 7, 8 })
	show()
	try("nil ptr second", func() { a[0], np.x = 11, 12 })
	show()
	try("nil ptr first", func() { np.x, a[0] = 11, 12 })
	show()
	try("nil ptr rhs", func() { a[0], a[1] = 11, np.x })
	show()
	try("idx expr panics", func() { a[0], b[id(1)/zero] = 11, 12 })
	show()
	try("idx expr", func() { a[0], b[a[1]+nine] = 11, 12 })
	show()
	try("swap", func() { a[0], a[1] = a[1], a[0] })
	show()
	try("swap idx", func() { i := 0; i, a[i] = 2, 77; fmt.Println(i) })
	show()
	try("chain", func() { a[a[0]], a[0] = 50, 2; fmt.Println(a) })
	show()
	try("chain2", func() { a[0], a[a[0]] = 2, 50; fmt.Println(a) })
	show()
	try("ptr to arr", func() { p := &arr; var q *[4]int; p[1], q[2] = 5, 6 })
	show()
	try("ptr reassign", func() {
		p := &P{}
		q := p
		p, p.x = &P{y: 3}, 5
		fmt.Println(*p, *q)
	})
	try("deref", func() {
		x := 1
		p := &x
		p, *p = nil, 6
		fmt.Println(x, p)
	})
	try("deref nil", func() {
		x := 1
		var p *int
		x, *p = 6, 7
		_ = x
	})
	try("embedded", func() {
		e := E{}
		a[0], e.x = 100, 6
	})
	show()
	try("embedded2", func() {
		e := E{P: &P{}}
		old := e.P
		e.P, e.x = &P{y: 2}, 6
		fmt.Println(*old, *e.P)
		pe := &e
		old = e.P
		pe.P, pe.x = &P{y: 4}, 9
		fmt.Println(*old, *e.P)
		pe.P, pe.a[two] = old, 9
		fmt.Println(*old, *e.P)
	})
	try("big", func() {
		bg := []Big{{}, {}}
		bg[0].a[0] = 5
		bg[1].a[1] = 6
		bg[0], bg[1] = bg[1], bg[0]
		fmt.Println(bg)
		bg[0], bg[nine] = bg[1], bg[0]
	})
	try("iface", func() {
		var x any = 1
		var s string
		a[0], s = 99, x.(string)
		_ = s
	})
	show()
	try("func", func() { a[0], m["q"], arr[two] = func() (int, int, int) { return 7, 8, 9 }() })
	show()
	try("func2", func() { a[0], b[nine], arr[two] = func() (int, int, int) { return 7, 8, 9 }() })
	show()
	try("func3", func() { a[0], a[a[0]] = func() (int, int) { return 1, 8 }() })
	show()
	try("commaok", func() { var ok bool; a[nine], ok = m["a"]; fmt.Println(ok) })
	try("commaok2", func() { okv := []bool{false}; a[1], okv[nine] = m["a"] })
	show()
	try("opassign", func() { a[nine] += t("r", 1) })
	fmt.Println(log)
	try("opassign nilmap", func() { nm["a"] += t("s", 1) })
	try("opassign map div", func() { m["q"] /= zero })
	show()
	try("opassign map shift", func() { m["q"] <<= id(-1) })
	show()
	try("opassign order", func() { m["q"] += func() int { m["q"] = 10; return 1 }() })
	show()
	try("opassign order2", func() { a[0] += func() int { a[0] = 10; return 1 }() })
	show()
	x := 5
	x += func() int { x = 10; return 1 }()
	fmt.Println(x)
	try("map append", func() {
		mm := map[string][]int{}
		mm["a"] = append(mm["a"], 1)
		mm["a"] = append(mm["a"], 2, 3)
		mm["b"] = append(mm["b"])
		mm["c"] = append(mm["a"], mm["a"]...)
		mm["a"] = append(mm["a"], mm["c"]...)
		fmt.Println(mm, len(mm))
		mm["d"] = append(mm["d"], id(1)/zero)
	})
	try("map append nil", func() { var mm map[int][]int; mm[1] = append(mm[1], t("w", 3)) })
	fmt.Println(log)
	k := "a"
	m[k] = func() int { k = "changed"; return 4 }()
	fmt.Println(m)
	i8 := map[int8]int{}
	kk := int8(1)

	i8[kk+1] = func() int { kk = 20; return 4 }()
	fmt.Println(i8)
	mi := map[any]int{}
	mi[kk] = func() int { kk = 5; return 3 }()
	fmt.Println(mi)
	bs := []byte("hello")
	ms := map[string]int{"hello": 1, "jello": 2}
	fmt.Println(ms[string(bs)], func() int { bs[0] = 'j'; return 0 }())
	bs = []byte("hello")
	fmt.Println(ms[string(bs)] + func() int { bs[0] = 'j'; return 0 }())
	st := "abc"
	fmt.Println([]byte(st), func() int { st = "xyz"; return 1 }())
	fmt.Println(string(bs), func() int { bs[0] = 'z'; return 1 }())
	ss := string(bs) + func() string { bs[0] = 'q'; return "!" }()
	fmt.Println(ss)
	ms[string(bs)], bs[0] = 7, 'w'
	fmt.Println(ms)
	ms[string(bs)] = func() int { bs[0] = 'v'; return 9 }()
	fmt.Println(ms)
	ms[string(bs)] += func() int { bs[0] = 'u'; return 9 }()
	fmt.Println(ms)
	var g struct{ f func() int }
	try("nil func", func() { a[0], a[1] = 3, g.f() })
	show()
	type S struct{ v [3]int }
	sarr := [2]S{}
	si := 1
	sarr[si].v[si], si = 5, 0
	fmt.Println(sarr, si)
	si, sarr[si].v[si+1] = 1, 8
	fmt.Println(sarr, si)
	for si, a[si] = range []int{7, 8, 9} {
	}
	fmt.Println(a, si)
	ch := make(chan int, 3)
	ch <- 1
	ch <- 2
	var ok bool
	a[two], ok = <-ch
	fmt.Println(a, ok)
	select {
	case a[0], ok = <-ch:
	}
	fmt.Println(a, ok)
	try("safe index", func() { a[id(1)/zero] = np.x })
	try("safe index 2", func() { a[nine] = np.x })
	try("safe index 3", func() { a[a[nine]] = np.x })
	try("shift idx", func() { a[1<<id(-1)] = np.x })
	try("deref both", func() { var q *P; *q = *np })
}
