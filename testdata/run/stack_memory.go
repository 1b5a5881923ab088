// run

// The memory of stacks comes from the heap's pages and goes back to them: what many goroutines or a deep recursion needed
// serves for objects later, and the other way round.
package main

import (
	"fmt"
	"runtime"
	"sync"
)

func deep(n int) int {
	var pad [16]int
	pad[n%16] = n
	if n == 0 {
		return 0
	}
	return deep(n-1) + pad[n%16] - n + 1
}

func stats() (m runtime.MemStats) {
	runtime.GC()
	runtime.GC()
	runtime.ReadMemStats(&m)
	return m
}

// park starts goroutines that use some stack and wait until they are told to end.
func park(n, depth int) (release func()) {
	var ready, done sync.WaitGroup
	stop := make(chan bool)
	for i := 0; i < n; i++ {
		ready.Add(1)
		done.Add(1)
		go func() {
			defer done.Done()
			if deep(depth) != depth {
				panic("wrong depth")
			}
			ready.Done()
			<-stop
		}()
	}
	ready.Wait()
	return func() {
		close(stop)
		done.Wait()
	}
}

func main() {
	base := stats()

	// Many goroutines: their stacks are counted, and given back.
	release := park(10_000, 5)
	many := stats()
	fmt.Println("10,000 goroutines:", many.StackInuse > 19<<20, many.StackInuse < 100<<20, many.StackSys == many.StackInuse)
	release()
	after := stats()
	fmt.Println("ended:", after.StackInuse < base.StackInuse+4<<20)

	// Goroutines that need more begin with more, after a collection has seen them; then with less again.
	release = park(200, 200)
	stats()
	release()
	release = park(200, 200)
	stats()
	release()
	for i := 0; i < 3; i++ {
		stats()
	}
	release = park(1000, 1)
	small := stats()
	release()
	fmt.Println("small again:", small.StackInuse < base.StackInuse+64<<20)

	// A deep recursion uses a stack of many pages, which objects use afterwards.
	done := make(chan int)
	go func() { done <- deep(200_000) }()
	fmt.Println("deep:", <-done)
	before := stats()
	var blocks [][]byte
	for i := 0; i < 40; i++ {
		b := make([]byte, 1<<20)
		for _, v := range b {
			if v != 0 {
				panic("memory is not zero")
			}
		}
		b[i] = 1
		blocks = append(blocks, b)
	}
	with := stats()
	fmt.Println("reused:", with.Sys < before.Sys+24<<20, len(blocks))
	runtime.KeepAlive(blocks)
	blocks = nil
	stats()
	for i := 0; i < 5; i++ {
		go func() { done <- deep(50_000) }()
	}
	sum := 0
	for i := 0; i < 5; i++ {
		sum += <-done
	}
	last := stats()
	fmt.Println("deep again:", sum, last.StackInuse < base.StackInuse+4<<20, last.Sys < with.Sys+(64<<20))
}
