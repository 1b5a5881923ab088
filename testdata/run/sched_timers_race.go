// run

// Timers that fire while they are set, stopped and reset: no tick is lost, and Stop and Reset tell whether there was one.
package main

import (
	"fmt"
	"sync"
	"time"
)

func main() {
	var wg sync.WaitGroup
	for range 200 {
		wg.Go(func() {
			t := time.NewTimer(1)
			for range 40 {
				<-t.C
				if t.Reset(1) {
					panic("nothing was pending")
				}
			}
			<-t.C
		})
		wg.Go(func() {
			for i := range 20 {
				a := time.NewTimer(200 * time.Microsecond)
				b := time.NewTimer(200 * time.Microsecond)
				other := b
				select {
				case <-a.C:
				case <-b.C:
					other = a
				}
				done := false
				if i%2 == 0 {
					done = !other.Stop()
				} else {
					done = !other.Reset(time.Hour)
				}
				if done {
					panic("fired, and its value is nowhere")
				}
				select {
				case <-other.C:
					panic("a value of before")
				default:
				}
			}
		})
	}
	wg.Wait()
	fmt.Println("done")
}
