package runtime

import (
	"internal/abi"
	"unsafe"
)

// Finalizers and cleanups. Arguments are checked and the calls are recorded; since nothing is collected, none is
// ever made.

// A finalizer is what SetFinalizer recorded for an object.
type finalizer struct {
	fn  any
	arg *_type // type of fn's parameter
}

var finalizers struct {
	lock mutex
	m    map[uintptr]finalizer
}

// maxTinySize is the size below which objects without pointers share a block.
const maxTinySize = 16

// imageLimit is the end of the addresses at which the program itself lies. The heap is above.
const imageLimit = 1 << 31

// SetFinalizer arranges for finalizer(obj) to be called when obj, a pointer to the beginning of an object allocated
// by new, by taking the address of a composite literal or of a local variable, is found unreachable. finalizer ==
// nil clears it.
func SetFinalizer(obj any, finalizer any) {
	e := efaceOf(&obj)
	t := e._type
	if t == nil {
		throw("runtime.SetFinalizer: first argument is nil")
	}
	if t.Kind() != abi.Pointer {
		throw("runtime.SetFinalizer: first argument is " + typeName(t) + ", not pointer")
	}
	elem := t.Elem()
	base, _ := findobject(e.data)
	if base == 0 {
		// Variables of packages never become unreachable.
		if p := uintptr(e.data); p != 0 && p < imageLimit {
			return
		}
		throw("runtime.SetFinalizer: pointer not in allocated block")
	}
	if base != uintptr(e.data) && (elem.Pointers() || elem.Size_ >= maxTinySize) {
		throw("runtime.SetFinalizer: pointer not at beginning of allocated block")
	}

	ft := efaceOf(&finalizer)._type
	if ft == nil {
		lock(&finalizers.lock)
		delete(finalizers.m, uintptr(e.data))
		unlock(&finalizers.lock)
		return
	}
	if ft.Kind() != abi.Func {
		throw("runtime.SetFinalizer: second argument is " + typeName(ft) + ", not a function")
	}
	if ft.FuncType().IsVariadic() {
		throw("runtime.SetFinalizer: cannot pass " + typeName(t) + " to finalizer " + typeName(ft) + " because dotdotdot")
	}
	arg := finalizerArg(t, ft.FuncType())
	if arg == nil {
		throw("runtime.SetFinalizer: cannot pass " + typeName(t) + " to finalizer " + typeName(ft))
	}
	addFinalizer(uintptr(e.data), finalizer, arg)
}

func addFinalizer(p uintptr, fn any, arg *_type) {
	lock(&finalizers.lock)
	if finalizers.m == nil {
		finalizers.m = make(map[uintptr]finalizer)
	}
	_, dup := finalizers.m[p]
	if !dup {
		finalizers.m[p] = finalizer{fn, arg}
	}
	unlock(&finalizers.lock)
	if dup {
		throw("runtime.SetFinalizer: finalizer already set")
	}
}

// finalizerArg returns the type of the parameter of ft if a value of the pointer type t can be passed, or nil.
func finalizerArg(t *_type, ft *abi.FuncType) *_type {
	if ft.InCount != 1 {
		return nil
	}
	in := ft.InSlice()[0]
	switch {
	case in == t:
		return in
	case in.Kind() == abi.Pointer:
		if (in.Uncommon() == nil || t.Uncommon() == nil) && in.Elem() == t.Elem() {
			return in
		}
	case in.Kind() == abi.Interface:
		it := (*interfacetype)(unsafe.Pointer(in))
		if len(it.Methods) == 0 || assertE2I2(it, t) != nil {
			return in
		}
	}
	return nil
}

// Cleanup is a handle on a call that AddCleanup arranged.
type Cleanup struct {
	id  uint64
	ptr uintptr
}

var cleanups struct {
	lock   mutex
	lastID uint64
	m      map[uint64]func()
}

// AddCleanup arranges for cleanup(arg) to be called when *ptr is found unreachable. Unlike with a finalizer, the
// object is not brought back, and it may have many cleanups; ptr may point into an object. ptr must not be
// reachable from cleanup or arg.
func AddCleanup[T, S any](ptr *T, cleanup func(S), arg S) Cleanup {
	ptr = abi.Escape(ptr)
	if ptr == nil {
		panic("runtime.AddCleanup: ptr is nil")
	}
	var argPtr unsafe.Pointer
	if k := abi.TypeOf(arg).Kind(); k == abi.Pointer || k == abi.UnsafePointer {
		argPtr = *(*unsafe.Pointer)(unsafe.Pointer(&arg))
	}
	fv := *(*unsafe.Pointer)(unsafe.Pointer(&cleanup))
	if !checkCleanup(unsafe.Pointer(ptr), argPtr, fv) {
		return Cleanup{}
	}
	return addCleanup(uintptr(unsafe.Pointer(ptr)), func() { cleanup(arg) })
}

// checkCleanup panics if the cleanup could never run because it refers to the object itself. It reports whether the
// object is one that can become unreachable.
func checkCleanup(ptr, arg, fv unsafe.Pointer) bool {
	if ptr == arg {
		panic("runtime.AddCleanup: ptr is equal to arg, cleanup will never run")
	}
	base, size := findobject(ptr)
	if base == 0 {
		if uintptr(ptr) < imageLimit {
			return false
		}
		panic("runtime.AddCleanup: ptr not in allocated block")
	}
	within := func(p uintptr) bool { return base <= p && p < base+size }
	if within(uintptr(arg)) && size > maxTinySize {
		panic("runtime.AddCleanup: ptr is within arg, cleanup will never run")
	}
	if cbase, csize := findobject(fv); cbase != 0 {
		for off := uintptr(8); off+8 <= csize; off += 8 {
			if within(*(*uintptr)(unsafe.Pointer(cbase + off))) {
				panic("runtime.AddCleanup: cleanup function closes over ptr, cleanup will never run")
			}
		}
	}
	return true
}

func addCleanup(ptr uintptr, call func()) Cleanup {
	lock(&cleanups.lock)
	if cleanups.m == nil {
		cleanups.m = make(map[uint64]func())
	}
	cleanups.lastID++
	id := cleanups.lastID
	cleanups.m[id] = call
	unlock(&cleanups.lock)
	return Cleanup{id, ptr}
}

// Stop cancels the call unless it is queued or done already.
func (c Cleanup) Stop() {
	if c.id == 0 {
		return
	}
	lock(&cleanups.lock)
	delete(cleanups.m, c.id)
	unlock(&cleanups.lock)
}

// Weak pointers are handles: a word that holds the pointer until the object dies. Objects do not die; the same
// pointer always gets the same handle.
var weakHandles struct {
	lock mutex
	m    map[unsafe.Pointer]*unsafe.Pointer
}

//go:linkname weak_registerWeakPointer weak.runtime_registerWeakPointer
func weak_registerWeakPointer(p unsafe.Pointer) unsafe.Pointer {
	lock(&weakHandles.lock)
	h := weakHandles.m[p]
	if h == nil {
		h = new(unsafe.Pointer)
		*h = p
		if weakHandles.m == nil {
			weakHandles.m = make(map[unsafe.Pointer]*unsafe.Pointer)
		}
		weakHandles.m[p] = h
	}
	unlock(&weakHandles.lock)
	return unsafe.Pointer(h)
}

//go:linkname weak_makeStrongFromWeak weak.runtime_makeStrongFromWeak
func weak_makeStrongFromWeak(h unsafe.Pointer) unsafe.Pointer { return *(*unsafe.Pointer)(h) }
