// run

package main

import (
	"fmt"
	"sync"
)

type account struct {
	mu      sync.Mutex
	balance int
}

func (a *account) deposit(n int) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.balance += n
}

type cache struct {
	sync.RWMutex
	m map[int]int
}

func (c *cache) get(k int) (int, bool) {
	c.RLock()
	defer c.RUnlock()
	v, ok := c.m[k]
	return v, ok
}

func (c *cache) fill(k int) int {
	if v, ok := c.get(k); ok {
		return v
	}
	c.Lock()
	defer c.Unlock()
	c.m[k] = k * k
	return c.m[k]
}

func main() {
	var a account
	var wg sync.WaitGroup
	for i := range 100 {
		wg.Add(1)
		go func() {
			defer wg.Done()
			for range 100 {
				a.deposit(i)
			}
		}()
	}
	wg.Wait()
	fmt.Println(a.balance)
	c := cache{m: map[int]int{}}
	sums := make([]int, 8)
	for g := range sums {
		wg.Go(func() {
			for i := range 200 {
				sums[g] += c.fill(i % 50)
			}
		})
	}
	wg.Wait()
	fmt.Println(sums, len(c.m))
	fmt.Println(a.mu.TryLock(), a.mu.TryLock())
	a.mu.Unlock()
	fmt.Println(c.TryRLock(), c.TryRLock(), c.TryLock())
	c.RUnlock()
	c.RUnlock()
	fmt.Println(c.TryLock(), c.TryRLock())
	c.Unlock()
	func() {
		defer func() { fmt.Println("recovered", recover()) }()
		var wg sync.WaitGroup
		wg.Done()
	}()
	var l sync.Locker = c.RLocker()
	l.Lock()
	l.Unlock()
	fmt.Println("done")
}
