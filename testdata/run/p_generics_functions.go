// run

// Type parameters of functions: inference, constraints, closures, recursion.
package main

type Number interface {
	~int | ~int8 | ~int16 | ~int32 | ~int64 | ~float32 | ~float64
}

type Ordered interface {
	~int | ~uint8 | ~float64 | ~string
}

func Sum[T Number](xs ...T) (s T) {
	for _, x := range xs {
		s += x
	}
	return
}

func Map[T, U any](xs []T, f func(T) U) []U {
	out := make([]U, 0, len(xs))
	for _, x := range xs {
		out = append(out, f(x))
	}
	return out
}

func Reduce[T, A any](xs []T, init A, f func(A, T) A) A {
	for _, x := range xs {
		init = f(init, x)
	}
	return init
}

func Filter[S ~[]E, E any](s S, keep func(E) bool) S {
	var out S
	for _, e := range s {
		if keep(e) {
			out = append(out, e)
		}
	}
	return out
}

func Max[T Ordered](a T, rest ...T) T {
	for _, b := range rest {
		if b > a {
			a = b
		}
	}
	return a
}

func Keys[M ~map[K]V, K comparable, V any](m M) (n int) {
	for range m {
		n++
	}
	return
}

func Ptr[T any](x T) *T            { return &x }
func Zero[T any]() (z T)           { return }
func Eq[T comparable](a, b T) bool { return a == b }

func Swap[A, B any](a A, b B) (B, A) { return b, a }

func Conv[To, From Number](f From) To { return To(f) }

func Depth[T any](n int, x T) int {
	if n == 0 {
		return 0
	}
	return 1 + Depth(n-1, x)
}

type myInt int

func (m myInt) String() string { return "myInt" }

type ints []int

func (s ints) total() int { return Sum(s...) }

type stringer interface{ String() string }

func Strs[T stringer](xs ...T) (s string) {
	for _, x := range xs {
		s += x.String()
	}
	return
}

func Counter[T comparable]() func(T) int {
	m := map[T]int{}
	return func(x T) int { m[x]++; return m[x] }
}

func main() {
	println(Sum(1, 2, 3), Sum(1.5, 2.5), Sum[int8](100, 100), Sum[myInt]())
	sq := Map([]int{1, 2, 3}, func(i int) string { return string(rune('a' + i)) })
	println(len(sq), sq[0], sq[2])
	println(Reduce(sq, 0, func(n int, s string) int { return n*10 + len(s) }))
	println(Filter(ints{1, 2, 3, 4, 5, 6}, func(i int) bool { return i%2 == 0 }).total())
	println(Max("b", "c", "a"), Max(2.5, 1), Max(byte(3), 9))
	println(Keys(map[string]bool{"a": true, "b": false}))
	p := Ptr(42)
	*p++
	println(*p, *Ptr("s"), Zero[int](), Zero[string]() == "", Zero[*int]() == nil)
	println(Eq(1, 1), Eq("a", "b"), Eq([2]int{1, 2}, [2]int{1, 2}), Eq[any](1, "1"))
	a, b := Swap(1, "one")
	println(a, b)
	println(Conv[int](3.99), Conv[int8](300), Conv[float64](7), Conv[myInt](int64(5)))
	println(Depth(50, "x"))
	println(Strs(myInt(1), myInt(2)))
	c := Counter[string]()
	c("x")
	println(c("x"), c("y"))
	f := Sum[float64]
	println(f(0.5, 0.25))
	var g func(int, ...int) int = Max
	println(g(3, 4))
	func() {
		defer func() { println(recover().(error).Error()) }()
		Eq[any]([]int{}, []int{})
	}()
}
