// run

// Arrays are values: copied, compared, passed and returned whole.
package main

type Grid [3][4]int

func (g Grid) sum() (n int) {
	for _, row := range g {
		for _, v := range row {
			n += v
		}
	}
	return
}

func (g *Grid) fill() {
	for i := range g {
		for j := range g[i] {
			g[i][j] = i*10 + j
		}
	}
}

func change(a [5]int) [5]int {
	a[0] = 99
	return a
}

func main() {
	a := [5]int{1, 2, 3}
	b := a
	b[4] = 7
	println(a == b, a != b, a == [5]int{1, 2, 3, 0, 0})
	c := change(a)
	println(a[0], c[0], c[1], len(c), cap(c))
	var g Grid
	g.fill()
	println(g.sum(), g[2][3])
	h := g
	h[1][1] = 1000
	println(g.sum(), h.sum(), g == h)
	p := &g
	p[0][0] = 5
	println(len(p), p[0][0], g[0][0])
	for i, row := range p {
		print(i, ":", row[3], " ")
	}
	println()
	d := [...]string{2: "two", 0: "zero", 3: "three"}
	println(len(d), d[0], d[1] == "", d[2], d[3])
	// The range expression is evaluated once, the array copied.
	e := [3]int{1, 2, 3}
	for i, v := range e {
		e[2] = 10
		print(i, v, " ")
	}
	println(e[2])
	f := [3]int{1, 2, 3}
	for i, v := range &f {
		f[2] = 10
		print(i, v, " ")
	}
	println()
	s := e[:2]
	s[0] = 77
	println(e[0])
	z := [0]int{}
	println(len(z), z == [0]int{})
	arr := [2]struct {
		x int
		s string
	}{{1, "a"}, {2, "b"}}
	arr2 := arr
	println(arr == arr2)
	arr2[1].s = "c"
	println(arr == arr2, arr2[1].s)
	var m = map[[2]int]string{{1, 2}: "x", {2, 1}: "y"}
	println(m[[2]int{2, 1}], m[[...]int{1, 2}])
	i := 3
	a[i], a[i-1] = a[i-1], a[i]
	println(a[2], a[3])
	q := [4]int(a[1:5])
	pa := (*[2]int)(a[3:])
	pa[0] = -1
	println(q[0], a[3], q[2])
}
