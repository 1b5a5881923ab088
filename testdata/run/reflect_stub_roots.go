// run

// Integers that look like addresses keep nothing alive while a function runs that reflection made; pointers do.
package main

import (
	"fmt"
	"reflect"
	"runtime"
	"sync/atomic"
	"unsafe"
)

type object struct {
	next *object
	data [6]int
}

var freed atomic.Int32

//go:noinline
func hidden() uintptr {
	o := &object{data: [6]int{1, 2, 3, 4, 5, 6}}
	runtime.SetFinalizer(o, func(*object) { freed.Add(1) })
	return uintptr(unsafe.Pointer(o))
}

//go:noinline
func visible() *object {
	o := &object{data: [6]int{6, 5, 4, 3, 2, 1}}
	runtime.SetFinalizer(o, func(*object) { freed.Add(100) })
	return o
}

// collect waits for n finalizers, but not forever.
func collect(n int32) int32 {
	for i := 0; i < 50 && freed.Load() < n; i++ {
		runtime.GC()
		runtime.Gosched()
	}
	return freed.Swap(0)
}

func made(args []reflect.Value) []reflect.Value {
	n := int32(0)
	for _, a := range args {
		if a.Kind() == reflect.Uintptr {
			n++
		}
	}
	got := collect(n)
	sum := 0
	for _, a := range args {
		if o, ok := a.Interface().(*object); ok {
			for _, x := range o.data {
				sum += x
			}
		}
	}
	return []reflect.Value{reflect.ValueOf(int(got)), reflect.ValueOf(sum)}
}

type receiver struct{ o *object }

func (r *receiver) Method(a uintptr, o *object, b uintptr) (int, int) {
	n := collect(2)
	return int(n), o.data[0] + r.o.data[0]
}

// clobber overwrites what earlier calls have left on the stack.
//
//go:noinline
func clobber(n int) int {
	var a [64]int
	for i := range a {
		a[i] = n
	}
	if n > 0 {
		return clobber(n-1) + a[n]
	}
	return a[0]
}

func main() {
	few := reflect.MakeFunc(reflect.TypeFor[func(uintptr, *object) (int, int)](), made).Interface().(func(uintptr, *object) (int, int))
	many := reflect.MakeFunc(reflect.TypeFor[func(a, b, c *object, d, e, f, g uintptr, h *object, i uintptr) (int, int)](), made).
		Interface().(func(a, b, c *object, d, e, f, g uintptr, h *object, i uintptr) (int, int))
	for range 3 {
		fmt.Println(few(hidden(), visible()))
		fmt.Println(collect(100))
		fmt.Println(many(visible(), visible(), visible(), hidden(), hidden(), hidden(), hidden(), visible(), hidden()))
		fmt.Println(collect(400))
		r := &receiver{visible()}
		method := reflect.ValueOf(r).Method(0).Interface().(func(uintptr, *object, uintptr) (int, int))
		fmt.Println(method(hidden(), visible(), hidden()))
		r, method = nil, nil
		clobber(20)
		fmt.Println(collect(200))
	}
}
