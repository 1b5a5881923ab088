// run

// Keys of composite literals may name promoted fields.
package main

type A struct {
	x, y int
}

type B struct {
	A
	z string
}

type C struct {
	B
	w float64
}

func show(c C) { println(c.x, c.y, c.z, c.w) }

func main() {
	b := B{x: 1, y: 2, z: "b"}
	println(b.x, b.y, b.A.x, b.z)
	c := C{y: 5, z: "c", w: 2.5}
	show(c)
	show(C{x: 9})
	p := &C{x: 1, w: 3}
	p.A.y = 4
	show(*p)
	s := []B{{x: 3}, {z: "zz"}, {A: A{1, 2}}}
	println(s[0].x, s[1].z, s[2].y)
	m := map[string]C{"k": {x: 7, z: "m"}}
	show(m["k"])
	println(b == B{A{1, 2}, "b"}, c == C{B: B{A: A{y: 5}, z: "c"}, w: 2.5})
}
