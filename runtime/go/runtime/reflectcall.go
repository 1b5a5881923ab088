package runtime

import "unsafe"

// Copies between the heap and a frame of the caller of a reflect stub. An address between lo and hi was on this
// goroutine's stack, whose bounds these were; the stack may lie elsewhere now, the distance from its top is the
// same. No stack check comes between the translation and the copy: memmove is a leaf.

//go:linkname reflect_copyFromCaller reflect.copyFromCaller
func reflect_copyFromCaller(dst unsafe.Pointer, src, lo, hi, n uintptr) {
	if lo <= src && src < hi {
		src = getg().stackHi - (hi - src)
	}
	memmove(dst, unsafe.Pointer(src), n)
	if wbenabled() {
		wbshade(dst, n)
	}
}

//go:linkname reflect_copyToCaller reflect.copyToCaller
func reflect_copyToCaller(dst, lo, hi uintptr, src unsafe.Pointer, n uintptr) {
	if lo <= dst && dst < hi {
		dst = getg().stackHi - (hi - dst)
	}
	memmove(unsafe.Pointer(dst), src, n)
}
