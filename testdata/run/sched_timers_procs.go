// run

// Timers belong to Ps: they fire though their P is busy, or is none any more.
package main

import (
	"fmt"
	"net"
	"os"
	"runtime"
	"sync"
	"sync/atomic"
	"time"
)

// Goroutines that hold their P see timers of this P fire: others take them.
func busy() {
	runtime.GOMAXPROCS(4)
	var wg sync.WaitGroup
	for range 3 {
		wg.Go(func() {
			var fired atomic.Bool
			time.AfterFunc(2*time.Millisecond, func() { fired.Store(true) })
			for !fired.Load() {
			}
			tick := time.NewTicker(time.Millisecond)
			defer tick.Stop()
			for range 3 {
				for len(tick.C) > 0 || !ticked(tick) {
				}
			}
		})
	}
	wg.Wait()
	fmt.Println("busy")
}

func ticked(t *time.Ticker) bool {
	select {
	case <-t.C:
		return true
	default:
		return false
	}
}

// Timers, sleeps, deadlines that are set on eight Ps fire on one, or are stopped there.
func shrink() {
	for round := range 20 {
		runtime.GOMAXPROCS(8)
		var ready, done sync.WaitGroup
		var fired, stopped atomic.Int32
		stop := make(chan *time.Timer, 800)
		for i := range 8 {
			ready.Add(1)
			done.Go(func() {
				for j := range 100 {
					done.Add(1)
					time.AfterFunc(3*time.Millisecond+time.Duration(i*j)*time.Microsecond, func() {
						fired.Add(1)
						done.Done()
					})
					stop <- time.AfterFunc(time.Hour+time.Duration(j), func() { panic("an hour has passed") })
				}
				r, w, err := os.Pipe()
				if err != nil {
					panic(err)
				}
				defer r.Close()
				defer w.Close()
				r.SetReadDeadline(time.Now().Add(time.Duration(3+i) * time.Millisecond))
				t := time.NewTimer(4 * time.Millisecond)
				k := time.NewTicker(time.Millisecond)
				defer k.Stop()
				ready.Done()
				if _, err := r.Read(make([]byte, 1)); !err.(interface{ Timeout() bool }).Timeout() {
					panic(err)
				}
				<-t.C
				<-k.C
				time.Sleep(time.Millisecond)
				<-k.C
			})
		}
		ready.Wait()
		runtime.GOMAXPROCS(1 + round%3)
		for range 800 {
			t := <-stop
			if !t.Reset(time.Hour) {
				panic("not pending")
			}
			if t.Stop() {
				stopped.Add(1)
			}
			if t.Stop() {
				panic("stopped twice")
			}
		}
		done.Wait()
		if fired.Load() != 800 || stopped.Load() != 800 {
			panic(fmt.Sprint(fired.Load(), stopped.Load()))
		}
	}
	fmt.Println("shrink")
}

// Several goroutines set and stop the same timers: each time that one fires or is stopped it had been set.
func contend() {
	runtime.GOMAXPROCS(4)
	var fired, set, stopped atomic.Int64
	timers := make([]*time.Timer, 10)
	for i := range timers {
		timers[i] = time.AfterFunc(time.Hour, func() { fired.Add(1) })
		set.Add(1)
	}
	var wg sync.WaitGroup
	for g := range 8 {
		wg.Go(func() {
			for i := range 5000 {
				t := timers[(i*7+g)%len(timers)]
				if i%3 == g%3 {
					if t.Stop() {
						stopped.Add(1)
					}
				} else if !t.Reset(time.Duration(i%5) * 20 * time.Microsecond) {
					set.Add(1)
				}
			}
		})
	}
	wg.Wait()
	for _, t := range timers {
		if t.Stop() {
			stopped.Add(1)
		}
	}
	for i := 0; fired.Load()+stopped.Load() != set.Load(); i++ {
		if i == 1000 {
			panic(fmt.Sprint(fired.Load(), stopped.Load(), set.Load()))
		}
		time.Sleep(time.Millisecond)
	}
	fmt.Println("contend")
}

// Deadlines of connections that are moved all the time.
func deadlines() {
	c, d := net.Pipe()
	defer c.Close()
	defer d.Close()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		panic(err)
	}
	defer l.Close()
	var wg sync.WaitGroup
	wg.Go(func() {
		for range 4 {
			s, err := l.Accept()
			if err != nil {
				panic(err)
			}
			wg.Go(func() {
				defer s.Close()
				b := make([]byte, 8)
				for i := 0; ; i++ {
					runtime.Gosched()
					s.SetDeadline(time.Now().Add(time.Minute + time.Duration(i)))
					n, err := s.Read(b)
					if err != nil {
						return
					}
					s.Write(b[:n])
				}
			})
		}
	})
	for range 4 {
		s, err := net.Dial("tcp", l.Addr().String())
		if err != nil {
			panic(err)
		}
		wg.Go(func() {
			defer s.Close()
			b := make([]byte, 8)
			for i := range 300 {
				s.SetDeadline(time.Now().Add(time.Minute - time.Duration(i)*time.Millisecond))
				if _, err := s.Write(b); err != nil {
					panic(err)
				}
				if _, err := s.Read(b); err != nil {
					panic(err)
				}
			}
			s.SetReadDeadline(time.Now().Add(time.Millisecond))
			_, err := s.Read(b)
			if !err.(net.Error).Timeout() {
				panic(err)
			}
		})
	}
	wg.Wait()
	fmt.Println("deadlines")
}

func main() {
	busy()
	shrink()
	contend()
	deadlines()
}
