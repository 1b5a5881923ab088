package runtime

import "unsafe"

// Typed allocation, copying and clearing. While a collection marks (wbenabled), memory that may hold pointers is
// overwritten only after the bulk barrier has seen what is overwritten and what is written.

// Objects of at least bigObject bytes are cleared and copied in pieces of about bigPiece bytes, between which the goroutine
// can be stopped: nothing takes long where it cannot.
const (
	bigObject = 512 << 10
	bigPiece  = 256 << 10
)

// mallocbig is mallocgc for big objects.
func mallocbig(size uintptr, t *_type, needzero bool) unsafe.Pointer {
	bigpoll(size)
	return mallocunpolled(size, t, needzero)
}

// mallocunpolled is mallocbig without a collection that begins now.
func mallocunpolled(size uintptr, t *_type, needzero bool) unsafe.Pointer {
	noscan := t == nil || t.PtrBytes == 0
	p, dirty := bigalloc(size, noscan)
	if dirty && (needzero || !noscan) {
		clearbig(p, size)
	}
	if !noscan {
		bigtype(p, t)
	}
	return p
}

// mallocany chooses between the two.
func mallocany(size uintptr, t *_type, needzero bool) unsafe.Pointer {
	if size >= bigObject {
		return mallocbig(size, t, needzero)
	}
	return mallocgc(size, t, needzero)
}

// clearbig clears memory without pointers.
func clearbig(p unsafe.Pointer, size uintptr) {
	for size > bigPiece {
		memclrNoHeapPointers(p, bigPiece)
		preemptpoint()
		p = add(p, bigPiece)
		size -= bigPiece
	}
	memclrNoHeapPointers(p, size)
}

// copybig copies a multiple of t's size between places of which dst does not lie behind the beginning of src within it.
// Each piece is one step: barrier and copy belong together.
func copybig(t *_type, dst, src unsafe.Pointer, size uintptr) {
	piece := max(bigPiece/t.Size_, 1) * t.Size_
	for {
		n := min(piece, size)
		if t.PtrBytes != 0 && wbenabled() {
			wbbulk(dst, src, n, t)
		}
		memmove(dst, src, n)
		size -= n
		if size == 0 {
			return
		}
		dst, src = add(dst, n), add(src, n)
		preemptpoint()
	}
}

func newarray(t *_type, n int) unsafe.Pointer {
	if n == 1 {
		return mallocgc(t.Size_, t, true)
	}
	size, tooLarge := mulSize(t.Size_, uintptr(n))
	if tooLarge || n < 0 {
		panic(plainError("runtime: allocation size out of range"))
	}
	return mallocany(size, t, true)
}

func typedmemmove(t *_type, dst, src unsafe.Pointer) {
	if dst == src {
		return
	}
	if t.PtrBytes != 0 && wbenabled() {
		wbbulk(dst, src, t.Size_, t)
	}
	memmove(dst, src, t.Size_)
}

func typedmemclr(t *_type, dst unsafe.Pointer) {
	if t.PtrBytes != 0 && wbenabled() {
		wbbulk(dst, nil, t.Size_, t)
	}
	memclrNoHeapPointers(dst, t.Size_)
}

func typedslicecopy(t *_type, dst unsafe.Pointer, dstLen int, src unsafe.Pointer, srcLen int) int {
	n := min(dstLen, srcLen)
	if n == 0 || dst == src {
		return n
	}
	size := uintptr(n) * t.Size_
	if size >= bigObject && uintptr(dst)-uintptr(src) >= size {
		copybig(t, dst, src, size)
		return n
	}
	if t.PtrBytes != 0 && wbenabled() {
		wbbulk(dst, src, size, t)
	}
	memmove(dst, src, size)
	return n
}

// memclrHasPointers clears memory of unknown type, any word of which may be a pointer.
func memclrHasPointers(p unsafe.Pointer, n uintptr) {
	if wbenabled() {
		wbbulk(p, nil, n, nil)
	}
	memclrNoHeapPointers(p, n)
}

//go:linkname maps_newobject internal/runtime/maps.newobject
func maps_newobject(t *_type) unsafe.Pointer { return newobject(t) }

//go:linkname maps_newarray internal/runtime/maps.newarray
func maps_newarray(t *_type, n int) unsafe.Pointer { return newarray(t, n) }

//go:linkname maps_typedmemmove internal/runtime/maps.typedmemmove
func maps_typedmemmove(t *_type, dst, src unsafe.Pointer) { typedmemmove(t, dst, src) }

//go:linkname maps_typedmemclr internal/runtime/maps.typedmemclr
func maps_typedmemclr(t *_type, p unsafe.Pointer) { typedmemclr(t, p) }

//go:linkname reflect_unsafe_New reflect.unsafe_New
func reflect_unsafe_New(t *_type) unsafe.Pointer { return newobject(t) }

//go:linkname reflectlite_unsafe_New internal/reflectlite.unsafe_New
func reflectlite_unsafe_New(t *_type) unsafe.Pointer { return newobject(t) }

//go:linkname reflect_unsafe_NewArray reflect.unsafe_NewArray
func reflect_unsafe_NewArray(t *_type, n int) unsafe.Pointer { return newarray(t, n) }

//go:linkname reflect_typedmemmove reflect.typedmemmove
func reflect_typedmemmove(t *_type, dst, src unsafe.Pointer) { typedmemmove(t, dst, src) }

//go:linkname reflectlite_typedmemmove internal/reflectlite.typedmemmove
func reflectlite_typedmemmove(t *_type, dst, src unsafe.Pointer) { typedmemmove(t, dst, src) }

//go:linkname reflect_typedmemclr reflect.typedmemclr
func reflect_typedmemclr(t *_type, p unsafe.Pointer) { typedmemclr(t, p) }

// reflect_typedmemclrpartial clears the bytes [off, off+size) of a t, of which ptr is the first. The offset is a
// multiple of the word size if the range holds pointers.
//
//go:linkname reflect_typedmemclrpartial reflect.typedmemclrpartial
func reflect_typedmemclrpartial(t *_type, ptr unsafe.Pointer, off, size uintptr) {
	if t.PtrBytes != 0 {
		memclrHasPointers(ptr, size)
		return
	}
	memclrNoHeapPointers(ptr, size)
}

//go:linkname reflect_typedarrayclear reflect.typedarrayclear
func reflect_typedarrayclear(t *_type, ptr unsafe.Pointer, n int) {
	size := t.Size_ * uintptr(n)
	if t.PtrBytes != 0 && wbenabled() {
		wbbulk(ptr, nil, size, t)
	}
	memclrNoHeapPointers(ptr, size)
}

//go:linkname reflect_typedslicecopy reflect.typedslicecopy
func reflect_typedslicecopy(t *_type, dst, src slice) int {
	return typedslicecopy(t, dst.array, dst.len, src.array, src.len)
}

//go:linkname reflect_memmove reflect.memmove
func reflect_memmove(dst, src unsafe.Pointer, size uintptr) { memmove(dst, src, size) }

// reflect_verifyNotInHeapPtr reports whether p may become a pointer to a not-in-heap type.
//
//go:linkname reflect_verifyNotInHeapPtr reflect.verifyNotInHeapPtr
func reflect_verifyNotInHeapPtr(p uintptr) bool {
	base, _ := findobject(unsafe.Pointer(p))
	return base == 0 && p != ^uintptr(0)
}
