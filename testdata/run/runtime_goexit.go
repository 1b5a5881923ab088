// run

// Goexit runs the deferred functions of its goroutine, is not recoverable, and overrides panics.
package main

import (
	"fmt"
	"runtime"
	"sync"
)

func worker(id int, wg *sync.WaitGroup, log *[]string) {
	defer wg.Done()
	defer func() { *log = append(*log, fmt.Sprint(id, " recover: ", recover())) }()
	defer func() { *log = append(*log, fmt.Sprint(id, " deferred")) }()
	switch id {
	case 0:
		runtime.Goexit()
	case 1:
		defer func() {
			runtime.Goexit()
		}()
		panic("replaced by Goexit")
	case 2:
		func() {
			defer func() { recover() }()
			runtime.Goexit()
		}()
	case 3:
		defer func() {
			*log = append(*log, fmt.Sprint("inner ", recover()))
		}()
		defer func() { panic("panic during Goexit") }()
		runtime.Goexit()
	}
	*log = append(*log, fmt.Sprint(id, " end"))
}

func deep(n int) {
	defer func() { count++ }()
	if n == 0 {
		runtime.Goexit()
	}
	deep(n - 1)
}

var count int

func main() {
	for id := range 5 {
		var wg sync.WaitGroup
		var log []string
		wg.Add(1)
		go worker(id, &wg, &log)
		wg.Wait()
		fmt.Println(log)
	}
	done := make(chan bool)
	go func() {
		defer close(done)
		deep(1000)
	}()
	<-done
	fmt.Println(count)
	for range 1000 {
		d := make(chan int)
		go func() {
			defer close(d)
			for i := range 3 {
				defer func() {
					if i == 1 {
						recover()
					}
				}()
			}
			runtime.Goexit()
		}()
		<-d
	}
	fmt.Println("all left")
}
