// run

// PCs of calls that were inlined at the very end of functions belong to these functions; stacks of goroutines that run.
package main

import (
	"fmt"
	"runtime"
	"runtime/pprof"
	"strings"
	"sync"
	"sync/atomic"
)

var x []uintptr

//go:noinline
func record() {
	pcs := make([]uintptr, 20)
	x = pcs[:runtime.Callers(2, pcs)]
}

func inner() { record() }
func outer() { inner() }

// Functions of many lengths.
var w0, w1, w2, w3, w4, w5, w6, w7, w8, w9, w10, w11, w12, w13, w14, w15, w16, w17, w18, w19 uint32

func f0() {
	outer()
}

func f1() {
	w0 = 3
	outer()
}

func f2() {
	w0 = 3
	w1 = 4
	outer()
}

func f3() {
	w0 = 3
	w1 = 4
	w2 = 5
	outer()
}

func f4() {
	w0 = 3
	w1 = 4
	w2 = 5
	w3 = 6
	outer()
}

func f5() {
	w0 = 3
	w1 = 4
	w2 = 5
	w3 = 6
	w4 = 7
	outer()
}

func f6() {
	w0 = 3
	w1 = 4
	w2 = 5
	w3 = 6
	w4 = 7
	w5 = 8
	outer()
}

func f7() {
	w0 = 3
	w1 = 4
	w2 = 5
	w3 = 6
	w4 = 7
	w5 = 8
	w6 = 9
	outer()
}

func f8() {
	w0 = 3
	w1 = 4
	w2 = 5
	w3 = 6
	w4 = 7
	w5 = 8
	w6 = 9
	w7 = 10
	outer()
}

func f9() {
	w0 = 3
	w1 = 4
	w2 = 5
	w3 = 6
	w4 = 7
	w5 = 8
	w6 = 9
	w7 = 10
	w8 = 11
	outer()
}

func f10() {
	w0 = 3
	w1 = 4
	w2 = 5
	w3 = 6
	w4 = 7
	w5 = 8
	w6 = 9
	w7 = 10
	w8 = 11
	w9 = 12
	outer()
}

func f11() {
	w0 = 3
	w1 = 4
	w2 = 5
	w3 = 6
	w4 = 7
	w5 = 8
	w6 = 9
	w7 = 10
	w8 = 11
	w9 = 12
	w10 = 13
	outer()
}

func f12() {
	w0 = 3
	w1 = 4
	w2 = 5
	w3 = 6
	w4 = 7
	w5 = 8
	w6 = 9
	w7 = 10
	w8 = 11
	w9 = 12
	w10 = 13
	w11 = 14
	outer()
}

func f13() {
	w0 = 3
	w1 = 4
	w2 = 5
	w3 = 6
	w4 = 7
	w5 = 8
	w6 = 9
	w7 = 10
	w8 = 11
	w9 = 12
	w10 = 13
	w11 = 14
	w12 = 15
	outer()
}

func f14() {
	w0 = 3
	w1 = 4
	w2 = 5
	w3 = 6
	w4 = 7
	w5 = 8
	w6 = 9
	w7 = 10
	w8 = 11
	w9 = 12
	w10 = 13
	w11 = 14
	w12 = 15
	w13 = 16
	outer()
}

func f15() {
	w0 = 3
	w1 = 4
	w2 = 5
	w3 = 6
	w4 = 7
	w5 = 8
	w6 = 9
	w7 = 10
	w8 = 11
	w9 = 12
	w10 = 13
	w11 = 14
	w12 = 15
	w13 = 16
	w14 = 17
	outer()
}

func f16() {
	w0 = 3
	w1 = 4
	w2 = 5
	w3 = 6
	w4 = 7
	w5 = 8
	w6 = 9
	w7 = 10
	w8 = 11
	w9 = 12
	w10 = 13
	w11 = 14
	w12 = 15
	w13 = 16
	w14 = 17
	w15 = 18
	outer()
}

func f17() {
	w0 = 3
	w1 = 4
	w2 = 5
	w3 = 6
	w4 = 7
	w5 = 8
	w6 = 9
	w7 = 10
	w8 = 11
	w9 = 12
	w10 = 13
	w11 = 14
	w12 = 15
	w13 = 16
	w14 = 17
	w15 = 18
	w16 = 19
	outer()
}

func f18() {
	w0 = 3
	w1 = 4
	w2 = 5
	w3 = 6
	w4 = 7
	w5 = 8
	w6 = 9
	w7 = 10
	w8 = 11
	w9 = 12
	w10 = 13
	w11 = 14
	w12 = 15
	w13 = 16
	w14 = 17
	w15 = 18
	w16 = 19
	w17 = 20
	outer()
}

func f19() {
	w0 = 3
	w1 = 4
	w2 = 5
	w3 = 6
	w4 = 7
	w5 = 8
	w6 = 9
	w7 = 10
	w8 = 11
	w9 = 12
	w10 = 13
	w11 = 14
	w12 = 15
	w13 = 16
	w14 = 17
	w15 = 18
	w16 = 19
	w17 = 20
	w18 = 21
	outer()
}

func names(pcs []uintptr) (all []string) {
	frames := runtime.CallersFrames(pcs)
	for {
		f, more := frames.Next()
		all = append(all, f.Function)
		if !more {
			return all
		}
	}
}

// Each PC by itself names the same function as in the whole stack.
func inlined() {
	for _, f := range []func(){f0, f1, f2, f3, f4, f5, f6, f7, f8, f9, f10, f11, f12, f13, f14, f15, f16, f17, f18, f19} {
		f()
		all := names(x)
		for i, pc := range x {
			if got := names([]uintptr{pc})[0]; got != all[i] {
				fmt.Println(i, got, all)
			}
		}
	}
	fmt.Println("inlined")
}

//go:noinline
func grow(n int) int {
	var a [20]int
	a[n%20] = n
	if n == 0 {
		return 0
	}
	return grow(n-1) + a[n%20]
}

// Stacks of goroutines that run, grow their stacks, and end meanwhile.
func running() {
	var stop atomic.Bool
	var wg, started sync.WaitGroup
	started.Add(4)
	for i := range 4 {
		wg.Go(func() {
			started.Done()
			for !stop.Load() {
				if grow(100+i*300) == 0 {
					panic("nothing")
				}
				var inner sync.WaitGroup
				inner.Go(func() { grow(50) })
				inner.Wait()
			}
		})
	}
	started.Wait()
	buf := make([]byte, 1<<20)
	var text strings.Builder
	for range 200 {
		s := string(buf[:runtime.Stack(buf, true)])
		if strings.Count(s, "main.running.func1(") != 4 || strings.Contains(s, "unavailable") {
			fmt.Println(s)
			break
		}
		text.Reset()
		pprof.Lookup("goroutine").WriteTo(&text, 1)
		if n := strings.Count(text.String(), "main.running.func1+"); n < 1 || n > 4 {
			fmt.Println(text.String())
			break
		}
	}
	stop.Store(true)
	wg.Wait()
	fmt.Println("running")
}

// The goroutine of finalizers counts while it runs one.
func finalizer() {
	began, end := make(chan bool), make(chan bool)
	func() {
		p := new([64]byte)
		runtime.SetFinalizer(p, func(*[64]byte) {
			began <- true
			<-end
		})
	}()
	profile := func() bool {
		var text strings.Builder
		pprof.Lookup("goroutine").WriteTo(&text, 1)
		return strings.Contains(text.String(), "main.finalizer.func")
	}
	runtime.GC()
	<-began
	fmt.Println(profile())
	end <- true
	runtime.Gosched()
}

func main() {
	inlined()
	running()
	finalizer()
}
