// run

// Once, OnceFunc, Cond, Pool, Map.
package main

import (
	"fmt"
	"sort"
	"sync"
	"sync/atomic"
)

func main() {
	var once sync.Once
	var wg sync.WaitGroup
	n := 0
	for range 20 {
		wg.Add(1)
		go func() {
			defer wg.Done()
			once.Do(func() { n++ })
		}()
	}
	wg.Wait()
	fmt.Println(n)
	calls := 0
	f := sync.OnceValue(func() int { calls++; return 42 })
	g := sync.OnceValues(func() (string, error) { calls++; return "v", nil })
	h := sync.OnceFunc(func() { panic("once panics") })
	fmt.Println(f(), f(), calls)
	s, err := g()
	fmt.Println(s, err, calls)
	for range 2 {
		func() {
			defer func() { fmt.Println(recover()) }()
			h()
		}()
	}
	// A queue with a condition variable.
	var mu sync.Mutex
	cond := sync.NewCond(&mu)
	var queue []int
	var got atomic.Int64
	for range 4 {
		wg.Add(1)
		go func() {
			defer wg.Done()
			for {
				mu.Lock()
				for len(queue) == 0 {
					cond.Wait()
				}
				v := queue[0]
				queue = queue[1:]
				mu.Unlock()
				if v < 0 {
					return
				}
				got.Add(int64(v))
			}
		}()
	}
	for i := range 100 {
		mu.Lock()
		queue = append(queue, i)
		mu.Unlock()
		cond.Signal()
	}
	mu.Lock()
	queue = append(queue, -1, -1, -1, -1)
	mu.Unlock()
	cond.Broadcast()
	wg.Wait()
	fmt.Println(got.Load())
	pool := sync.Pool{New: func() any { return new([]byte) }}
	b := pool.Get().(*[]byte)
	*b = append(*b, 'x')
	pool.Put(b)
	_, ok := pool.Get().(*[]byte)
	fmt.Println(ok)
	var m sync.Map
	for i := range 100 {
		m.Store(i, fmt.Sprint("v", i))
	}
	v, ok := m.Load(50)
	fmt.Println(v, ok)
	v, loaded := m.LoadOrStore(50, "new")
	fmt.Println(v, loaded)
	v, loaded = m.LoadAndDelete(50)
	_, ok = m.Load(50)
	fmt.Println(v, loaded, ok)
	prev, loaded := m.Swap(1, "swapped")
	fmt.Println(prev, loaded, m.CompareAndSwap(1, "swapped", "again"), m.CompareAndDelete(2, "nope"))
	var keys []int
	m.Range(func(k, v any) bool {
		keys = append(keys, k.(int))
		return true
	})
	sort.Ints(keys)
	fmt.Println(len(keys), keys[0], keys[98])
	m.Clear()
	_, ok = m.Load(1)
	fmt.Println(ok)
}
