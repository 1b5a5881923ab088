// run

// Timers of channels that nobody can receive from are collected; those that somebody can are not, and fire.
package main

import (
	"fmt"
	"runtime"
	"time"
)

type box struct {
	c    <-chan time.Time
	data [1 << 10]byte
}

func live() uint64 {
	var m runtime.MemStats
	for range 3 {
		runtime.GC()
	}
	runtime.ReadMemStats(&m)
	return m.Mallocs - m.Frees
}

func main() {
	before := live()
	for range 20_000 {
		time.After(time.Hour)
		time.NewTicker(time.Hour)
	}
	fmt.Println(live() < before+20_000)

	// Reachable through the channel alone, the timer alone, a goroutine that waits, and a finalizer's object.
	short := 50 * time.Millisecond
	channel := time.After(short)
	timer := time.NewTimer(short)
	ticker := &box{c: time.NewTicker(short).C}
	waited, done := make(chan bool), make(chan bool)
	for range 100 {
		go func() {
			<-time.After(short)
			waited <- true
		}()
		go func() {
			select {
			case <-time.After(short):
			case <-make(chan bool):
			}
			waited <- true
		}()
	}
	func() {
		b := &box{c: time.After(2 * short)}
		runtime.SetFinalizer(b, func(b *box) {
			<-b.c
			done <- true
		})
	}()
	called := make(chan bool, 1)
	time.AfterFunc(short, func() { called <- true })
	for range 3 {
		runtime.GC()
	}
	<-channel
	<-timer.C
	<-ticker.c
	<-ticker.c
	<-called
	for range 200 {
		<-waited
	}
	runtime.GC()
	<-done
	fmt.Println("all fired")
}
