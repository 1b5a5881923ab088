// run

// Value and pointer receivers, method values and expressions, methods on many kinds of types.
package main

type num int

func (n num) add(m num) num { return n + m }
func (n *num) inc()         { *n++ }

type vec []int

func (v vec) sum() (s int) {
	for _, x := range v {
		s += x
	}
	return
}
func (v *vec) push(x int) { *v = append(*v, x) }

type fn func(int) int

func (f fn) twice(x int) int { return f(f(x)) }

type table map[string]int

func (t table) get(k string) int { return t[k] }

type pt struct{ x, y, z, w, v int }

func (p pt) sum() int          { return p.x + p.y + p.z + p.w + p.v }
func (p *pt) scale(k int)      { p.x *= k; p.y *= k }
func (pt) static() string      { return "static" }
func (*pt) nilOK() string      { return "nil ok" }
func (p *pt) chain() *pt       { p.v++; return p }
func apply(f func(int), n int) { f(n) }

type ch chan int

func (c ch) drain() (n int) {
	for v := range c {
		n += v
	}
	return
}

func main() {
	n := num(3)
	n.inc()
	println(n.add(4), n)
	f := n.add
	n.inc()
	println(f(10), n)
	g := n.inc
	g()
	g()
	println(n)
	h := num.add
	println(h(1, 2))
	k := (*num).inc
	k(&n)
	println(n)
	k2 := (*num).add
	println(k2(&n, 100))
	var v vec
	v.push(1)
	v.push(2)
	println(v.sum(), vec{4, 5}.sum(), vec(nil).sum())
	println(fn(func(i int) int { return i * i }).twice(3))
	println(table{"a": 1}.get("a"))
	p := pt{1, 2, 3, 4, 5}
	sum := p.sum
	p.scale(10)
	println(p.sum(), sum(), p.static())
	var np *pt
	println(np.nilOK())
	p.chain().chain().scale(2)
	println(p.v, p.x)
	apply(p.scale, 3)
	println(p.x)
	ps := &p
	q := ps.sum
	ps.x = 0
	println(q(), ps.sum())
	c := make(ch, 3)
	c <- 1
	c <- 2
	close(c)
	println(c.drain())
	ms := []func(num) num{n.add, num(100).add}
	println(ms[0](1), ms[1](1))
	defer func() { println(recover().(error).Error()) }()
	bad := np.sum
	println(bad())
}
