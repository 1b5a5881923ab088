// run

package main

import (
	"cmp"
	"errors"
	"fmt"
	"sort"
	"strings"
)

type Numeric interface {
	~int | ~int64 | ~float64
}
type StringLike interface{ ~string | ~[]byte }
type Cloner[T any] interface{ Clone() T }
type Shape interface {
	comparable
	Area() float64
}
type PtrTo[T any] interface {
	*T
	Set(string) error
}

type Meters float64
type ID string
type Cfg struct{ v string }

func (c *Cfg) Set(s string) error {
	if s == "" {
		return errors.New("empty")
	}
	c.v = s
	return nil
}

func (c Cfg) Clone() Cfg { return Cfg{c.v + "'"} }

type Sq struct{ s float64 }

func (s Sq) Area() float64 { return s.s * s.s }

func Parse[T any, P PtrTo[T]](ss ...string) ([]T, error) {
	out := make([]T, len(ss))
	for i, s := range ss {
		if err := P(&out[i]).Set(s); err != nil {
			return nil, fmt.Errorf("item %d: %w", i, err)
		}
	}
	return out, nil
}

func Dup[T Cloner[T]](x T) []T { return []T{x, x.Clone()} }

func Len[S StringLike](s S) int           { return len(s) }
func First[S ~string | ~[]byte](s S) byte { return s[0] }

func Avg[T Numeric](xs ...T) float64 {
	var s T
	for _, x := range xs {
		s += x
	}
	return float64(s) / float64(len(xs))
}

func GroupBy[T any, K cmp.Ordered](xs []T, key func(T) K) (out []string) {
	m := map[K][]T{}
	for _, x := range xs {
		m[key(x)] = append(m[key(x)], x)
	}
	keys := make([]K, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	sort.Slice(keys, func(i, j int) bool { return keys[i] < keys[j] })
	for _, k := range keys {
		out = append(out, fmt.Sprint(k, "=", m[k]))
	}
	return
}

func Largest[S Shape](ss ...S) (best S) {
	for _, s := range ss {
		if s.Area() > best.Area() || s == best {
			best = s
		}
	}
	return
}

type Cache[K comparable, V any] struct {
	m     map[K]V
	order []K
	load  func(K) (V, error)
}

func NewCache[K comparable, V any](load func(K) (V, error)) *Cache[K, V] {
	return &Cache[K, V]{m: make(map[K]V), load: load}
}

func (c *Cache[K, V]) Get(k K) (V, error) {
	if v, ok := c.m[k]; ok {
		return v, nil
	}
	v, err := c.load(k)
	if err == nil {
		c.m[k] = v
		c.order = append(c.order, k)
	}
	return v, err
}

type Num[T Numeric] struct{ v T }

func (n Num[T]) Add(o Num[T]) Num[T] { return Num[T]{n.v + o.v} }
func (n Num[T]) String() string      { return fmt.Sprintf("Num[%T](%v)", n.v, n.v) }

func TypeName[T any]() string { return fmt.Sprintf("%T", *new(T)) }

func main() {
	fmt.Println(Parse[Cfg]("a", "b"))
	fmt.Println(Parse[Cfg]("a", ""))
	fmt.Println(Dup(Cfg{"x"}), Len(ID("four")), Len([]byte{1}), First("abc"), First([]byte{9}))
	fmt.Println(Avg(1, 2), Avg(Meters(1.5), 2.5), Avg[float64](1, 2, 4))
	for _, s := range GroupBy(strings.Fields("the quick brown fox jumped over"), func(s string) int { return len(s) }) {
		fmt.Println(s)
	}
	fmt.Println(Largest(Sq{1}, Sq{3}, Sq{2}))
	loads := 0
	c := NewCache(func(k string) (int, error) {
		loads++
		if k == "bad" {
			return 0, fmt.Errorf("no %q", k)
		}
		return len(k), nil
	})
	for _, k := range []string{"aa", "bbb", "aa", "bad", "bad"} {
		v, err := c.Get(k)
		fmt.Print(v, err, " ")
	}
	fmt.Println(loads, c.order)
	fmt.Println(Num[int]{1}.Add(Num[int]{2}), Num[Meters]{0.5}, []Num[float64]{{1}})
	fmt.Println(TypeName[int](), TypeName[map[string][]Num[int]](), TypeName[Cache[string, Sq]](), TypeName[func(ID) error](), TypeName[struct{ X Num[int] }]())
}
