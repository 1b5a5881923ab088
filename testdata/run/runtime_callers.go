// run

// Caller, Callers and function names.
package main

import (
	"fmt"
	"path/filepath"
	"runtime"
	"strings"
)

type T struct{}

func where(skip int) string {
	pc, file, line, ok := runtime.Caller(skip + 1)
	return fmt.Sprint(runtime.FuncForPC(pc).Name(), " ", filepath.Base(file), ":", line, " ", ok)
}

//go:noinline
func (T) Method() string { return where(0) }

//go:noinline
func (*T) Pointer() string { return where(1) }

//go:noinline
func a() []string { return b() }

//go:noinline
func b() []string {
	defer func() {}()
	return func() []string { return stack() }()
}

//go:noinline
func stack() (out []string) {
	pcs := make([]uintptr, 20)
	n := runtime.Callers(1, pcs)
	frames := runtime.CallersFrames(pcs[:n])
	for {
		f, more := frames.Next()
		if strings.HasPrefix(f.Function, "main.") {
			out = append(out, fmt.Sprintf("%s:%d", f.Function, f.Line))
		}
		if !more {
			return
		}
	}
}

//go:noinline
func generic[X any](x X) string { return where(0) }

func main() {
	fmt.Println(where(0))
	fmt.Println(T{}.Method())
	fmt.Println((&T{}).Pointer())
	for _, s := range a() {
		fmt.Println(s)
	}
	func() {
		fmt.Println(where(0))
	}()
	fmt.Println(strings.HasPrefix(generic(1), "main.generic[...] "))
	_, _, _, ok := runtime.Caller(100)
	fmt.Println(ok)
	func() {
		defer func() {
			recover()
			fmt.Println(len(stack()) >= 2)
		}()
		panic(1)
	}()
	fmt.Println(runtime.GOOS, runtime.Compiler != "", strings.HasPrefix(runtime.Version(), "go1.27"), runtime.NumGoroutine())
}
