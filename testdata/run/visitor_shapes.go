// run

// Double dispatch, embedded interfaces, sorting by method, default methods through embedding.
package main

import (
	"fmt"
	"math"
)

type shape interface {
	accept(visitor)
	fmt.Stringer
}
type visitor interface {
	circle(*circle)
	rect(*rect)
	group(*group)
}
type named struct{ name string }

func (n named) String() string { return n.name }

type circle struct {
	named
	r float64
}
type rect struct {
	named
	w, h float64
}
type group struct {
	named
	kids []shape
}

func (c *circle) accept(v visitor) { v.circle(c) }
func (r *rect) accept(v visitor)   { v.rect(r) }
func (g *group) accept(v visitor)  { v.group(g) }

type area struct{ total float64 }

func (a *area) circle(c *circle) { a.total += math.Pi * c.r * c.r }
func (a *area) rect(r *rect)     { a.total += r.w * r.h }
func (a *area) group(g *group) {
	for _, k := range g.kids {
		k.accept(a)
	}
}

type printer struct {
	depth int
	out   []string
}

func (p *printer) line(s shape, f string, args ...any) {
	p.out = append(p.out, fmt.Sprintf("%*s%v: %s", p.depth*2, "", s, fmt.Sprintf(f, args...)))
}
func (p *printer) circle(c *circle) { p.line(c, "r=%.1f", c.r) }
func (p *printer) rect(r *rect)     { p.line(r, "%gx%g", r.w, r.h) }
func (p *printer) group(g *group) {
	p.line(g, "%d kids", len(g.kids))
	p.depth++
	defer func() { p.depth-- }()
	for _, k := range g.kids {
		k.accept(p)
	}
}

type base struct{ visitor }

type scaler struct {
	base
	k float64
	n int
}

func (s *scaler) circle(c *circle) { c.r *= s.k; s.n++ }

func main() {
	scene := &group{named{"scene"}, []shape{
		&circle{named{"c1"}, 1},
		&group{named{"inner"}, []shape{&rect{named{"r1"}, 2, 3}, &rect{named{"r2"}, 0.5, 4}, &circle{named{"c2"}, 2}}},
		&rect{named{"r3"}, 10, 1},
	}}
	a := &area{}
	scene.accept(a)
	fmt.Printf("%.4f\n", a.total)
	p := &printer{}
	scene.accept(p)
	for _, l := range p.out {
		fmt.Println(l)
	}
	s := &scaler{base{&area{}}, 3, 0}
	for _, k := range scene.kids {
		k.accept(s)
	}
	fmt.Println(s.n, s.visitor.(*area).total > 22, scene.kids[0].(*circle).r)
	defer func() { fmt.Println("recovered:", recover() != nil) }()
	(&scaler{}).rect(nil)
}
