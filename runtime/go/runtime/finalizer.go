package runtime

import (
	"internal/abi"
	"internal/runtime/atomic"
	"unsafe"
)

// Finalizers, cleanups, weak pointers. They hang on objects as specials, which the Rust half keeps; when the sweeper
// finds an object dead it queues the calls, and a goroutine for each queue makes them.

// Kinds of specials.
const (
	specialFinalizer = 1
	specialWeak      = 2
	specialCleanup   = 3
)

// Queues of calls.
const (
	finalizerQueue = 0
	cleanupQueue   = 1
)

// A finalizer is what SetFinalizer recorded for an object.
type finalizer struct {
	fn  any
	ptr *_type // type of the pointer that was given
	arg *_type // type of fn's parameter
}

// callersStarted says which queues have their goroutine.
var callersStarted [2]atomic.Uint32

func startCaller(queue int, f func()) {
	if callersStarted[queue].Load() == 0 && callersStarted[queue].CompareAndSwap(0, 1) {
		newsysproc(f)
	}
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
		delspecial(e.data, specialFinalizer, 0)
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
	startCaller(finalizerQueue, runFinalizers)
	f := newFinalizer(finalizer, t, arg)
	if addspecial(e.data, specialFinalizer, unsafe.Pointer(f)) == 0 {
		throw("runtime.SetFinalizer: finalizer already set")
	}
}

func newFinalizer(fn any, ptr, arg *_type) *finalizer { return &finalizer{fn, ptr, arg} }

// runFinalizers is the goroutine that calls finalizers, one after the other.
func runFinalizers() {
	call := new([2]unsafe.Pointer)
	for {
		if !nextcall(finalizerQueue, call) {
			continue
		}
		f, obj := (*finalizer)(call[1]), call[0]
		*call = [2]unsafe.Pointer{}
		gp := getg()
		gp.userCode = true
		f.call(obj)
		gp.userCode = false
		callsDone[finalizerQueue].Add(1)
	}
}

// call calls the finalizer with the object. Its results are dropped.
func (f *finalizer) call(obj unsafe.Pointer) {
	e := efaceOf(&f.fn)
	fv := e.data
	results := resultBuffer(e._type.FuncType())
	if f.arg.Kind() == abi.Pointer {
		if results == nil {
			(*(*func(unsafe.Pointer))(unsafe.Pointer(&fv)))(obj)
		} else {
			(*(*func(_, _ unsafe.Pointer))(unsafe.Pointer(&fv)))(results, obj)
		}
		return
	}
	it := (*interfacetype)(unsafe.Pointer(f.arg))
	first := unsafe.Pointer(f.ptr)
	if len(it.Methods) != 0 {
		first = unsafe.Pointer(getitab(it, f.ptr, true))
	}
	if results == nil {
		(*(*func(_, _ unsafe.Pointer))(unsafe.Pointer(&fv)))(first, obj)
	} else {
		(*(*func(_, _, _ unsafe.Pointer))(unsafe.Pointer(&fv)))(results, first, obj)
	}
}

// resultBuffer returns memory for the results of a function that returns them through a pointer, nil if it returns
// them in registers.
func resultBuffer(ft *abi.FuncType) unsafe.Pointer {
	ints, floats := 0, 0
	var size uintptr
	memory := false
	for _, t := range ft.OutSlice() {
		i, f := scalars(t)
		if i+f > 4 {
			memory = true
		}
		ints += i
		floats += f
		size += t.Size_ + 16
	}
	if !memory && ints <= 6 && floats <= 8 {
		return nil
	}
	words := make([]unsafe.Pointer, size/8+1)
	return unsafe.Pointer(&words[0])
}

// scalars counts the integer (and pointer) and floating-point scalars that a type consists of.
func scalars(t *_type) (ints, floats int) {
	switch t.Kind() {
	case abi.Float32, abi.Float64:
		return 0, 1
	case abi.Complex64, abi.Complex128:
		return 0, 2
	case abi.String, abi.Interface:
		return 2, 0
	case abi.Slice:
		return 3, 0
	case abi.Array:
		a := (*abi.ArrayType)(unsafe.Pointer(t))
		i, f := scalars(a.Elem)
		return i * int(min(a.Len, 100)), f * int(min(a.Len, 100))
	case abi.Struct:
		st := (*abi.StructType)(unsafe.Pointer(t))
		for i := range st.Fields {
			i, f := scalars(st.Fields[i].Typ)
			ints += i
			floats += f
		}
		return ints, floats
	}
	return 1, 0
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
		if len(it.Methods) == 0 || getitab(it, t, true) != nil {
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
	return addCleanup(unsafe.Pointer(ptr), func() { cleanup(arg) })
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

func addCleanup(ptr unsafe.Pointer, call func()) Cleanup {
	startCaller(cleanupQueue, runCleanups)
	fv := *(*unsafe.Pointer)(unsafe.Pointer(&call))
	id := addspecial(ptr, specialCleanup, fv)
	return Cleanup{uint64(id), uintptr(ptr)}
}

// runCleanups is the goroutine that calls cleanups.
func runCleanups() {
	call := new([2]unsafe.Pointer)
	for {
		if !nextcall(cleanupQueue, call) {
			continue
		}
		fv := call[1]
		*call = [2]unsafe.Pointer{}
		gp := getg()
		gp.userCode = true
		(*(*func())(unsafe.Pointer(&fv)))()
		gp.userCode = false
		callsDone[cleanupQueue].Add(1)
	}
}

// callsDone counts the calls of each queue that have returned.
var callsDone [2]atomic.Uintptr

// blockUntilEmpty waits until all calls that have been queued are done, and reports whether that was within timeout
// nanoseconds.
func blockUntilEmpty(queue int, timeout int64) bool {
	for start := nanotime(); nanotime()-start < timeout; {
		if queued, _ := callcounts(queue); queued == callsDone[queue].Load() {
			return true
		}
		Gosched()
	}
	return false
}

//go:linkname blockUntilEmptyFinalizerQueue
func blockUntilEmptyFinalizerQueue(timeout int64) bool { return blockUntilEmpty(finalizerQueue, timeout) }

//go:linkname unique_runtime_blockUntilEmptyCleanupQueue unique.runtime_blockUntilEmptyCleanupQueue
func unique_runtime_blockUntilEmptyCleanupQueue(timeout int64) bool {
	return blockUntilEmpty(cleanupQueue, timeout)
}

//go:linkname sync_test_runtime_blockUntilEmptyCleanupQueue sync_test.runtime_blockUntilEmptyCleanupQueue
func sync_test_runtime_blockUntilEmptyCleanupQueue(timeout int64) bool {
	return blockUntilEmpty(cleanupQueue, timeout)
}

// Stop cancels the call unless it is queued or done already.
func (c Cleanup) Stop() {
	if c.id != 0 {
		delspecial(unsafe.Pointer(c.ptr), specialCleanup, uintptr(c.id))
	}
}

// A weak pointer is a handle: a word, not a pointer for the collector, that holds the address until the object dies.
// An address has one handle. Variables of packages do not die; their handles are in a table.
var immortalHandles struct {
	lock mutex
	m    map[unsafe.Pointer]*uintptr
}

//go:linkname weak_registerWeakPointer weak.runtime_registerWeakPointer
func weak_registerWeakPointer(p unsafe.Pointer) unsafe.Pointer {
	if base, _ := findobject(p); base != 0 {
		there := addspecial(p, specialWeak, nil)
		if there == 0 {
			there = addspecial(p, specialWeak, newWeakHandle(p))
		}
		KeepAlive(p)
		return unsafe.Pointer(there)
	}
	h := (*uintptr)(newWeakHandle(p))
	lock(&immortalHandles.lock)
	if there := immortalHandles.m[p]; there != nil {
		h = there
	} else {
		if immortalHandles.m == nil {
			immortalHandles.m = make(map[unsafe.Pointer]*uintptr)
		}
		immortalHandles.m[p] = h
	}
	unlock(&immortalHandles.lock)
	return unsafe.Pointer(h)
}

// newWeakHandle allocates a handle. One of one word could share a block of tiny objects with the object itself, and keep it
// alive.
func newWeakHandle(p unsafe.Pointer) unsafe.Pointer {
	h := new([2]uintptr)
	h[0] = uintptr(p)
	return unsafe.Pointer(h)
}

//go:linkname weak_makeStrongFromWeak weak.runtime_makeStrongFromWeak
func weak_makeStrongFromWeak(h unsafe.Pointer) unsafe.Pointer { return weakstrong(h) }
