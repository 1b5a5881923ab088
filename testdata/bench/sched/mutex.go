// Goroutines that fight for a mutex, for a read-write mutex, and for the turn given by a condition.
package main

import "sync"

func main() {
	const workers, rounds = 8, 1_500_000
	var (
		mu   sync.Mutex
		rw   sync.RWMutex
		wg   sync.WaitGroup
		n, m int
	)
	for range workers {
		wg.Go(func() {
			for i := range rounds {
				mu.Lock()
				n++
				mu.Unlock()
				if i%8 == 0 {
					rw.Lock()
					m++
					rw.Unlock()
				} else {
					rw.RLock()
					_ = m
					rw.RUnlock()
				}
			}
		})
	}
	wg.Wait()
	if n != workers*rounds {
		panic(n)
	}
	turn := 0
	cond := sync.NewCond(&mu)
	for w := range 4 {
		wg.Go(func() {
			for range 50_000 {
				mu.Lock()
				for turn != w {
					cond.Wait()
				}
				turn = (turn + 1) % 4
				mu.Unlock()
				cond.Broadcast()
			}
		})
	}
	wg.Wait()
}
