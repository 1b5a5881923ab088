// run

// Promotion through values and pointers, shadowing, depth.
package main

type base struct {
	id   int
	name string
}

func (b base) describe() string { return "base " + b.name }
func (b *base) rename(s string) { b.name = s }

type mid struct {
	base
	level int
}

func (m mid) describe() string { return "mid/" + m.base.describe() }

type top struct {
	*mid
	tag string
}

type side struct{ extra int }

func (s *side) bump() { s.extra++ }

type both struct {
	top
	side
	name string
}

type describer interface{ describe() string }
type renamer interface {
	describer
	rename(string)
}

type logger struct{ describer }

func (l logger) log() string { return "log: " + l.describe() }

func main() {
	m := mid{base{1, "one"}, 2}
	println(m.id, m.name, m.level, m.describe(), m.base.describe())
	m.rename("uno")
	println(m.name)
	t := top{&m, "tag"}
	t.rename("shared")
	println(m.name, t.name, t.id, t.describe())
	b := both{t, side{5}, "own"}
	b.bump()
	b.rename("deep")
	println(b.name, b.top.name, b.extra, b.describe(), m.name)
	var r renamer = t
	r.rename("iface")
	println(m.name, r.describe())
	r = &b
	println(r.describe())
	l := logger{b}
	println(l.log(), l.describe())
	l.describer = base{name: "inner"}
	println(l.log())
	f := b.rename
	f("method value")
	println(m.name)
	g := (*both).bump
	g(&b)
	println(b.extra)
	h := both.describe
	println(h(b))
	defer func() {
		println(recover().(error).Error())
	}()
	b.mid = nil
	println(b.id)
}
