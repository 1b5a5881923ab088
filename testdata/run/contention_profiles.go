// run

package main

import (
	"bytes"
	"fmt"
	"runtime"
	"runtime/pprof"
	"sort"
	"strings"
	"sync"
)

// pause returns when the main goroutine is blocked.
func pause() {
	buf := make([]byte, 1<<16)
	for {
		dump := buf[:runtime.Stack(buf, true)]
		_, state, _ := bytes.Cut(dump, []byte("goroutine 1 ["))
		for _, blocked := range []string{"chan ", "select", "sync."} {
			if bytes.HasPrefix(state, []byte(blocked)) {
				return
			}
		}
		runtime.Gosched()
	}
}

func chanRecv() {
	c := make(chan int)
	go func() { pause(); c <- 1 }()
	<-c
}

func chanSend() {
	c := make(chan int)
	go func() { pause(); <-c }()
	c <- 1
}

func chanClose() {
	c := make(chan int)
	go func() { pause(); close(c) }()
	<-c
}

func selects() {
	a, b := make(chan int), make(chan int)
	go func() { pause(); b <- 1 }()
	select {
	case <-a:
	case <-b:
	}
}

func mutex() {
	var mu sync.Mutex
	mu.Lock()
	go func() { pause(); mu.Unlock() }()
	mu.Lock()
	mu.Unlock()
}

func rwmutex() {
	var mu sync.RWMutex
	mu.Lock()
	go func() { pause(); mu.Unlock() }()
	mu.RLock()
	mu.RUnlock()
}

func waitGroup() {
	var wg sync.WaitGroup
	wg.Add(1)
	go func() { pause(); wg.Done() }()
	wg.Wait()
}

func cond() {
	var mu sync.Mutex
	c := sync.NewCond(&mu)
	mu.Lock()
	go func() { pause(); mu.Lock(); c.Signal(); mu.Unlock() }()
	c.Wait()
	mu.Unlock()
}

// show prints the functions of each stack that has one of the program's, without the main function.
func show(kind string, records []runtime.BlockProfileRecord) {
	seen := map[string]bool{}
	for i := range records {
		r := &records[i]
		if r.Count < 1 || r.Cycles <= 0 {
			fmt.Println("bad record", r.Count, r.Cycles)
		}
		var names []string
		frames := runtime.CallersFrames(r.Stack())
		for {
			f, more := frames.Next()
			names = append(names, f.Function)
			if !more {
				break
			}
		}
		seen[strings.Join(names, " ")] = true
	}
	lines := make([]string, 0, len(seen))
	for l := range seen {
		lines = append(lines, l)
	}
	sort.Strings(lines)
	fmt.Println(kind)
	for _, l := range lines {
		if strings.Contains(l, "main.") && !strings.Contains(l, "Lock main.cond") {
			fmt.Println("\t" + l)
		}
	}
}

func read(f func([]runtime.BlockProfileRecord) (int, bool)) []runtime.BlockProfileRecord {
	n, _ := f(nil)
	p := make([]runtime.BlockProfileRecord, n+10)
	n, ok := f(p)
	if !ok {
		fmt.Println("too short")
	}
	return p[:n]
}

func main() {
	chanRecv()
	fmt.Println(len(read(runtime.BlockProfile)), len(read(runtime.MutexProfile)))
	runtime.SetBlockProfileRate(1)
	fmt.Println(runtime.SetMutexProfileFraction(1), runtime.SetMutexProfileFraction(-1))
	for _, f := range []func(){chanRecv, chanSend, chanClose, selects, mutex, rwmutex, waitGroup, cond} {
		f()
	}
	runtime.SetBlockProfileRate(0)
	fmt.Println(runtime.SetMutexProfileFraction(0))
	chanRecv()
	show("block", read(runtime.BlockProfile))
	show("mutex", read(runtime.MutexProfile))
	for _, name := range []string{"block", "mutex"} {
		var buf bytes.Buffer
		if err := pprof.Lookup(name).WriteTo(&buf, 1); err != nil {
			fmt.Println(err)
		}
		line, _, _ := strings.Cut(buf.String(), "\n")
		fmt.Println(line, strings.Contains(buf.String(), "main.mutex"))
		buf.Reset()
		fmt.Println(pprof.Lookup(name).WriteTo(&buf, 0), buf.Len() > 0)
	}
	fmt.Println(pprof.Lookup("threadcreate").Count() > 0)
}
