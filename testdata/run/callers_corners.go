// run

package main

import (
	"fmt"
	"runtime"
	"strings"
)

func short(name string) string { return name[strings.LastIndex(name, "/")+1:] }

func show(label string, pcs []uintptr) {
	fmt.Println(label, len(pcs) > 0)
	frames := runtime.CallersFrames(pcs)
	for {
		f, more := frames.Next()
		if strings.HasPrefix(f.Function, "main.") {
			fmt.Println("\t", f.Function, short(f.File), f.Line, f.Entry != 0)
		} else {
			fmt.Println("\t", f.Function)
		}
		if !more {
			break
		}
	}
	f, more := frames.Next()
	fmt.Println(f.PC, f.Function, more)
}

func callers(skip int) []uintptr {
	pcs := make([]uintptr, 20)
	return pcs[:runtime.Callers(skip, pcs)]
}

// Small functions are inlined.
func inner(skip int) []uintptr { return callers(skip) }
func middle(skip int) []uintptr {
	return inner(skip)
}
func outer(skip int) []uintptr { return middle(skip) }

//go:noinline
func noinline(skip int) []uintptr {
	return outer(skip)
}

type T struct{ x int }

func (t T) Value(skip int) []uintptr    { return callers(skip) }
func (t *T) Pointer(skip int) []uintptr { return callers(skip) }

type iface interface{ Value(int) []uintptr }

type embeds struct{ *T }

func where(skip int) string {
	_, file, line, ok := runtime.Caller(skip)
	return fmt.Sprint(short(file), " ", line, " ", ok)
}

func location() string { return where(1) }

func generic[E any](skip int, _ E) []uintptr { return callers(skip) }

func names() {
	pc, _, _, _ := runtime.Caller(0)
	f := runtime.FuncForPC(pc)
	fmt.Println(f.Name(), f.Entry() <= pc)
	file, line := f.FileLine(pc)
	fmt.Println(short(file), line)
	fmt.Println(runtime.FuncForPC(0) == nil, runtime.FuncForPC(1) == nil)
	fmt.Println(runtime.FuncForPC(0).Name() == "")
	func() {
		pc, _, _, _ := runtime.Caller(0)
		fmt.Println(runtime.FuncForPC(pc).Name())
		pc, _, _, _ = runtime.Caller(1)
		fmt.Println(runtime.FuncForPC(pc).Name())
	}()
}

func deferred() (pcs []uintptr) {
	defer func() {
		recover()
		pcs = callers(1)
	}()
	var p *T
	p.x = 1
	return nil
}

func main() {
	for skip := range 4 {
		show(fmt.Sprint("inlined ", skip), noinline(skip))
	}
	t := &T{}
	show("value", t.Value(1))
	show("pointer", t.Pointer(1))
	var i iface = t
	show("wrapper", i.Value(1))
	i = embeds{t}
	show("promoted", i.Value(1))
	f := t.Value
	show("method value", f(1))
	g := (*T).Value
	show("method expression", g(t, 1))
	show("generic", generic(1, "x"))
	show("closure", func() []uintptr { return callers(1) }())
	c := make(chan []uintptr)
	go func() { c <- callers(0) }()
	show("goroutine", <-c)
	show("deferred", deferred())
	names()
	fmt.Println(location(), where(0), where(1), where(100))
	fmt.Println(runtime.Callers(100, make([]uintptr, 5)), runtime.Callers(0, nil))
	one := make([]uintptr, 1)
	runtime.Callers(1, one)
	show("one", one)
	show("none", nil)
	show("bad", []uintptr{1, 2})
}
