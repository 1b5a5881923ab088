// run

// Large values as parameters, results, elements, captured variables and channel elements.
package main

type big struct {
	a [64]int
	s string
	n *int
}

func fill(k int) (b big) {
	for i := range b.a {
		b.a[i] = i * k
	}
	b.s = "filled"
	b.n = &b.a[1]
	return
}

func (b big) sum() (t int) {
	for _, v := range b.a {
		t += v
	}
	return
}

func (b *big) neg() {
	for i := range b.a {
		b.a[i] = -b.a[i]
	}
}

func swap(x, y big) (big, big) { return y, x }

func many(a, b, c, d, e, f, g, h, i, j int, k string, l float64, m big, n []int) (int, string, float64, big, []int) {
	m.a[0] = a + b + c + d + e + f + g + h + i + j
	return m.a[0], k + "!", l * 2, m, n[1:]
}

func variadic(bs ...big) (t int) {
	for _, b := range bs {
		t += b.a[63]
	}
	return
}

type shape interface{ sum() int }

func main() {
	x, y := fill(1), fill(2)
	println(x.sum(), y.sum(), x.s, *y.n)
	x, y = swap(x, y)
	println(x.sum(), y.sum())
	n, s, f, m, sl := many(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, "k", 1.5, x, []int{1, 2, 3})
	println(n, s, f, m.a[0], m.a[63], x.a[0], len(sl))
	z := x
	z.neg()
	println(z.sum(), x.sum(), z == x)
	z.neg()
	println(z == x, z != y)
	arr := [3]big{x, y}
	arr[2] = arr[0]
	arr[0].a[0] = 1000
	println(arr[2].a[0], arr[0].sum()-arr[2].sum(), variadic(arr[:]...), variadic())
	var i shape = x
	x.a[5] = 0
	println(i.sum(), x.sum(), i.(big).s)
	g := func() int { x.a[6]++; return x.a[6] + y.a[6] }
	println(g(), g(), x.a[6])
	c := make(chan big, 1)
	c <- y
	y.a[63] = 0
	println((<-c).a[63])
	mp := map[string]big{"x": x}
	x.a[0] = 9
	println(mp["x"].a[0], mp["none"].a[0], mp["x"].s)
	h := y.sum
	y.a[1] = 1 << 20
	println(h(), y.sum())
	p := &arr[1]
	arr[1] = fill(3)
	println(p.a[2])
	*p = *p
	arr[0], arr[1] = arr[1], arr[0]
	println(arr[0].a[2], arr[1].a[2], p.a[2])
	defer func(b big) { println(b.a[1], y.a[1]) }(y)
	y.a[1] = 3
	func() {
		defer func() {
			b := recover().(big)
			println("recovered", b.a[2])
		}()
		panic(arr[0])
	}()
}
