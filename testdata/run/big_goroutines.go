// run

// A million goroutines that are parked and released, in the order in which they came.
package main

import (
	"fmt"
	"runtime"
	"sync"
)

func main() {
	const n = 1_000_000
	release := make(chan int)
	var started, ended sync.WaitGroup
	started.Add(n)
	ended.Add(n)
	var mu sync.Mutex
	sum := 0
	for range n {
		go func() {
			started.Done()
			v := <-release
			mu.Lock()
			sum += v
			mu.Unlock()
			ended.Done()
		}()
	}
	started.Wait()
	fmt.Println(runtime.NumGoroutine())
	for i := range n / 2 {
		release <- i
	}
	close(release)
	ended.Wait()
	fmt.Println(sum == n/2*(n/2-1)/2)
}
