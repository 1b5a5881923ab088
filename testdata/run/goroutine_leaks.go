// run

// The profile of leaked goroutines: those that nobody can wake.
package main

import (
	"bytes"
	"fmt"
	"regexp"
	"runtime"
	"runtime/pprof"
	"slices"
	"strings"
	"sync"
	"time"
)

type box struct {
	c    chan int
	mu   sync.Mutex
	rw   sync.RWMutex
	wg   sync.WaitGroup
	cond *sync.Cond
	next *box
}

func newBox() *box {
	b := &box{c: make(chan int)}
	b.cond = sync.NewCond(&b.mu)
	return b
}

var global = newBox()

//go:noinline
func receives(b *box) { <-b.c }

//go:noinline
func sends(b *box) { b.c <- 1 }

//go:noinline
func selects(b, d *box) {
	select {
	case <-b.c:
	case d.c <- 1:
	}
}

//go:noinline
func nilChannel() {
	var c chan int
	<-c
}

//go:noinline
func noCases() { select {} }

//go:noinline
func locks(b *box) {
	b.mu.Lock()
	b.mu.Lock()
}

//go:noinline
func readLocks(b *box) {
	b.rw.Lock()
	b.rw.RLock()
}

//go:noinline
func waits(b *box) {
	b.wg.Add(1)
	b.wg.Wait()
}

//go:noinline
func condition(b *box) {
	b.mu.Lock()
	b.cond.Wait()
}

// Holds the only reference to what another one waits for, and waits for ever.
//
//go:noinline
func holds(b *box) {
	receives(newBox())
	runtime.KeepAlive(b)
}

// Waits for what is reachable, and holds the next one's channel.
//
//go:noinline
func chain(b *box) {
	<-b.c
	b.next.c <- 1
}

//go:noinline
func timeout() { <-time.After(time.Hour) }

//go:noinline
func sleeps() { time.Sleep(time.Hour) }

func start(n int, f func()) {
	for range n {
		go f()
	}
}

// profile prints how often each function of this program is found in the profile.
func profile(text string) {
	counts := map[string]int{}
	n := 0
	head := regexp.MustCompile(`^(\d+) @`)
	frame := regexp.MustCompile(`^#\t0x[0-9a-f]+\tmain\.(\w+)\+`)
	for line := range strings.Lines(text) {
		if m := head.FindStringSubmatch(line); m != nil {
			fmt.Sscan(m[1], &n)
		} else if m := frame.FindStringSubmatch(line); m != nil {
			counts[m[1]] += n
		}
	}
	var all []string
	for f, n := range counts {
		all = append(all, fmt.Sprint(f, " ", n))
	}
	slices.Sort(all)
	fmt.Println(strings.SplitN(text, "\n", 2)[0], all)
}

var header = regexp.MustCompile(`(?m)^goroutine \d+ .*\[(.*)\]:$`)
var parked = regexp.MustCompile(`^(chan (receive|send)|select|sleep|sync\.)`)

// settle waits until all other goroutines are where they stay.
func settle() {
	buf := make([]byte, 1<<16)
	for moving := 0; moving != 1; {
		runtime.Gosched()
		moving = 0
		for _, m := range header.FindAllSubmatch(buf[:runtime.Stack(buf, true)], -1) {
			if !parked.Match(m[1]) {
				moving++
			}
		}
	}
}

func main() {
	p := pprof.Lookup("goroutineleak")
	fmt.Println(p.Name(), p.Count())
	var buf bytes.Buffer
	p.WriteTo(&buf, 1)
	profile(buf.String())

	local := newBox()
	start(2, func() { receives(newBox()) })
	start(3, func() { sends(newBox()) })
	start(1, func() { selects(newBox(), newBox()) })
	start(1, nilChannel)
	start(1, noCases)
	start(2, func() { locks(newBox()) })
	start(1, func() { readLocks(newBox()) })
	start(1, func() { waits(newBox()) })
	start(1, func() { condition(newBox()) })
	start(1, func() {
		b := newBox()
		go holds(b)
		selects(b, newBox())
	})
	// These can be woken.
	start(2, func() { receives(global) })
	start(1, func() { selects(newBox(), global) })
	start(1, func() { condition(global) })
	start(2, func() { receives(local) })
	start(1, timeout)
	start(1, sleeps)
	first := newBox()
	for b, i := first, 0; i < 20; b, i = b.next, i+1 {
		b.next = newBox()
		go chain(&box{c: b.c, next: &box{c: b.next.c}})
	}
	settle()
	before := runtime.NumGoroutine()
	for range 3 {
		buf.Reset()
		p.WriteTo(&buf, 1)
		profile(buf.String())
	}
	fmt.Println(p.Count(), runtime.NumGoroutine() == before)
	buf.Reset()
	p.WriteTo(&buf, 2)
	fmt.Println(strings.Count(buf.String(), " (leaked)]:"))
	// What was not leaked goes on; what was leaked can still be scanned.
	for b := first; b.next != nil; b = b.next {
		if b == first {
			b.c <- 1
		}
	}
	runtime.GC()
	global.c <- 1
	local.c <- 1
	runtime.KeepAlive(local)
	global = nil
	settle()
	buf.Reset()
	p.WriteTo(&buf, 1)
	profile(buf.String())
	buf.Reset()
	p.WriteTo(&buf, 0)
	fmt.Println(buf.Len() > 100)
}
