// run

// Run-time errors implement runtime.Error and have the texts of the language's implementation.
package main

import (
	"errors"
	"fmt"
	"runtime"
)

type I interface{ M() }
type T struct{ f []int }
type S struct{ n int }

func (S) M() {}

func catch(name string, f func()) {
	defer func() {
		e := recover()
		re, ok := e.(runtime.Error)
		fmt.Printf("%-14s %v %T\n", name, ok, e)
		if ok {
			fmt.Println("    ", re)
			var target runtime.Error
			fmt.Println("    ", errors.As(fmt.Errorf("w: %w", re), &target))
		}
		if te, ok := e.(*runtime.TypeAssertionError); ok {
			fmt.Println("     assertion:", te)
		}
	}()
	f()
}

func main() {
	var nilp *T
	var i I
	var a any = "str"
	var m map[string]int
	zero := 0
	s := []int{1, 2, 3}
	catch("nil", func() { _ = nilp.f[0] })
	catch("div", func() { _ = 1 / zero })
	catch("index", func() { _ = s[zero+3] })
	catch("slice", func() { _ = s[zero+2 : zero+1] })
	catch("nil map", func() { m["a"] = 1 })
	catch("assert", func() { _ = a.(int) })
	catch("assert iface", func() { _ = a.(I) })
	catch("assert nil", func() { _ = i.(S) })
	catch("assert type", func() { i = S{}; _ = i.(interface{ N() }) })
	catch("assert ptr", func() { a = &S{}; _ = a.(S) })
	catch("same name", func() {
		type S struct{ x int }
		a = S{}
		_ = a.(*S)
	})
	catch("compare", func() { a = T{}; _ = a == a })
	catch("hash", func() { _ = map[any]int{T{}: 1} })
	catch("closed", func() { c := make(chan int); close(c); close(c) })
	catch("makeslice", func() { _ = make([]int, zero-1) })
	catch("shift", func() { _ = 1 << (zero - 1) })
	catch("array conv", func() { _ = [4]int(s) })
	catch("nil func", func() { var f func(); f() })
	catch("custom", func() { panic(fmt.Errorf("not a runtime error")) })
	catch("nil panic", func() { panic(nil) })
	catch("goexit-free", func() { panic(S{1}) })
}
