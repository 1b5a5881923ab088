// A million goroutines that wait for a channel; prints how many bytes each takes (resident memory), then releases them.
package main

import (
	"fmt"
	"os"
	"runtime"
	"strings"
	"sync"
)

const n = 1_000_000

func resident() int {
	data, err := os.ReadFile("/proc/self/status")
	if err != nil {
		panic(err)
	}
	_, rest, _ := strings.Cut(string(data), "VmRSS:")
	var kb int
	fmt.Sscan(rest, &kb)
	return kb << 10
}

func main() {
	before := resident()
	release := make(chan struct{})
	var started, wg sync.WaitGroup
	started.Add(n)
	wg.Add(n)
	for i := 0; i < n; i++ {
		go func() {
			started.Done()
			<-release
			wg.Done()
		}()
		if i%1000 == 0 {
			runtime.Gosched()
		}
	}
	started.Wait()
	for range 10 {
		runtime.Gosched()
	}
	fmt.Println((resident() - before) / n)
	close(release)
	wg.Wait()
}
