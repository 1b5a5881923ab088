// run

// Generic methods as values and method expressions, promoted and instantiated in every way.
package main

import (
	"fmt"
	"iter"
	"maps"
	"slices"
)

type List[T any] struct {
	head *node[T]
	n    int
}
type node[T any] struct {
	v    T
	next *node[T]
}

func (l *List[T]) Push(v T) { l.head = &node[T]{v, l.head}; l.n++ }
func (l *List[T]) All() iter.Seq[T] {
	return func(yield func(T) bool) {
		for n := l.head; n != nil; n = n.next {
			if !yield(n.v) {
				return
			}
		}
	}
}
func (l *List[T]) Map[U any](f func(T) U) *List[U] {
	r := &List[U]{}
	for v := range l.All() {
		r.Push(f(v))
	}
	return r
}
func (l List[T]) Fold[A any](a A, f func(A, T) A) A {
	for v := range l.All() {
		a = f(a, v)
	}
	return a
}
func (l List[T]) Conv[K comparable, V any](f func(T) (K, V)) map[K]V {
	m := map[K]V{}
	for v := range l.All() {
		k, x := f(v)
		m[k] = x
	}
	return m
}

type Big struct {
	a [10]int
	s string
}

func (b Big) Get[T int | string](i T) (r Big, x T, y, z, w, u, v int) {
	b.a[0]++
	return b, i, 1, 2, 3, 4, b.a[0]
}
func (b *Big) Set[T ~int](i int, x T) { b.a[i] = int(x) }

type Outer struct {
	pad int
	*Inner
}
type Inner struct {
	pad string
	Big
}

type MyInt int

type Num interface{ ~int | ~float64 }

func Sum[T Num](xs ...T) (s T) {
	for _, x := range xs {
		s += x
	}
	return
}

type Opt[T any] = List[T]
type Pair[A, B any] struct {
	a A
	b B
}

func (p Pair[A, B]) Swap() Pair[B, A] { return Pair[B, A]{p.b, p.a} }
func (p Pair[A, B]) With[C any](c C) Pair[A, C] {
	return Pair[A, C]{p.a, c}
}

func apply[T, U any](x T, f func(T) U) U { return f(x) }

func usesIn[T any](l *List[T]) []string {
	m := l.Map[string]
	g := (*List[T]).Map[int]
	r := m(func(t T) string { return fmt.Sprint("<", t, ">") })
	q := g(l, func(t T) int { return len(fmt.Sprint(t)) })
	var out []string
	for s := range r.All() {
		out = append(out, s)
	}
	for s := range q.All() {
		out = append(out, fmt.Sprint(s))
	}
	var h func(func(T) bool) *List[bool] = l.Map
	for s := range h(func(T) bool { return true }).All() {
		out = append(out, fmt.Sprint(s))
	}
	return out
}

type Emb[T any] struct {
	List[T]
	x int
}

type Rec[T any] struct {
	v    T
	kids []Rec[T]
}

func (r Rec[T]) Depth[N Num](one N) N {
	var m N
	for _, k := range r.kids {
		m = max(m, k.Depth(one))
	}
	return m + one
}

func main() {
	l := &List[int]{}
	for i := range 4 {
		l.Push(i)
	}
	m := l.Map[string]
	fmt.Println(m(func(i int) string { return fmt.Sprint(i * 2) }).Fold("", func(a, b string) string { return a + b }))
	fold := List[int].Fold[float64]
	fmt.Println(fold(*l, 0.5, func(a float64, i int) float64 { return a + float64(i) }))
	pfold := (*List[int]).Fold[int]
	fmt.Println(pfold(l, 1, func(a, i int) int { return a*2 + i }))
	fmt.Println(l.Conv(func(i int) (string, MyInt) { return fmt.Sprint(i), MyInt(i) }))
	conv := l.Conv[int, []int]
	mm := conv(func(i int) (int, []int) { return i, make([]int, i) })
	fmt.Println(slices.Sorted(maps.Keys(mm)), len(mm[3]))
	fmt.Println(usesIn(l), usesIn(&List[string]{}))
	b := Big{s: "q"}
	g := b.Get[string]
	b.a[0] = 100
	r, x, _, _, _, u, v := g("hi")
	fmt.Println(r.a[0], r.s, x, u, v)
	set := b.Set[MyInt]
	set(3, 33)
	fmt.Println(b)
	o := Outer{1, &Inner{"p", b}}
	og := o.Get[int]
	o.a[0] = 7
	r, y, _, _, _, u, v := og(5)
	fmt.Println(r.a[0], y, u, v)
	os := o.Set[int]
	os(1, 11)
	oe := Outer.Get[int]
	r, y, _, _, _, u, v = oe(o, 6)
	fmt.Println(r.a[:4], y, v)
	op := (*Outer).Set[MyInt]
	op(&o, 2, 22)
	osv := Outer.Set[MyInt]
	osv(o, 4, 44)
	fmt.Println(o.a)
	e := Emb[int]{List: *l}
	fmt.Println(e.Fold(0, func(a, b int) int { return a + b }), (*Emb[int]).Map[int](&e, func(i int) int { return i + 1 }).n)
	var opt Opt[string]
	opt.Push("z")
	fmt.Println(opt.Map(func(s string) int { return len(s) }).n)
	p := Pair[int, string]{1, "x"}
	fmt.Printf("%v %T\n", p.Swap().With(2.5), p.Swap().With(2.5))
	w := Pair[int, string].With[bool]
	fmt.Printf("%v %T\n", w(p, true), w)
	fmt.Println(apply(true, p.With[bool]), 0)
	rc := Rec[int]{1, []Rec[int]{{2, nil}, {3, []Rec[int]{{4, nil}}}}}
	fmt.Println(rc.Depth(1), rc.Depth[float64](1.5))
	defer l.Map[bool](func(i int) bool { fmt.Println("d", i); return true })
	go b.Set[int](1, 2)
	defer func() { fmt.Println(recover()) }()
	var np *Outer
	f := np.Get[int]
	_ = f
}
