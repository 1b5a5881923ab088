// run

// Generic types with methods, embedding, recursion, aliases.
package main

type Stack[T any] struct{ items []T }

func (s *Stack[T]) Push(x T) { s.items = append(s.items, x) }
func (s *Stack[T]) Pop() (x T, ok bool) {
	if len(s.items) == 0 {
		return
	}
	x = s.items[len(s.items)-1]
	s.items = s.items[:len(s.items)-1]
	return x, true
}
func (s Stack[T]) Len() int { return len(s.items) }

type Pair[K comparable, V any] struct {
	Key K
	Val V
}

func MakePair[K comparable, V any](k K, v V) Pair[K, V] { return Pair[K, V]{k, v} }
func (p Pair[K, V]) Swap(f func(V) K, g func(K) V) Pair[K, V] {
	return Pair[K, V]{f(p.Val), g(p.Key)}
}

type Tree[T any] struct {
	left, right *Tree[T]
	val         T
}

func (t *Tree[T]) Insert(x T, less func(a, b T) bool) *Tree[T] {
	if t == nil {
		return &Tree[T]{val: x}
	}
	if less(x, t.val) {
		t.left = t.left.Insert(x, less)
	} else {
		t.right = t.right.Insert(x, less)
	}
	return t
}

func (t *Tree[T]) All(yield func(T) bool) bool {
	return t == nil || t.left.All(yield) && yield(t.val) && t.right.All(yield)
}

type List[T any] struct {
	head *node[T]
	n    int
}
type node[T any] struct {
	v    T
	next *node[T]
}

func (l *List[T]) Add(v T) *List[T] {
	l.head = &node[T]{v, l.head}
	l.n++
	return l
}

func (l *List[T]) Each(f func(T)) {
	for n := l.head; n != nil; n = n.next {
		f(n.v)
	}
}

type Set[T comparable] map[T]struct{}

func (s Set[T]) Add(x T)      { s[x] = struct{}{} }
func (s Set[T]) Has(x T) bool { _, ok := s[x]; return ok }

type Vec[T ~int | ~float64] []T

func (v Vec[T]) Dot(w Vec[T]) (d T) {
	for i := range v {
		d += v[i] * w[i]
	}
	return
}

type Base[T any] struct{ v T }

func (b *Base[T]) Set(v T) { b.v = v }
func (b Base[T]) Get() T   { return b.v }

type Derived[T any] struct {
	Base[T]
	name string
}

type Getter[T any] interface{ Get() T }

func Fetch[T any](g Getter[T]) T { return g.Get() }

type Alias[T any] = Pair[string, T]
type Matrix[T any, R interface{ ~[]T }] []R
type Func[A, B any] func(A) B

func (f Func[A, B]) Call(a A) B { return f(a) }

type Option[T any] struct {
	v *T
}

func Some[T any](v T) Option[T] { return Option[T]{&v} }
func (o Option[T]) OrElse(d T) T {
	if o.v == nil {
		return d
	}
	return *o.v
}

func main() {
	var s Stack[string]
	s.Push("a")
	s.Push("b")
	x, ok := s.Pop()
	println(x, ok, s.Len())
	p := MakePair("k", 5)
	println(p.Key, p.Val, p == Pair[string, int]{"k", 5})
	q := p.Swap(func(i int) string { return string(rune('0' + i)) }, func(s string) int { return len(s) })
	println(q.Key, q.Val)
	var t *Tree[int]
	for _, v := range []int{5, 2, 8, 1, 9, 3} {
		t = t.Insert(v, func(a, b int) bool { return a < b })
	}
	t.All(func(v int) bool { print(v, " "); return v < 8 })
	println()
	l := &List[float64]{}
	l.Add(1.5).Add(2.5)
	l.Each(func(f float64) { print(f, " ") })
	println(l.n)
	set := Set[Pair[int, string]]{}
	set.Add(Pair[int, string]{1, "a"})
	println(set.Has(MakePair(1, "a")), set.Has(MakePair(2, "a")))
	println(Vec[int]{1, 2, 3}.Dot(Vec[int]{4, 5, 6}), Vec[float64]{0.5}.Dot(Vec[float64]{4}))
	d := Derived[int]{name: "d"}
	d.Set(7)
	println(d.Get(), Fetch[int](d), Fetch(Getter[int](&d)))
	a := Alias[bool]{"alias", true}
	println(a.Key, a.Val)
	m := Matrix[int, []int]{{1}, {2, 3}}
	println(len(m), m[1][1])
	f := Func[int, string](func(i int) string { return string(rune('A' + i)) })
	println(f.Call(3))
	println(Some(4).OrElse(5), Option[string]{}.OrElse("none"))
	pop := s.Pop
	push := (*Stack[string]).Push
	push(&s, "z")
	v, _ := pop()
	println(v)
	var i any = s
	_, isInt := i.(Stack[int])
	_, isStr := i.(Stack[string])
	println(isInt, isStr)
}
