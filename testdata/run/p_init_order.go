// run

// Package variables are initialised by dependency, then init functions run in order.
package main

var (
	a = c + b
	b = f("b", 10)
	c = f("c", b+1)
	d = func() int { return f("d", a) }()
)

var x, y = pair()
var z = y + x

var table = map[string]int{"one": one, "two": two()}
var one = f("one", 1)

func two() int { return one + 1 }

var _ = f("blank", 0)

var ptr = &target
var target = f("target", 77)

type T struct{ v int }

func (t T) get() int { return t.v + hidden }

var viaMethod = T{1}.get()
var hidden = f("hidden", 41)
var viaExpr = T.get(T{2})

var count int
var late = f("late", 5)

func f(s string, n int) int {
	count++
	println("init", s, n)
	return n
}

func pair() (int, int) {
	println("pair", d)
	return 3, 4
}

func init() {
	println("init 1", a, count)
	late++
}

func init() {
	println("init 2", late)
	late *= 2
}

func main() {
	println(a, b, c, d)
	println(x, y, z)
	println(table["one"], table["two"], len(table))
	println(*ptr, viaMethod, viaExpr)
	println(count, late)
}

func init() {
	println("init 3", late)
}
