// run

package main

import (
	"bytes"
	"context"
	"fmt"
	"regexp"
	"runtime"
	"runtime/pprof"
	"sort"
	"strings"
	"sync"
)

//go:noinline
func receives(c chan int, ready *sync.WaitGroup) {
	ready.Done()
	<-c
}

//go:noinline
func selects(c chan int, ready *sync.WaitGroup) {
	ready.Done()
	select {
	case <-c:
	case <-make(chan int):
	}
}

var function = regexp.MustCompile(`\b(main\.[\w.]+)\+0x`)

// summary lists the records of the text form: count, labels, functions of the program.
func summary(text string) []string {
	var list []string
	for _, r := range strings.Split(text, "\n\n") {
		lines := strings.Split(strings.TrimSpace(r), "\n")
		if strings.HasPrefix(lines[0], "goroutine profile:") {
			lines = lines[1:]
		}
		count, _, _ := strings.Cut(lines[0], " ")
		s := count
		for _, l := range lines[1:] {
			if labels, ok := strings.CutPrefix(l, "# labels: "); ok {
				s += " " + labels
			}
			if m := function.FindStringSubmatch(l); m != nil {
				s += " " + m[1]
			}
		}
		if strings.Contains(s, "main.") {
			list = append(list, s)
		}
	}
	sort.Strings(list)
	return list
}

func main() {
	c, d := make(chan int), make(chan int)
	var ready sync.WaitGroup
	ready.Add(7)
	for range 3 {
		go receives(c, &ready)
	}
	pprof.Do(context.Background(), pprof.Labels("who", "labelled", "n", "2"), func(context.Context) {
		for range 2 {
			go receives(c, &ready)
		}
	})
	for range 2 {
		go selects(d, &ready)
	}
	ready.Wait()
	for all := make([]byte, 1<<16); ; runtime.Gosched() {
		stacks := string(all[:runtime.Stack(all, true)])
		if strings.Count(stacks, "[chan receive") == 5 && strings.Count(stacks, "[select") == 2 {
			break
		}
	}
	var buf bytes.Buffer
	pprof.SetGoroutineLabels(pprof.WithLabels(context.Background(), pprof.Labels("self", "yes")))
	fmt.Println(pprof.Lookup("goroutine").WriteTo(&buf, 1))
	head, _, _ := strings.Cut(buf.String(), "\n")
	fmt.Println(head)
	for _, s := range summary(buf.String()) {
		fmt.Println(s)
	}
	buf.Reset()
	fmt.Println(pprof.Lookup("goroutine").WriteTo(&buf, 0), buf.Len() > 0)
	buf.Reset()
	pprof.Lookup("goroutine").WriteTo(&buf, 2)
	for _, want := range []string{"goroutine 1 [running", "[chan receive", "[select", "main.receives(", "main.selects(",
		"created by main.main"} {
		fmt.Println(want, strings.Count(buf.String(), want))
	}
	n, ok := runtime.GoroutineProfile(nil)
	fmt.Println(n, ok)
	p := make([]runtime.StackRecord, n)
	n, ok = runtime.GoroutineProfile(p)
	fmt.Println(n, ok, pprof.Lookup("goroutine").Count())

	// One that has not run.
	ready.Add(1)
	go receives(c, &ready)
	p = make([]runtime.StackRecord, n+1)
	n, ok = runtime.GoroutineProfile(p)
	fmt.Println(n, ok)
}
