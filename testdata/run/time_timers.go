// run

// Timers, tickers and sleeping: only orders that do not depend on speed.
package main

import (
	"fmt"
	"slices"
	"time"
)

func main() {
	start := time.Now()
	time.Sleep(3 * time.Millisecond)
	fmt.Println(time.Since(start) >= 3*time.Millisecond)
	c := make(chan int)
	for i, d := range []int{9, 1, 4} {
		go func() {
			time.Sleep(time.Duration(d) * time.Millisecond)
			c <- i
		}()
	}
	fmt.Println(<-c + <-c + <-c)
	t := time.NewTimer(time.Hour)
	fmt.Println(t.Stop(), t.Stop(), t.Reset(time.Millisecond))
	<-t.C
	fmt.Println("fired", t.Stop())
	done := make(chan bool)
	f := time.AfterFunc(time.Millisecond, func() { done <- true })
	fmt.Println(<-done, f.Stop())
	n := 0
	tick := time.NewTicker(time.Millisecond)
	for range tick.C {
		if n++; n == 5 {
			tick.Stop()
			break
		}
	}
	fmt.Println(n)
	select {
	case <-time.After(2 * time.Millisecond):
		fmt.Println("timeout")
	case <-make(chan int):
	}
	select {
	case <-time.After(time.Hour):
	case <-time.After(time.Millisecond):
		fmt.Println("shorter first")
	}
	never := time.AfterFunc(time.Hour, func() { fmt.Println("never") })
	fmt.Println(never.Stop())
	var order []int
	res := make(chan int, 20)
	for i := 9; i >= 0; i-- {
		time.AfterFunc(time.Duration(i)*time.Millisecond, func() { res <- i })
	}
	for range 10 {
		order = append(order, <-res)
	}
	slices.Sort(order)
	fmt.Println(order)
	time.Sleep(0)
	time.Sleep(-5)
	func() {
		defer func() { fmt.Println(recover()) }()
		time.NewTicker(0)
	}()
	a := time.Now()
	b := time.Now()
	fmt.Println(!b.Before(a), b.Sub(a) >= 0)
}
