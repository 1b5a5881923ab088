// run

// Sizes, offsets, alignment, and memory through unsafe.Pointer.
package main

import (
	"unsafe"
)

type T struct {
	a bool
	b int64
	c uint16
	d string
	e []int
	f any
	g [3]byte
}

type E struct {
	x int32
	y struct{}
}

func main() {
	var t T
	println(unsafe.Sizeof(t), unsafe.Alignof(t))
	println(unsafe.Offsetof(t.a), unsafe.Offsetof(t.b), unsafe.Offsetof(t.c), unsafe.Offsetof(t.d), unsafe.Offsetof(t.e), unsafe.Offsetof(t.f), unsafe.Offsetof(t.g))
	println(unsafe.Sizeof(E{}), unsafe.Sizeof(struct{}{}), unsafe.Sizeof([0]int{}), unsafe.Sizeof(complex64(0)))
	println(unsafe.Sizeof(""), unsafe.Sizeof([]int{}), unsafe.Sizeof(any(nil)), unsafe.Sizeof(map[int]int{}), unsafe.Sizeof(func() {}), unsafe.Sizeof(uintptr(0)))
	f := 1.5
	bits := *(*uint64)(unsafe.Pointer(&f))
	println(bits)
	bits ^= 1 << 63
	println(*(*float64)(unsafe.Pointer(&bits)))
	arr := [5]int32{10, 20, 30, 40, 50}
	p := unsafe.Pointer(&arr[0])
	println(*(*int32)(unsafe.Add(p, 8)), *(*int32)(unsafe.Pointer(uintptr(p) + 16)))
	s := unsafe.Slice(&arr[1], 3)
	s[0]++
	println(len(s), cap(s), arr[1], s[2])
	b := []byte("bytes")
	str := unsafe.String(&b[0], len(b))
	b[0] = 'B'
	println(str, *unsafe.StringData(str), unsafe.SliceData(b) == &b[0])
	t.c = 513
	q := (*[2]byte)(unsafe.Pointer(&t.c))
	println(q[0], q[1])
	pt := (*int64)(unsafe.Pointer(uintptr(unsafe.Pointer(&t)) + unsafe.Offsetof(t.b)))
	*pt = 99
	println(t.b)
	const size = unsafe.Sizeof(int32(0)) * 3
	var x [size]byte
	println(len(x))
	func() {
		defer func() { println(recover().(error).Error()) }()
		n := -1
		_ = unsafe.Slice(&arr[0], n)
	}()
	func() {
		defer func() { println(recover().(error).Error()) }()
		var np *int
		_ = unsafe.Slice(np, len(s))
	}()
	println(unsafe.Slice((*int)(nil), 0) == nil)
	type header struct {
		data unsafe.Pointer
		len  int
	}
	h := (*header)(unsafe.Pointer(&str))
	println(h.len, *(*byte)(h.data))
}
