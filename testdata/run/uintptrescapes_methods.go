// run

package main

import (
	"fmt"
	"runtime"
	"unsafe"
	"weak"
)

// Methods can be marked so that what their uintptr arguments were made from stays alive during the call.

type payload struct {
	id   int
	room [6]int
}

var callback func()

type T struct{ n int }

//go:noinline
//go:uintptrescapes
func (t T) Value(n int, ptr uintptr) { callback() }

//go:noinline
//go:uintptrescapes
func (t *T) Pointer(ptr uintptr, more int) { callback() }

type outer struct {
	a int
	T
}

//go:noinline
func newPayload(id int) (*payload, weak.Pointer[payload]) {
	p := &payload{id: id}
	return p, weak.Make(p)
}

//go:noinline
func value() {
	h, w := newPayload(1)
	callback = func() {
		runtime.GC()
		fmt.Println("value:", w.Value() != nil)
	}
	T{}.Value(1, uintptr(unsafe.Pointer(h)))
	runtime.GC()
	fmt.Println("value, after the call:", w.Value() != nil)
}

//go:noinline
func pointer(t *T) {
	h, w := newPayload(2)
	callback = func() {
		runtime.GC()
		fmt.Println("pointer:", w.Value() != nil)
	}
	t.Pointer(uintptr(unsafe.Pointer(h)), 3)
}

//go:noinline
func promoted(o *outer) {
	h, w := newPayload(3)
	callback = func() {
		runtime.GC()
		fmt.Println("promoted:", w.Value() != nil)
	}
	o.Pointer(uintptr(unsafe.Pointer(h)), 3)
}

func main() {
	value()
	pointer(new(T))
	promoted(new(outer))
}
