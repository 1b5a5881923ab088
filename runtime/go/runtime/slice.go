package runtime

import (
	"internal/runtime/sys"
	"unsafe"
)

type slice struct {
	array unsafe.Pointer
	len   int
	cap   int
}

func panicmakeslicelen() { panic(errorString("makeslice: len out of range")) }
func panicmakeslicecap() { panic(errorString("makeslice: cap out of range")) }

func makeslice(et *_type, len, cap int) unsafe.Pointer {
	size, tooLarge := mulSize(et.Size_, uintptr(cap))
	if tooLarge || len < 0 || len > cap {
		// The length is blamed if it alone is out of range.
		if _, tooLarge := mulSize(et.Size_, uintptr(len)); tooLarge || len < 0 {
			panicmakeslicelen()
		}
		panicmakeslicecap()
	}
	return mallocany(size, et, true)
}

func makeslice64(et *_type, len64, cap64 int64) unsafe.Pointer {
	return makeslice(et, int(len64), int(cap64))
}

// makeslicecopy is make([]T, tolen) followed by copying fromlen elements into it.
func makeslicecopy(et *_type, tolen, fromlen int, from unsafe.Pointer) unsafe.Pointer {
	size, tooLarge := mulSize(et.Size_, uintptr(tolen))
	if tooLarge || tolen < 0 {
		panicmakeslicelen()
	}
	copied := et.Size_ * uintptr(min(tolen, fromlen))
	var to unsafe.Pointer
	if et.PtrBytes == 0 {
		to = mallocgc(size, nil, false)
		memclrNoHeapPointers(add(to, copied), size-copied)
	} else {
		to = mallocgc(size, et, true)
		if copied > 0 && wbenabled() {
			wbbulk(to, from, copied, et)
		}
	}
	memmove(to, from, copied)
	return to
}

// growslice allocates the backing store for append: oldPtr, newLen-num and oldCap are the slice's parts, num the
// number of elements to be appended. The result has length newLen; the last num elements are left to the caller,
// the memory behind newLen is zero.
func growslice(oldPtr unsafe.Pointer, newLen, oldCap, num int, et *_type) slice {
	if newLen < 0 {
		panic(errorString("growslice: len out of range"))
	}
	size := et.Size_
	if size == 0 {
		return slice{unsafe.Pointer(&zerobase), newLen, newLen}
	}
	newCap := nextslicecap(newLen, oldCap)
	noscan := et.PtrBytes == 0

	var capMem uintptr
	var tooLarge bool
	switch {
	case size == 1:
		tooLarge = uintptr(newCap) > maxAlloc
		capMem = roundupsize(uintptr(newCap), noscan)
		newCap = int(capMem)
	case size&(size-1) == 0:
		shift := uint(sys.TrailingZeros64(uint64(size))) & 63
		tooLarge = uintptr(newCap) > maxAlloc>>shift
		newCap = int(roundupsize(uintptr(newCap)<<shift, noscan) >> shift)
		capMem = uintptr(newCap) << shift
	default:
		capMem, tooLarge = mulSize(size, uintptr(newCap))
		newCap = int(roundupsize(capMem, noscan) / size)
		capMem = uintptr(newCap) * size
	}
	if tooLarge || capMem > maxAlloc {
		panic(errorString("growslice: len out of range"))
	}

	oldMem := uintptr(newLen-num) * size
	var p unsafe.Pointer
	if capMem >= bigObject {
		return slice{growbig(oldPtr, oldMem, uintptr(newLen)*size, capMem, et), newLen, newCap}
	}
	if noscan {
		p = mallocgc(capMem, nil, false)
		newMem := uintptr(newLen) * size
		memclrNoHeapPointers(add(p, newMem), capMem-newMem)
	} else {
		p = mallocgc(capMem, et, true)
		if oldMem > 0 && wbenabled() {
			wbbulk(p, oldPtr, oldMem, et)
		}
	}
	memmove(p, oldPtr, oldMem)
	return slice{p, newLen, newCap}
}

// growbig is the part of growslice that allocates and copies, for big results. A collection that is due begins when the old
// elements have been copied: otherwise it would find both alive, and the heap would be allowed to grow to twice of that.
func growbig(oldPtr unsafe.Pointer, oldMem, newMem, capMem uintptr, et *_type) unsafe.Pointer {
	if memoryLimit() != maxInt64 {
		bigpoll(capMem)
	}
	p := mallocunpolled(capMem, et, false)
	if et.PtrBytes == 0 {
		clearbig(add(p, newMem), capMem-newMem)
	}
	if oldMem != 0 {
		copybig(et, p, oldPtr, oldMem)
	}
	bigpoll(0)
	return p
}

// nextslicecap is gc's growth rule: double below 256 elements, then glide towards growing by a quarter.
func nextslicecap(newLen, oldCap int) int {
	double := oldCap + oldCap
	if newLen > double {
		return newLen
	}
	const threshold = 256
	if oldCap < threshold {
		return double
	}
	c := oldCap
	for uint(c) < uint(newLen) || c == oldCap {
		c += (c + 3*threshold) >> 2
	}
	if c <= 0 {
		return newLen
	}
	return c
}

// growsliceNoAlias is growslice where nothing else refers to the old backing store.
func growsliceNoAlias(oldPtr unsafe.Pointer, newLen, oldCap, num int, et *_type) slice {
	return growslice(oldPtr, newLen, oldCap, num, et)
}

// growsliceBuf is growslice where the caller has a stack buffer of bufLen elements, which is used while it suffices.
func growsliceBuf(oldPtr unsafe.Pointer, newLen, oldCap, num int, et *_type, bufPtr unsafe.Pointer, bufLen int) slice {
	if newLen > bufLen {
		return growslice(oldPtr, newLen, oldCap, num, et)
	}
	if oldLen := newLen - num; oldPtr != bufPtr && oldLen != 0 {
		memmove(bufPtr, oldPtr, uintptr(oldLen)*et.Size_)
	}
	newCap := int(roundupsize(uintptr(newLen)*et.Size_, et.PtrBytes == 0) / et.Size_)
	if newLen < newCap {
		memclrNoHeapPointers(add(bufPtr, uintptr(newLen)*et.Size_), uintptr(newCap-newLen)*et.Size_)
	}
	return slice{bufPtr, newLen, newCap}
}

func growsliceBufNoAlias(oldPtr unsafe.Pointer, newLen, oldCap, num int, et *_type, bufPtr unsafe.Pointer, bufLen int) slice {
	return growsliceBuf(oldPtr, newLen, oldCap, num, et, bufPtr, bufLen)
}

// slicecopy is copy for element types without pointers.
func slicecopy(toPtr unsafe.Pointer, toLen int, fromPtr unsafe.Pointer, fromLen int, width uintptr) int {
	n := min(toLen, fromLen)
	if n == 0 || width == 0 {
		return n
	}
	if size := uintptr(n) * width; size == 1 {
		*(*byte)(toPtr) = *(*byte)(fromPtr)
	} else {
		memmove(toPtr, fromPtr, size)
	}
	return n
}

// The moveSlice functions copy a slice that was built in a stack buffer to the heap: with its capacity, or with the
// capacity that append would have given it.

func moveSlice(et *_type, old unsafe.Pointer, len, cap int) (unsafe.Pointer, int, int) {
	if cap == 0 {
		return movedEmpty(old)
	}
	size := uintptr(cap) * et.Size_
	p := mallocgc(size, et, true)
	if wbenabled() {
		wbbulk(p, old, size, et)
	}
	memmove(p, old, size)
	return p, len, cap
}

func moveSliceNoScan(elemSize uintptr, old unsafe.Pointer, len, cap int) (unsafe.Pointer, int, int) {
	if cap == 0 {
		return movedEmpty(old)
	}
	size := uintptr(cap) * elemSize
	p := mallocgc(size, nil, false)
	memmove(p, old, size)
	return p, len, cap
}

func moveSliceNoCap(et *_type, old unsafe.Pointer, len int) (unsafe.Pointer, int, int) {
	if len == 0 {
		return movedEmpty(old)
	}
	size := uintptr(len) * et.Size_
	cap := roundupsize(size, false) / et.Size_
	p := mallocgc(cap*et.Size_, et, true)
	if wbenabled() {
		wbbulk(p, old, size, et)
	}
	memmove(p, old, size)
	return p, len, int(cap)
}

func moveSliceNoCapNoScan(elemSize uintptr, old unsafe.Pointer, len int) (unsafe.Pointer, int, int) {
	if len == 0 {
		return movedEmpty(old)
	}
	size := uintptr(len) * elemSize
	capMem := roundupsize(size, true)
	p := mallocgc(capMem, nil, false)
	memmove(p, old, size)
	memclrNoHeapPointers(add(p, size), capMem-size)
	return p, len, int(capMem / elemSize)
}

func movedEmpty(old unsafe.Pointer) (unsafe.Pointer, int, int) {
	if old != nil {
		old = unsafe.Pointer(&zerobase)
	}
	return old, 0, 0
}

//go:linkname bytealg_MakeNoZero internal/bytealg.MakeNoZero
func bytealg_MakeNoZero(n int) []byte {
	if uintptr(n) > maxAlloc {
		panicmakeslicelen()
	}
	c := roundupsize(uintptr(n), true)
	return unsafe.Slice((*byte)(mallocgc(c, nil, false)), int(c))[:n]
}

// reflect_growslice makes room for num more elements and keeps the length. What append would leave to its caller
// is cleared here.
//
//go:linkname reflect_growslice reflect.growslice
func reflect_growslice(et *_type, old slice, num int) slice {
	num -= old.cap - old.len
	s := growslice(old.array, old.cap+num, old.cap, num, et)
	if et.PtrBytes == 0 {
		from := uintptr(old.cap) * et.Size_
		memclrNoHeapPointers(add(s.array, from), uintptr(s.len)*et.Size_-from)
	}
	s.len = old.len
	return s
}

// Checks of unsafe.Slice and unsafe.String.

func unsafeslicecheckptr(et *_type, ptr unsafe.Pointer, len64 int64) { unsafeslice64(et, ptr, len64) }

func unsafestringcheckptr(ptr unsafe.Pointer, len64 int64) { unsafestring64(ptr, len64) }

func unsafeslice64(et *_type, ptr unsafe.Pointer, len64 int64) { unsafeslice(et, ptr, int(len64)) }

func unsafeslice(et *_type, ptr unsafe.Pointer, n int) {
	if n < 0 {
		panicunsafeslicelen()
	}
	if et.Size_ == 0 {
		if ptr == nil && n > 0 {
			panicunsafeslicenilptr()
		}
		return
	}
	if uintptr(n) > ^uintptr(0)/et.Size_ || et.Size_*uintptr(n) > -uintptr(ptr) {
		if ptr == nil {
			panicunsafeslicenilptr()
		}
		panicunsafeslicelen()
	}
}

func unsafestring64(ptr unsafe.Pointer, len64 int64) { unsafestring(ptr, int(len64)) }

func unsafestring(ptr unsafe.Pointer, n int) {
	if n < 0 {
		panicunsafestringlen()
	}
	if uintptr(n) > -uintptr(ptr) {
		if ptr == nil {
			panicunsafestringnilptr()
		}
		panicunsafestringlen()
	}
}

func panicunsafeslicelen() { panic(errorString("unsafe.Slice: len out of range")) }
func panicunsafeslicenilptr() {
	panic(errorString("unsafe.Slice: ptr is nil and len is not zero"))
}
func panicunsafestringlen() { panic(errorString("unsafe.String: len out of range")) }
func panicunsafestringnilptr() {
	panic(errorString("unsafe.String: ptr is nil and len is not zero"))
}

//go:linkname reflect_unsafeslice reflect.unsafeslice
func reflect_unsafeslice(et *_type, ptr unsafe.Pointer, n int) { unsafeslice(et, ptr, n) }
