// run

// A cache with generics: doubly linked list, eviction policies, statistics, loading, snapshots.
package main

import (
	"cmp"
	"errors"
	"fmt"
	"iter"
	"slices"
	"sort"
	"strings"
	"sync"
)

// List is an intrusive doubly linked list with a sentinel.
type List[T any] struct {
	root Element[T]
	len  int
}

// Element is a node of a List.
type Element[T any] struct {
	next, prev *Element[T]
	list       *List[T]
	Value      T
}

// NewList makes an empty list.
func NewList[T any]() *List[T] {
	l := new(List[T])
	l.root.next, l.root.prev = &l.root, &l.root
	return l
}

// Len is the number of elements.
func (l *List[T]) Len() int { return l.len }

// Front is the first element or nil.
func (l *List[T]) Front() *Element[T] {
	if l.len == 0 {
		return nil
	}
	return l.root.next
}

// Back is the last element or nil.
func (l *List[T]) Back() *Element[T] {
	if l.len == 0 {
		return nil
	}
	return l.root.prev
}

func (l *List[T]) insert(e, at *Element[T]) *Element[T] {
	e.prev, e.next = at, at.next
	e.prev.next, e.next.prev = e, e
	e.list = l
	l.len++
	return e
}

// PushFront adds a value at the front.
func (l *List[T]) PushFront(v T) *Element[T] { return l.insert(&Element[T]{Value: v}, &l.root) }

// PushBack adds a value at the back.
func (l *List[T]) PushBack(v T) *Element[T] { return l.insert(&Element[T]{Value: v}, l.root.prev) }

// Remove takes an element out.
func (l *List[T]) Remove(e *Element[T]) T {
	if e.list != l {
		panic("element of another list")
	}
	e.prev.next, e.next.prev = e.next, e.prev
	e.next, e.prev, e.list = nil, nil, nil
	l.len--
	return e.Value
}

// MoveToFront makes an element the first.
func (l *List[T]) MoveToFront(e *Element[T]) {
	if l.root.next == e {
		return
	}
	l.Remove(e)
	l.insert(e, &l.root)
}

// All iterates from the front; the current element may be removed.
func (l *List[T]) All() iter.Seq2[int, *Element[T]] {
	return func(yield func(int, *Element[T]) bool) {
		i := 0
		for e := l.root.next; e != &l.root; i++ {
			next := e.next
			if !yield(i, e) {
				return
			}
			e = next
		}
	}
}

// Policy decides which entry leaves a full cache.
type Policy[K comparable] interface {
	Added(K)
	Used(K)
	Removed(K)
	Victim() (K, bool)
	Name() string
}

type lru[K comparable] struct {
	order *List[K]
	at    map[K]*Element[K]
}

// LRU evicts the entry not used for the longest time.
func LRU[K comparable]() Policy[K] {
	return &lru[K]{NewList[K](), map[K]*Element[K]{}}
}

func (p *lru[K]) Added(k K) { p.at[k] = p.order.PushFront(k) }
func (p *lru[K]) Used(k K)  { p.order.MoveToFront(p.at[k]) }
func (p *lru[K]) Removed(k K) {
	p.order.Remove(p.at[k])
	delete(p.at, k)
}
func (p *lru[K]) Victim() (k K, ok bool) {
	if e := p.order.Back(); e != nil {
		return e.Value, true
	}
	return
}
func (*lru[K]) Name() string { return "lru" }

type fifo[K comparable] struct{ lru[K] }

// FIFO evicts the oldest entry whether used or not.
func FIFO[K comparable]() Policy[K] {
	return &fifo[K]{lru[K]{NewList[K](), map[K]*Element[K]{}}}
}

func (*fifo[K]) Used(K)       {}
func (*fifo[K]) Name() string { return "fifo" }

type lfu[K cmp.Ordered] map[K]int

// LFU evicts the entry used least often, the smallest key among equals.
func LFU[K cmp.Ordered]() Policy[K] { return lfu[K]{} }

func (p lfu[K]) Added(k K)   { p[k] = 1 }
func (p lfu[K]) Used(k K)    { p[k]++ }
func (p lfu[K]) Removed(k K) { delete(p, k) }
func (p lfu[K]) Victim() (best K, ok bool) {
	for k, n := range p {
		if !ok || n < p[best] || n == p[best] && k < best {
			best, ok = k, true
		}
	}
	return
}
func (lfu[K]) Name() string { return "lfu" }

// Stats counts what happened.
type Stats struct {
	Hits, Misses, Evictions, Loads, Failures int
}

func (s Stats) String() string {
	ratio := 0.0
	if n := s.Hits + s.Misses; n > 0 {
		ratio = float64(s.Hits) / float64(n) * 100
	}
	return fmt.Sprintf("%d hits, %d misses (%.1f%%), %d evictions, %d loads, %d failures", s.Hits, s.Misses, ratio, s.Evictions, s.Loads, s.Failures)
}

// Cache holds at most a number of entries.
type Cache[K comparable, V any] struct {
	mu      sync.Mutex
	limit   int
	entries map[K]V
	policy  Policy[K]
	stats   Stats
	onEvict func(K, V)
}

// Option configures a cache.
type Option[K comparable, V any] func(*Cache[K, V])

// WithEvict sets the function called for evicted entries.
func WithEvict[K comparable, V any](f func(K, V)) Option[K, V] {
	return func(c *Cache[K, V]) { c.onEvict = f }
}

// WithPolicy sets the policy.
func WithPolicy[K comparable, V any](p Policy[K]) Option[K, V] {
	return func(c *Cache[K, V]) { c.policy = p }
}

// New makes a cache.
func New[K comparable, V any](limit int, opts ...Option[K, V]) *Cache[K, V] {
	c := &Cache[K, V]{limit: limit, entries: make(map[K]V, limit), policy: LRU[K]()}
	for _, o := range opts {
		o(c)
	}
	return c
}

// Get looks an entry up.
func (c *Cache[K, V]) Get(k K) (v V, ok bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.get(k)
}

func (c *Cache[K, V]) get(k K) (v V, ok bool) {
	if v, ok = c.entries[k]; ok {
		c.stats.Hits++
		c.policy.Used(k)
	} else {
		c.stats.Misses++
	}
	return
}

// Put adds or replaces an entry.
func (c *Cache[K, V]) Put(k K, v V) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.put(k, v)
}

func (c *Cache[K, V]) put(k K, v V) {
	if _, ok := c.entries[k]; ok {
		c.entries[k] = v
		c.policy.Used(k)
		return
	}
	for len(c.entries) >= c.limit {
		victim, ok := c.policy.Victim()
		if !ok {
			panic("no victim in a full cache")
		}
		old := c.entries[victim]
		delete(c.entries, victim)
		c.policy.Removed(victim)
		c.stats.Evictions++
		if c.onEvict != nil {
			c.onEvict(victim, old)
		}
	}
	c.entries[k] = v
	c.policy.Added(k)
}

// ErrLoad is wrapped by failures of loading.
var ErrLoad = errors.New("load failed")

// GetOrLoad loads a missing entry.
func (c *Cache[K, V]) GetOrLoad(k K, load func(K) (V, error)) (v V, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if v, ok := c.get(k); ok {
		return v, nil
	}
	defer func() {
		if e := recover(); e != nil {
			c.stats.Failures++
			err = fmt.Errorf("%w: %v panicked: %v", ErrLoad, k, e)
		}
	}()
	c.stats.Loads++
	if v, err = load(k); err != nil {
		c.stats.Failures++
		return v, fmt.Errorf("%w: %w", ErrLoad, err)
	}
	c.put(k, v)
	return v, nil
}

// Map makes a cache of converted values, with a type parameter of its own.
func (c *Cache[K, V]) Map[W any](f func(V) W) *Cache[K, W] {
	out := New[K, W](c.limit)
	for k, v := range c.entries {
		out.put(k, f(v))
	}
	return out
}

// Snapshot is a sorted copy of the entries.
func Snapshot[K cmp.Ordered, V any](c *Cache[K, V]) (out []string) {
	keys := make([]K, 0, len(c.entries))
	for k := range c.entries {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	for _, k := range keys {
		out = append(out, fmt.Sprintf("%v=%v", k, c.entries[k]))
	}
	return
}

func workload(p Policy[int]) {
	var evicted []string
	c := New(4, WithPolicy[int, string](p), WithEvict(func(k int, v string) { evicted = append(evicted, fmt.Sprint(k, v)) }))
	for i := range 40 {
		k := i * i % 11
		if _, ok := c.Get(k); !ok {
			c.Put(k, strings.Repeat("*", k))
		}
		if i%7 == 0 {
			c.Get(1)
			c.Get(0)
		}
	}
	fmt.Println(p.Name(), c.stats)
	fmt.Println("  evicted", len(evicted), evicted[:3], "left", Snapshot(c))
}

func main() {
	l := NewList[string]()
	b := l.PushBack("b")
	l.PushFront("a")
	l.PushBack("c")
	l.MoveToFront(b)
	for i, e := range l.All() {
		fmt.Print(i, ":", e.Value, " ")
		if e.Value == "a" {
			l.Remove(e)
		}
	}
	fmt.Println(l.Len(), l.Front().Value, l.Back().Value)
	func() {
		defer func() { fmt.Println("recovered:", recover()) }()
		NewList[string]().Remove(b)
	}()
	for _, p := range []Policy[int]{LRU[int](), FIFO[int](), LFU[int]()} {
		workload(p)
	}
	c := New[string, int](2)
	loader := func(k string) (int, error) {
		switch {
		case k == "":
			panic("empty key")
		case len(k) > 5:
			return 0, fmt.Errorf("key %q too long", k)
		}
		return len(k), nil
	}
	for _, k := range []string{"go", "rust", "go", "", "toolong", "c", "go", "rust"} {
		v, err := c.GetOrLoad(k, loader)
		fmt.Println(k, v, err, errors.Is(err, ErrLoad))
	}
	fmt.Println(c.stats, Snapshot(c))
	m := c.Map(func(n int) string { return strings.Repeat("x", n) })
	fmt.Println(Snapshot(m))
	type point struct{ x, y int }
	pc := New[point, []float64](3)
	for i := range 5 {
		pc.Put(point{i, -i}, []float64{float64(i) / 2})
	}
	var pts []point
	for p := range pc.entries {
		pts = append(pts, p)
	}
	sort.Slice(pts, func(i, j int) bool { return pts[i].x < pts[j].x })
	fmt.Println(pts, pc.stats.Evictions)
	// Shared by goroutines: the number of loads is that of the distinct keys.
	shared := New[int, int](100)
	var wg sync.WaitGroup
	sums := make([]int, 8)
	for g := range sums {
		wg.Add(1)
		go func() {
			defer wg.Done()
			for i := range 300 {
				v, _ := shared.GetOrLoad(i%60, func(k int) (int, error) { return k * k, nil })
				sums[g] += v
			}
		}()
	}
	wg.Wait()
	fmt.Println(sums, shared.stats)
}
