// Timers that are made and stopped, reset over and over, that fire, and goroutines that sleep.
package main

import (
	"sync"
	"sync/atomic"
	"time"
)

func main() {
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			// Deadlines that are hardly ever reached.
			timers := make([]*time.Timer, 500)
			for i := range timers {
				timers[i] = time.AfterFunc(time.Hour+time.Duration(i)*time.Second, func() {})
			}
			for i := range 200_000 {
				timers[i%len(timers)].Reset(time.Hour + time.Duration(i))
			}
			for _, t := range timers {
				t.Stop()
			}
			for range 50_000 {
				time.NewTimer(time.Hour).Stop()
			}
			// Timeouts of receives.
			c := make(chan int, 1)
			t := time.NewTimer(time.Hour)
			for i := range 50_000 {
				c <- i
				t.Reset(time.Hour)
				select {
				case <-c:
				case <-t.C:
					panic("an hour has passed")
				}
			}
		})
	}
	wg.Wait()
	var fired atomic.Int64
	wg.Add(100_000)
	for i := range 100_000 {
		time.AfterFunc(time.Duration(i%1000)*20*time.Microsecond, func() {
			fired.Add(1)
			wg.Done()
		})
	}
	wg.Wait()
	for i := range 20_000 {
		wg.Go(func() { time.Sleep(time.Duration(i%100) * 100 * time.Microsecond) })
	}
	wg.Wait()
	if fired.Load() != 100_000 {
		panic(fired.Load())
	}
}
