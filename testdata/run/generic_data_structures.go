// run

// A balanced tree map, a priority queue, an optional type and a result type.
package main

import (
	"cmp"
	"fmt"
	"iter"
	"strings"
)

type color bool

const (
	red   color = false
	black color = true
)

type node[K, V any] struct {
	key         K
	val         V
	left, right *node[K, V]
	prio        uint32
	size        int
}

// Treap is an ordered map.
type Treap[K, V any] struct {
	root *node[K, V]
	cmp  func(a, b K) int
	seed uint32
}

func NewTreap[K cmp.Ordered, V any]() *Treap[K, V] { return &Treap[K, V]{cmp: cmp.Compare[K], seed: 1} }

func (n *node[K, V]) len() int {
	if n == nil {
		return 0
	}
	return n.size
}

func (n *node[K, V]) fix() *node[K, V] {
	n.size = 1 + n.left.len() + n.right.len()
	return n
}

func (t *Treap[K, V]) split(n *node[K, V], k K) (l, r *node[K, V]) {
	if n == nil {
		return
	}
	if t.cmp(n.key, k) < 0 {
		n.right, r = t.split(n.right, k)
		return n.fix(), r
	}
	l, n.left = t.split(n.left, k)
	return l, n.fix()
}

func merge[K, V any](l, r *node[K, V]) *node[K, V] {
	switch {
	case l == nil:
		return r
	case r == nil:
		return l
	case l.prio > r.prio:
		l.right = merge(l.right, r)
		return l.fix()
	}
	r.left = merge(l, r.left)
	return r.fix()
}

func (t *Treap[K, V]) Get(k K) (v V, ok bool) {
	for n := t.root; n != nil; {
		switch c := t.cmp(k, n.key); {
		case c < 0:
			n = n.left
		case c > 0:
			n = n.right
		default:
			return n.val, true
		}
	}
	return
}

func (t *Treap[K, V]) Put(k K, v V) {
	t.Delete(k)
	t.seed = t.seed*1664525 + 1013904223
	l, r := t.split(t.root, k)
	t.root = merge(merge(l, (&node[K, V]{key: k, val: v, prio: t.seed}).fix()), r)
}

func (t *Treap[K, V]) Delete(k K) bool {
	p := &t.root
	var path []*node[K, V]
	for *p != nil {
		n := *p
		switch c := t.cmp(k, n.key); {
		case c < 0:
			p = &n.left
		case c > 0:
			p = &n.right
		default:
			*p = merge(n.left, n.right)
			for i := len(path) - 1; i >= 0; i-- {
				path[i].fix()
			}
			return true
		}
		path = append(path, n)
	}
	return false
}

func (t *Treap[K, V]) Nth(i int) (k K, v V) {
	for n := t.root; n != nil; {
		switch l := n.left.len(); {
		case i < l:
			n = n.left
		case i > l:
			i -= l + 1
			n = n.right
		default:
			return n.key, n.val
		}
	}
	return
}

func (n *node[K, V]) walk(yield func(K, V) bool) bool {
	return n == nil || n.left.walk(yield) && yield(n.key, n.val) && n.right.walk(yield)
}

func (t *Treap[K, V]) All() iter.Seq2[K, V] { return func(y func(K, V) bool) { t.root.walk(y) } }

type Option[T any] struct {
	v  T
	ok bool
}

func Some[T any](v T) Option[T] { return Option[T]{v, true} }
func None[T any]() Option[T]    { return Option[T]{} }
func (o Option[T]) Then[U any](f func(T) Option[U]) Option[U] {
	if !o.ok {
		return None[U]()
	}
	return f(o.v)
}
func (o Option[T]) String() string {
	if !o.ok {
		return "None"
	}
	return fmt.Sprintf("Some(%v)", o.v)
}

type PQ[T any] struct {
	xs   []T
	less func(a, b T) bool
}

func (q *PQ[T]) Push(xs ...T) {
	for _, x := range xs {
		q.xs = append(q.xs, x)
		for i := len(q.xs) - 1; i > 0 && q.less(q.xs[i], q.xs[(i-1)/2]); i = (i - 1) / 2 {
			q.xs[i], q.xs[(i-1)/2] = q.xs[(i-1)/2], q.xs[i]
		}
	}
}

func (q *PQ[T]) Pop() Option[T] {
	n := len(q.xs) - 1
	if n < 0 {
		return None[T]()
	}
	top := q.xs[0]
	q.xs[0] = q.xs[n]
	q.xs = q.xs[:n]
	for i := 0; 2*i+1 < n; {
		c := 2*i + 1
		if c+1 < n && q.less(q.xs[c+1], q.xs[c]) {
			c++
		}
		if !q.less(q.xs[c], q.xs[i]) {
			break
		}
		q.xs[i], q.xs[c] = q.xs[c], q.xs[i]
		i = c
	}
	return Some(top)
}

func main() {
	t := NewTreap[string, int]()
	for i, w := range strings.Fields("the quick brown fox jumps over the lazy dog again and again") {
		n, _ := t.Get(w)
		t.Put(w, n*100+i)
	}
	for k, v := range t.All() {
		fmt.Print(k, "=", v, " ")
	}
	fmt.Println(t.root.len())
	fmt.Println(t.Delete("fox"), t.Delete("cat"), t.root.len())
	fmt.Println(t.Nth(0))
	fmt.Println(t.Nth(4))
	big := NewTreap[int, [2]int]()
	for i := range 2000 {
		big.Put(i*7919%2003, [2]int{i, i * i})
	}
	for i := 0; i < 2003; i += 2 {
		big.Delete(i)
	}
	sum, prev, sorted := 0, -1, true
	for k, v := range big.All() {
		sorted = sorted && k > prev
		prev = k
		sum += v[0]
		if k > 1500 {
			break
		}
	}
	fmt.Println(big.root.len(), sum, sorted, red, black)
	q := PQ[string]{less: func(a, b string) bool { return len(a) < len(b) || len(a) == len(b) && a < b }}
	q.Push("pear", "fig", "banana", "kiwi", "a")
	for o := q.Pop(); o.ok; o = q.Pop() {
		fmt.Print(o, " ")
	}
	fmt.Println(q.Pop())
	half := func(n int) Option[int] {
		if n%2 != 0 {
			return None[int]()
		}
		return Some(n / 2)
	}
	fmt.Println(Some(20).Then(half).Then(half), Some(20).Then(half).Then(half).Then(half), Some("x").Then(func(s string) Option[float64] { return Some(float64(len(s)) / 4) }))
}
