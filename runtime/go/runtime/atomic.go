package runtime

import (
	"internal/runtime/atomic"
	"unsafe"
)

// Atomic stores of pointers. They are not expanded by the compiler because they need the write barrier.

//go:linkname atomic_storePointer internal/runtime/atomic.storePointer
func atomic_storePointer(ptr *unsafe.Pointer, new unsafe.Pointer) {
	if wbenabled() {
		wbpair(ptr, new)
	}
	atomic.StorepNoWB(noescape(unsafe.Pointer(ptr)), new)
}

//go:linkname atomic_casPointer internal/runtime/atomic.casPointer
func atomic_casPointer(ptr *unsafe.Pointer, old, new unsafe.Pointer) bool {
	if wbenabled() {
		wbpair(ptr, new)
	}
	return atomic.Casp1(ptr, old, new)
}

//go:linkname sync_atomic_StorePointer sync/atomic.StorePointer
func sync_atomic_StorePointer(ptr *unsafe.Pointer, new unsafe.Pointer) {
	atomic_storePointer(ptr, new)
}

//go:linkname sync_atomic_SwapPointer sync/atomic.SwapPointer
func sync_atomic_SwapPointer(ptr *unsafe.Pointer, new unsafe.Pointer) unsafe.Pointer {
	if wbenabled() {
		wbpair(ptr, new)
	}
	return unsafe.Pointer(atomic.Xchguintptr((*uintptr)(unsafe.Pointer(ptr)), uintptr(new)))
}

//go:linkname sync_atomic_CompareAndSwapPointer sync/atomic.CompareAndSwapPointer
func sync_atomic_CompareAndSwapPointer(ptr *unsafe.Pointer, old, new unsafe.Pointer) bool {
	return atomic_casPointer(ptr, old, new)
}
