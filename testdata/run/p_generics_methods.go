// run

// Methods with type parameters of their own.
package main

type Seq[T any] struct{ xs []T }

func Of[T any](xs ...T) Seq[T] { return Seq[T]{xs} }

func (s Seq[T]) Map[U any](f func(T) U) Seq[U] {
	out := make([]U, len(s.xs))
	for i, x := range s.xs {
		out[i] = f(x)
	}
	return Seq[U]{out}
}

func (s Seq[T]) Fold[A any](init A, f func(A, T) A) A {
	for _, x := range s.xs {
		init = f(init, x)
	}
	return init
}

func (s *Seq[T]) AppendAll[S ~[]T](more S) int {
	s.xs = append(s.xs, more...)
	return len(s.xs)
}

type plain struct{ n int }

func (p plain) To[T ~int | ~float64]() T { return T(p.n) / 2 }

func (p *plain) Each[K comparable](ks []K, f func(K, int)) {
	for _, k := range ks {
		p.n++
		f(k, p.n)
	}
}

type wrap struct {
	plain
	*Seq[string]
}

func main() {
	s := Of(1, 2, 3)
	t := s.Map(func(i int) string { return string(rune('a' + i)) })
	println(t.xs[0], t.xs[2], len(t.xs))
	println(s.Fold(100, func(a, x int) int { return a - x }))
	println(t.Fold("", func(a, x string) string { return x + a }))
	println(s.Map(func(i int) float64 { return float64(i) / 2 }).Fold(0.0, func(a, f float64) float64 { return a + f }))
	println(s.AppendAll([]int{4, 5}), s.xs[4])
	p := plain{7}
	println(p.To[int](), p.To[float64]())
	p.Each([]string{"x", "y"}, func(k string, n int) { println(k, n) })
	w := wrap{p, &t}
	println(w.To[int](), w.Fold(0, func(n int, s string) int { return n + len(s) }))
	w.Each([]int{10}, func(k, n int) { println(k, n) })
	f := plain.To[float64]
	println(f(plain{3}))
	g := p.To[int]
	p.n = 100
	println(g())
}
