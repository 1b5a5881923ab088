// run

// Pointers that go through integers: the objects they point to stay alive where the integer is turned back in the same
// expression, or comes out of a reflect header.
package main

import (
	"fmt"
	"reflect"
	"unsafe"
)

type attr struct {
	key string
	val value
}

type value struct {
	num uint64
	any any
}

type groupPtr unsafe.Pointer

// group keeps the slice as the data word of its header.
func group(as ...attr) value {
	hdr := (*reflect.SliceHeader)(unsafe.Pointer(&as))
	return value{num: uint64(hdr.Len), any: groupPtr(hdr.Data)}
}

func (v value) group() []attr {
	return unsafe.Slice((*attr)(v.any.(groupPtr)), v.num)
}

type stringPtr unsafe.Pointer

func text(s string) value {
	hdr := (*reflect.StringHeader)(unsafe.Pointer(&s))
	return value{num: uint64(hdr.Len), any: stringPtr(hdr.Data)}
}

func (v value) text() string {
	return unsafe.String((*byte)(v.any.(stringPtr)), v.num)
}

type pair struct{ first, second int }

var kept unsafe.Pointer

// keepFirst keeps the address of a field that lies at offset 0.
func keepFirst(p *pair) {
	kept = unsafe.Pointer(uintptr(unsafe.Pointer(p)) + unsafe.Offsetof(p.first))
}

func element(base unsafe.Pointer, i, size uintptr) unsafe.Pointer {
	return unsafe.Pointer(uintptr(base) + i*size)
}

//go:noinline
func fresh(i int) *pair {
	p := pair{i, i + 1}
	return (*pair)(element(unsafe.Pointer(&p), 0, 16))
}

//go:noinline
func viaUintptr(i int) *pair {
	p := pair{i, i * 2}
	return (*pair)(unsafe.Pointer(uintptr(unsafe.Pointer(&p))))
}

//go:noinline
func attrs(i int) value {
	return group(attr{key: fmt.Sprint("b", i)}, attr{key: fmt.Sprint("h", i), val: group(attr{key: fmt.Sprint("c", i)})})
}

//go:noinline
func texts(b []byte) value {
	return text(string(b))
}

//go:noinline
func clobber(n int) int {
	var a [64]int
	for i := range a {
		a[i] = n
	}
	if n == 0 {
		return a[n]
	}
	return clobber(n-1) + a[n&63]
}

var sink []byte

func main() {
	for i := range 4 {
		v := attrs(i)
		t := texts([]byte{byte('a' + i), 'x', 'y'})
		p, q := fresh(i), viaUintptr(i)
		keepFirst(&pair{i * 10, 7})
		clobber(50)
		for range 100 {
			sink = make([]byte, 10_000)
		}
		g := v.group()
		fmt.Println(g[0].key, g[1].key, g[1].val.group()[0].key, t.text(), *p, *q, *(*pair)(kept))
	}
}
