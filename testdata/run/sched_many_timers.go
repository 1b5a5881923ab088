// run

// A hundred thousand timers of all kinds, of which a part is stopped.
package main

import (
	"fmt"
	"sync"
	"sync/atomic"
	"time"
)

func main() {
	const n = 100_000
	var fired atomic.Int64
	var wg sync.WaitGroup
	wg.Add(n)
	stopped := 0
	var far []*time.Timer
	for i := range n {
		time.AfterFunc(time.Duration(i%100)*100*time.Microsecond, func() {
			fired.Add(1)
			wg.Done()
		})
		if i%4 == 0 {
			far = append(far, time.AfterFunc(time.Hour+time.Duration(i*7919%n), func() { panic("an hour has passed") }))
		}
	}
	for i, t := range far {
		if i%2 == 0 {
			t.Reset(2 * time.Hour)
		}
		if t.Stop() {
			stopped++
		}
	}
	wg.Wait()
	fmt.Println(fired.Load(), stopped)
}
