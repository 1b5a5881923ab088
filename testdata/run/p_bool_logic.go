// run

// Short-circuit evaluation and boolean values as data.
package main

var trace string

func t(s string) bool { trace += s; return true }
func f(s string) bool { trace += s; return false }

func show(b bool) {
	println(b, trace)
	trace = ""
}

type Flag bool

func (x Flag) not() Flag { return !x }

func majority(a, b, c bool) bool { return a && b || b && c || a && c }

func main() {
	show(t("a") && t("b"))
	show(f("a") && t("b"))
	show(t("a") || t("b"))
	show(f("a") || f("b"))
	show(t("a") && f("b") || t("c"))
	show(!(t("a") && !f("b")))
	show((f("a") || t("b")) && (f("c") || f("d")) || f("e"))
	show(t("a") == f("b"))
	show(t("a") != f("b") && f("c") == f("d"))
	var m [8]bool
	for i := range m {
		m[i] = majority(i&1 != 0, i&2 != 0, i&4 != 0)
		print(m[i], " ")
	}
	println()
	x := Flag(true)
	println(bool(x.not()), bool(x.not().not()))
	n := 0
	for i, b := range m {
		if b {
			n |= 1 << i
		}
	}
	println(n)
	var p *bool
	if p != nil && *p {
		println("unreachable")
	}
	b := n > 3
	p = &b
	*p = !*p
	println(b)
}
