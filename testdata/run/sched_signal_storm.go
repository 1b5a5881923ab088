// run

// Signals that arrive all the time, while goroutines compute, allocate, switch and are locked to threads.
package main

import (
	"fmt"
	"os"
	"os/signal"
	"runtime"
	"sync"
	"sync/atomic"
	"syscall"
)

var sink []byte

func work(n int) int {
	if n < 2 {
		return n
	}
	return work(n-1) + work(n-2)
}

func main() {
	c := make(chan os.Signal, 1)
	signal.Notify(c, syscall.SIGUSR1, syscall.SIGUSR2, syscall.SIGURG, syscall.SIGCHLD)
	got := atomic.Int64{}
	go func() {
		for range c {
			got.Add(1)
		}
	}()
	stop := make(chan bool)
	var storm, wg sync.WaitGroup
	for range 2 {
		storm.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
				}
				for _, s := range []syscall.Signal{syscall.SIGUSR1, syscall.SIGUSR2, syscall.SIGURG, syscall.SIGCHLD} {
					syscall.Kill(os.Getpid(), s)
				}
				runtime.Gosched()
			}
		})
	}
	results := make(chan int)
	for i := range 6 {
		wg.Go(func() {
			if i%2 == 0 {
				runtime.LockOSThread()
				defer runtime.UnlockOSThread()
			}
			for range 10 {
				results <- work(16)
				sink = make([]byte, 10_000)
			}
		})
	}
	sum := 0
	for range 60 {
		sum += <-results
	}
	wg.Wait()
	close(stop)
	storm.Wait()
	syscall.Kill(os.Getpid(), syscall.SIGUSR1)
	for got.Load() == 0 {
		runtime.Gosched()
	}
	fmt.Println(sum)
}
