// run

package main

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// The clock of a bubble starts at a fixed time and goes on when all are blocked.
func clock(t *testing.T) {
	start := time.Now()
	fmt.Println(start.UTC())
	time.Sleep(90 * time.Minute)
	fmt.Println(time.Since(start))
	timer := time.NewTimer(time.Hour)
	fmt.Println(timer.Stop(), timer.Reset(10*time.Second))
	fmt.Println((<-timer.C).Sub(start))
	ticker := time.NewTicker(time.Second)
	for range 3 {
		fmt.Println((<-ticker.C).Sub(start))
	}
	ticker.Stop()
}

func wait(t *testing.T) {
	var done bool
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
	defer cancel()
	context.AfterFunc(ctx, func() { done = true })
	time.Sleep(5*time.Second - 1)
	synctest.Wait()
	fmt.Println(ctx.Err(), done)
	time.Sleep(1)
	synctest.Wait()
	fmt.Println(ctx.Err(), done)
}

func order(t *testing.T) {
	var mu sync.Mutex
	var log []int
	var wg sync.WaitGroup
	for i := range 5 {
		wg.Add(1)
		go func() {
			defer wg.Done()
			time.Sleep(time.Duration(5-i) * time.Second)
			mu.Lock()
			log = append(log, i)
			mu.Unlock()
		}()
	}
	wg.Wait()
	fmt.Println(log)
	now := false
	time.AfterFunc(0, func() { now = true })
	synctest.Wait()
	fmt.Println(now)
}

func selects(t *testing.T) {
	a, b := make(chan int), make(chan int)
	go func() {
		time.Sleep(time.Second)
		a <- 1
	}()
	select {
	case v := <-a:
		fmt.Println("a", v)
	case <-b:
	case <-time.After(2 * time.Second):
		fmt.Println("late")
	}
	select {
	case <-b:
	case <-time.After(2 * time.Second):
		fmt.Println("late")
	}
	cond := sync.NewCond(new(sync.Mutex))
	woken := 0
	for range 3 {
		go func() {
			cond.L.Lock()
			cond.Wait()
			woken++
			cond.L.Unlock()
		}()
	}
	synctest.Wait()
	cond.Signal()
	synctest.Wait()
	fmt.Println(woken)
	cond.Broadcast()
	synctest.Wait()
	fmt.Println(woken)
}

func deadlock(t *testing.T) {
	defer func() { fmt.Println("recovered:", recover()) }()
	synctest.Test(t, func(t *testing.T) {
		go func() { select {} }()
	})
}

func main() {
	tests := []testing.InternalTest{}
	for _, f := range []struct {
		name string
		f    func(*testing.T)
	}{{"clock", clock}, {"wait", wait}, {"order", order}, {"selects", selects}} {
		tests = append(tests, testing.InternalTest{Name: f.name, F: func(t *testing.T) { synctest.Test(t, f.f) }})
	}
	tests = append(tests, testing.InternalTest{Name: "deadlock", F: deadlock})
	testing.Main(func(pat, str string) (bool, error) { return true, nil }, tests, nil, nil)
}
