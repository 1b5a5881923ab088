// run

package main

import (
	"fmt"
	"runtime"
	"sync"
)

// There may be any number of Ps.
func main() {
	runtime.GOMAXPROCS(2)
	fmt.Println(runtime.GOMAXPROCS(1500), runtime.GOMAXPROCS(0))
	n := make([]int, 3000)
	var wg sync.WaitGroup
	for i := range n {
		wg.Go(func() { n[i] = i })
	}
	wg.Wait()
	runtime.GC()
	sum := 0
	for _, v := range n {
		sum += v
	}
	fmt.Println(sum, runtime.GOMAXPROCS(3), runtime.GOMAXPROCS(0))
	runtime.GC()
}
