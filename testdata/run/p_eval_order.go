// run

// Order of evaluation of operands, calls, assignments.
package main

var log string

func t(s string, n int) int     { log += s + " "; return n }
func ptr(s string, p *int) *int { log += s + " "; return p }
func show() {
	println(log)
	log = ""
}

type T struct{ n int }

func (x T) m(s string, n int) T { log += s + " "; return T{x.n + n} }

func two(s string) (int, int) { log += s + " "; return 1, 2 }
func three(a, b, c int) int   { return a*100 + b*10 + c }

func sl(s string) []int       { log += s + " "; return make([]int, 10) }
func mp(s string) map[int]int { log += s + " "; return map[int]int{} }

func main() {
	_ = t("a", 1) + t("b", 2)*t("c", 3)
	show()
	println(three(t("1", 1), t("2", 2), t("3", 3)))
	show()
	sl("s")[t("i", 1)] = t("v", 5)
	show()
	sl("s")[t("i", 1)], mp("m")[t("k", 2)] = t("x", 1), t("y", 2)
	show()
	T{}.m("m1", t("a1", 1)).m("m2", t("a2", 2)).m("m3", t("a3", 3))
	show()
	_ = []int{t("e0", 0), t("e1", 1), t("e2", 2)}
	_ = [...]int{2: t("f2", 0), 0: t("f0", 1)}
	_ = struct{ a, b int }{b: t("b", 1), a: t("a", 2)}
	_ = map[int]int{t("k1", 1): t("v1", 1), t("k2", 2): t("v2", 2)}
	show()
	a, b := 1, 2
	a, b = b, a
	println(a, b)
	s := []int{0, 1, 2}
	i := 0
	i, s[i] = 2, 9
	println(i, s[0], s[2])
	s[1], s[2] = s[2], s[1]
	println(s[1], s[2])
	x := []int{1, 2, 3}
	j := 1
	x[j], j = 50, 2
	println(x[1], j)
	p := &x
	*p, x[0] = []int{7, 8, 9}, 100
	println(x[0], (*p)[1])
	n := 5
	*ptr("p", &n) += t("q", 3)
	show()
	println(n)
	m := mp("map")
	m[t("key", 1)] += t("val", 2)
	show()
	m[0], m[1] = two("two")
	println(m[0], m[1])
	func(a, b int) { println(a, b) }(two("f"))
	log = ""
	if t("init", 1) > 0 && t("cond", 0) > 0 || t("or", 1) > 0 {
		show()
	}
	for i := t("start", 0); i < t("limit", 2); i += t("step", 1) {
		t("body", 0)
	}
	show()
	k := 0
	f := func() int { k++; return k }
	arr := [3]int{f(), f(), f()}
	println(arr[0], arr[1], arr[2], k)
	y := f() - f()*f()
	println(y)
	defer func(v ...int) { println(len(v), v[0], v[1]) }(f(), f())
	switch t("tag", 2) {
	case t("c1", 1), t("c2", 2), t("c3", 3):
		show()
	}
	var np *T
	func() {
		defer func() { recover(); show() }()
		np.n = t("rhs first", 1)
	}()
	func() {
		defer func() { recover(); show() }()
		var ns []int
		ns[t("idx", 0)] = t("rhs", 1) / (n - 8)
	}()
}
