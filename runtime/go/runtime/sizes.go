package runtime

import (
	"internal/goarch"
	"internal/runtime/gc"
)

const (
	// maxAlloc is one more than the largest allocation: 48 bits of address space.
	maxAlloc = 1 << 48

	pageSize = gc.PageSize
)

// zerobase is the address of objects of size zero.
var zerobase uintptr

// roundupsize returns the size that is usable when size bytes are asked for. The heap has gc's size classes, and
// pointerful objects above 512 bytes leave room for a header as they do there, so that append grows a slice to the
// same capacity.
func roundupsize(size uintptr, noscan bool) uintptr {
	if size > gc.MaxSmallSize-gc.MallocHeaderSize {
		n := size + pageSize - 1
		if n < size {
			return size
		}
		return n &^ (pageSize - 1)
	}
	var header uintptr
	if !noscan && size > gc.MinSizeForMallocHeader {
		header = gc.MallocHeaderSize
	}
	n := size + header
	var class uint8
	if n <= gc.SmallSizeMax-8 {
		class = gc.SizeToSizeClass8[(n+gc.SmallSizeDiv-1)/gc.SmallSizeDiv]
	} else {
		class = gc.SizeToSizeClass128[(n-gc.SmallSizeMax+gc.LargeSizeDiv-1)/gc.LargeSizeDiv]
	}
	return uintptr(gc.SizeClassToSize[class]) - header
}

// mulSize returns a*b and whether the product is too large for an object.
func mulSize(a, b uintptr) (n uintptr, tooLarge bool) {
	if a|b < 1<<(4*goarch.PtrSize) || a == 0 {
		n = a * b
		return n, n > maxAlloc
	}
	n = a * b
	return n, b > maxAlloc/a
}
