// run

// Deferred calls run last in, first out; arguments are evaluated at the defer statement.
package main

func trace(s string) string { println("enter", s); return s }
func un(s string)           { println("leave", s) }

func nested() {
	defer un(trace("nested"))
	println("in nested")
	inner()
}

func inner() {
	defer un(trace("inner"))
	println("in inner")
}

func args() {
	x := 1
	defer println("deferred println", x)
	defer func(n int) { println("param", n, "captured", x) }(x)
	x = 2
	defer func() { x *= 10 }()
	x = 3
}

func loop() {
	for i := range 5 {
		defer print(i, " ")
	}
}

func result() (n int) {
	defer func() { n *= 2 }()
	defer func() { n += 3 }()
	return 4
}

func early(k int) string {
	defer println("early", k)
	if k == 0 {
		return "zero"
	}
	defer println("later", k)
	for {
		if k > 1 {
			return "many"
		}
		k++
	}
}

type T struct{ n int }

func (t T) val()  { println("val", t.n) }
func (t *T) ptr() { println("ptr", t.n) }

type I interface{ val() }

func methods() {
	t := T{1}
	defer t.val()
	defer t.ptr()
	var i I = t
	defer i.val()
	f := func() { println("f1") }
	defer f()
	f = func() { println("f2") }
	t.n = 2
	i = T{9}
}

func conditional(b bool) {
	if b {
		defer println("conditional")
	}
	defer println("always")
}

func many() (sum int) {
	for i := range 1000 {
		defer func() { sum += i }()
	}
	return 0
}

func builtins() {
	m := map[int]int{1: 1, 2: 2}
	s := []int{1, 2, 3}
	c := make(chan int, 1)
	func() {
		defer delete(m, 1)
		defer clear(s)
		defer close(c)
		defer copy(s, s)
		println(len(m), s[0])
	}()
	_, ok := <-c
	println(len(m), s[0], ok)
}

func main() {
	nested()
	args()
	loop()
	println()
	println(result(), early(0), early(1), early(5))
	methods()
	conditional(true)
	conditional(false)
	println(many())
	builtins()
	defer func() {
		defer func() { println("third") }()
		println("second")
	}()
	println("first")
}
