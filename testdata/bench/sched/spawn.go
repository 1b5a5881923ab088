// Starting a million goroutines and waiting for each: all at once in batches, and one by one.
package main

import "sync"

func main() {
	var wg sync.WaitGroup
	sum := make([]int, 1000)
	for batch := 0; batch < 750; batch++ {
		for i := 0; i < 1000; i++ {
			wg.Add(1)
			go func() {
				sum[i] += batch
				wg.Done()
			}()
		}
		wg.Wait()
	}
	done := make(chan int)
	for i := 0; i < 250_000; i++ {
		go func() { done <- i }()
		sum[0] += <-done - i
	}
	for _, s := range sum {
		if s != 749*750/2 {
			panic(s)
		}
	}
}
