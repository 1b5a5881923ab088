// run

package main

import (
	"fmt"
	"runtime"
	"sort"
	"strings"
)

//go:noinline
func receives(c chan int) { <-c }

//go:noinline
func receivesOk(c chan int) { _, _ = <-c }

//go:noinline
func sends(c chan int) { c <- 1 }

// stacks returns the functions on the stacks of the other goroutines of the program, or nothing while one of them is not
// parked yet.
func stacks() []string {
	records := make([]runtime.StackRecord, 20)
	n, ok := runtime.GoroutineProfile(records)
	if !ok {
		panic("more goroutines than expected")
	}
	var all []string
	for i := range records[:n] {
		var names []string
		frames := runtime.CallersFrames(records[i].Stack())
		for more := true; more; {
			var f runtime.Frame
			f, more = frames.Next()
			names = append(names, f.Function)
		}
		s := strings.Join(names, " ")
		if strings.Contains(s, "main.main") {
			continue
		}
		if names[0] != "runtime.gopark" {
			return nil
		}
		all = append(all, s)
	}
	sort.Strings(all)
	return all
}

// The frames of parked goroutines, those of the runtime included; the outermost one has a function that is found by its
// PC.
func main() {
	go receives(make(chan int))
	go receivesOk(make(chan int))
	go sends(make(chan int))
	var all []string
	for len(all) != 3 {
		runtime.Gosched()
		all = stacks()
	}
	for _, s := range all {
		fmt.Println(s)
	}
	pcs := make([]uintptr, 10)
	pcs = pcs[:runtime.Callers(0, pcs)]
	for _, pc := range pcs {
		fmt.Println(runtime.FuncForPC(pc - 1).Name())
	}
}
