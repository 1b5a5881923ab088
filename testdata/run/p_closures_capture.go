// run

// Captured variables are shared and outlive their function.
package main

func counter() (func() int, func(int)) {
	n := 0
	return func() int { n++; return n }, func(v int) { n = v }
}

func fibs() func() int {
	a, b := 0, 1
	return func() int {
		r := a
		a, b = b, a+b
		return r
	}
}

func compose(fs ...func(int) int) func(int) int {
	return func(x int) int {
		for _, f := range fs {
			x = f(x)
		}
		return x
	}
}

type acc struct {
	total int
	name  string
}

func (a *acc) adder() func(int) int {
	return func(n int) int {
		a.total += n
		return a.total
	}
}

func main() {
	next, set := counter()
	next()
	next()
	println(next())
	set(100)
	println(next())
	other, _ := counter()
	println(other(), next())
	f := fibs()
	for range 15 {
		print(f(), " ")
	}
	println()
	add := func(k int) func(int) int { return func(x int) int { return x + k } }
	mul := func(k int) func(int) int { return func(x int) int { return x * k } }
	println(compose(add(1), mul(10), add(-3))(4), compose()(9))
	var fact func(int) int
	fact = func(n int) int {
		if n < 2 {
			return 1
		}
		return n * fact(n-1)
	}
	println(fact(12))
	a := acc{name: "x"}
	ad := a.adder()
	ad(5)
	println(ad(6), a.total)
	arr := [3]int{1, 2, 3}
	s := "text"
	c := 2 + 3i
	var e any = 17
	g := func() int {
		arr[1] = 50
		s += "!"
		c *= 2
		return e.(int) + len(s) + int(real(c))
	}
	println(g(), g(), arr[1], s, c)
	e = 1
	println(g())
	x := 1
	func() {
		x := x + 1
		x++
		func() { x *= 10 }()
		println(x)
	}()
	println(x)
	{
		y := x
		defer func() { println("deferred", y, x) }()
		y = 7
	}
	x = 8
	var fs [3]func() (int, string)
	for i := range fs {
		fs[i] = func() (int, string) { return i * i, string(rune('a' + i)) }
	}
	for _, f := range fs {
		i, s := f()
		print(i, s, " ")
	}
	println()
	println(func(a, b int) int { return a - b }(10, 4))
	println((func() bool)(nil) == nil)
}
