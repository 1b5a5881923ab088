package reflect

import (
	"internal/abi"
	"sync"
	"unsafe"
)

// The bridge between this package, which lays the arguments and results of a call out in memory (a frame), and the
// machine's calling convention.
//
// The package is compiled with no argument registers, so that a frame holds the receiver word if there is one, the
// arguments in order, then the results, each at its natural alignment. A framePlan says where each scalar of the
// frame goes: the convention decomposes values of at most maxLeaves scalars, passes larger ones by reference, and
// returns results in registers only if all of them are decomposed and fit.

const (
	maxLeaves    = 4 // scalars of a decomposed value
	intRegs      = 6 // integer argument registers, also the most integer results in registers
	floatRegs    = 8
	wordSize     = 8
	stackArgUnit = 16 // the space for stack arguments is a multiple of this
)

type stepKind uint8

const (
	stepInt   stepKind = iota // an integer of size bytes
	stepPtr                   // a pointer word
	stepFloat                 // a float of size bytes
	stepRef                   // a value passed by reference
)

// A frameStep is one scalar argument or result of the call.
type frameStep struct {
	off  uintptr // in the frame
	size uintptr
	kind stepKind
	typ  *abi.Type // of a stepRef
}

// A framePlan describes the calls with one frame layout.
type framePlan struct {
	method    bool // the code takes a receiver word instead of a closure context
	args      []frameStep
	rets      []frameStep // if in registers
	memory    bool        // results are in memory, laid out as in the frame
	retOffset uintptr
	retSize   uintptr
	stackArgs uintptr // number of arguments that are not in registers
}

// framePlans maps the *abi.Type that stands for a frame layout to its *framePlan.
var framePlans sync.Map

// planFor returns the plan for a frame that funcLayout made. funcLayout's cache tells which signature it is for.
func planFor(frametype *abi.Type) *framePlan {
	if p, ok := framePlans.Load(frametype); ok {
		return p.(*framePlan)
	}
	var plan *framePlan
	layoutCache.Range(func(k, v any) bool {
		if v.(layoutType).t != frametype {
			return true
		}
		key, layout := k.(layoutKey), v.(layoutType)
		plan = newFramePlan(key.ftyp, key.rcvr != nil, &layout)
		return false
	})
	if plan == nil {
		panic("reflect: frame of unknown layout")
	}
	p, _ := framePlans.LoadOrStore(frametype, plan)
	return p.(*framePlan)
}

func newFramePlan(t *funcType, method bool, layout *layoutType) *framePlan {
	abid := &layout.abid
	p := &framePlan{method: method, retOffset: abid.retOffset, retSize: abid.ret.stackBytes}

	first := 0
	if method {
		first = 1
		p.args = append(p.args, frameStep{0, wordSize, stepPtr, nil})
	}
	for i, typ := range t.InSlice() {
		p.args = appendSteps(p.args, typ, stackOffset(&abid.call, i+first))
	}

	ints, floats := 0, 0
	for i, typ := range t.OutSlice() {
		steps := appendSteps(nil, typ, stackOffset(&abid.ret, i))
		for _, s := range steps {
			switch s.kind {
			case stepRef:
				p.memory = true
			case stepFloat:
				floats++
			default:
				ints++
			}
		}
		p.rets = append(p.rets, steps...)
	}
	if ints > intRegs || floats > floatRegs {
		p.memory = true
	}
	if p.memory {
		p.rets = nil
	}

	// Registers are taken by the context and the result pointer first.
	ints, floats = 0, 0
	if !method {
		ints++
	}
	if p.memory {
		ints++
	}
	for _, s := range p.args {
		if s.kind == stepFloat {
			floats++
		} else {
			ints++
		}
	}
	p.stackArgs = uintptr(max(ints-intRegs, 0) + max(floats-floatRegs, 0))
	return p
}

// stackOffset returns the frame offset of the ith value, or 0 for a value of size zero.
func stackOffset(seq *abiSeq, i int) uintptr {
	if steps := seq.stepsForValue(i); len(steps) > 0 {
		return steps[0].stkOff
	}
	return 0
}

// appendSteps adds the steps of a value of type t at offset off.
func appendSteps(steps []frameStep, t *abi.Type, off uintptr) []frameStep {
	n := len(steps)
	steps, ok := appendLeaves(steps, t, off, n+maxLeaves)
	if !ok {
		steps = append(steps[:n], frameStep{off, t.Size(), stepRef, t})
	}
	return steps
}

// appendLeaves adds the scalars of a t at off, and reports whether there are at most limit steps then.
func appendLeaves(steps []frameStep, t *abi.Type, off uintptr, limit int) ([]frameStep, bool) {
	word := func(kind stepKind) {
		steps = append(steps, frameStep{off, wordSize, kind, nil})
		off += wordSize
	}
	switch Kind(t.Kind()) {
	case Pointer, UnsafePointer, Map, Chan, Func:
		word(stepPtr)
	case String:
		word(stepPtr)
		word(stepInt)
	case Slice:
		word(stepPtr)
		word(stepInt)
		word(stepInt)
	case Interface:
		word(stepPtr)
		word(stepPtr)
	case Float32, Float64:
		steps = append(steps, frameStep{off, t.Size(), stepFloat, nil})
	case Complex64, Complex128:
		half := t.Size() / 2
		steps = append(steps, frameStep{off, half, stepFloat, nil}, frameStep{off + half, half, stepFloat, nil})
	case Array:
		a := (*arrayType)(unsafe.Pointer(t))
		// An array of no elements is decomposed if its elements would be.
		probe, ok := appendLeaves(nil, a.Elem, 0, maxLeaves)
		if !ok {
			return steps, false
		}
		if len(probe) == 0 {
			return steps, true
		}
		if a.Len > maxLeaves {
			return steps, false
		}
		for i := uintptr(0); i < a.Len; i++ {
			if steps, ok = appendLeaves(steps, a.Elem, off+i*a.Elem.Size(), limit); !ok {
				return steps, false
			}
		}
	case Struct:
		st := (*structType)(unsafe.Pointer(t))
		for i := range st.Fields {
			f := &st.Fields[i]
			var ok bool
			if steps, ok = appendLeaves(steps, f.Typ, off+f.Offset, limit); !ok {
				return steps, false
			}
		}
	default:
		steps = append(steps, frameStep{off, t.Size(), stepInt, nil})
	}
	return steps, len(steps) <= limit
}

// A callBlock holds the registers of a call for the native callregs, which adds the integer and the pointer form of
// each word: one of them is zero.
type callBlock struct {
	ints      [intRegs]uintptr
	ptrs      [intRegs]unsafe.Pointer
	floats    [floatRegs]uint64
	stackInts *uintptr
	stackPtrs *unsafe.Pointer
	nstack    uintptr
	retPtrs   uintptr // bit i: integer result i is a pointer
}

//go:linkname wbenabled runtime.wbenabled
func wbenabled() bool

//go:noescape
//go:linkname wbshade runtime.wbshade
func wbshade(p unsafe.Pointer, n uintptr)

//go:noescape
//go:linkname callregs runtime.callregs
func callregs(code uintptr, b *callBlock)

// argWriter hands out the places of arguments in order.
type argWriter struct {
	b            *callBlock
	stackInts    []uintptr
	stackPtrs    []unsafe.Pointer
	ni, nf, nstk int
}

func (w *argWriter) putInt(v uintptr) {
	if w.ni < intRegs {
		w.b.ints[w.ni] = v
		w.ni++
		return
	}
	w.stackInts[w.nstk] = v
	w.nstk++
}

func (w *argWriter) putPtr(p unsafe.Pointer) {
	if w.ni < intRegs {
		w.b.ptrs[w.ni] = p
		w.ni++
		return
	}
	w.stackPtrs[w.nstk] = p
	w.nstk++
}

func (w *argWriter) putFloat(v uint64) {
	if w.nf < floatRegs {
		w.b.floats[w.nf] = v
		w.nf++
		return
	}
	w.stackInts[w.nstk] = uintptr(v)
	w.nstk++
}

// callFrame calls fn, a closure or a pointer to the word with a method's code, with the arguments in the frame, and
// stores the results in it. It is what this package's function call is.
//
// Results in memory are written to the frame without write barriers, as to a stack, immediately before the function
// returns; what they are is shaded here before anything else can happen.
//
//go:linkname callFrame runtime.reflectcall
func callFrame(frametype *abi.Type, fn, frame unsafe.Pointer, stackArgsSize, stackRetOffset, frameSize uint32, regArgs *abi.RegArgs) {
	plan := planFor(frametype)
	var b callBlock
	w := argWriter{b: &b}
	if plan.stackArgs > 0 {
		w.stackInts = make([]uintptr, plan.stackArgs)
		w.stackPtrs = make([]unsafe.Pointer, plan.stackArgs)
		b.stackInts = &w.stackInts[0]
		b.stackPtrs = &w.stackPtrs[0]
		b.nstack = plan.stackArgs
	}
	if !plan.method {
		w.putPtr(fn)
	}
	if plan.memory {
		w.putPtr(add(frame, plan.retOffset, "the frame has results"))
	}
	for i := range plan.args {
		s := &plan.args[i]
		p := add(frame, s.off, "within the frame")
		switch s.kind {
		case stepInt:
			w.putInt(uintptr(loadScalar(p, s.size)))
		case stepPtr:
			w.putPtr(*(*unsafe.Pointer)(p))
		case stepFloat:
			w.putFloat(loadScalar(p, s.size))
		case stepRef:
			w.putPtr(p)
		}
	}
	ni := 0
	for i := range plan.rets {
		switch plan.rets[i].kind {
		case stepPtr:
			b.retPtrs |= 1 << ni
			ni++
		case stepInt:
			ni++
		}
	}

	callregs(*(*uintptr)(fn), &b)
	if plan.memory && wbenabled() {
		wbshade(frame, uintptr(frameSize))
	}

	ni, nf := 0, 0
	for i := range plan.rets {
		s := &plan.rets[i]
		p := add(frame, s.off, "within the frame")
		switch s.kind {
		case stepInt:
			storeScalar(p, s.size, uint64(b.ints[ni]))
			ni++
		case stepPtr:
			*(*unsafe.Pointer)(p) = b.ptrs[ni]
			ni++
		case stepFloat:
			storeScalar(p, s.size, b.floats[nf])
			nf++
		}
	}
}

func loadScalar(p unsafe.Pointer, size uintptr) uint64 {
	switch size {
	case 1:
		return uint64(*(*uint8)(p))
	case 2:
		return uint64(*(*uint16)(p))
	case 4:
		return uint64(*(*uint32)(p))
	}
	return *(*uint64)(p)
}

func storeScalar(p unsafe.Pointer, size uintptr, v uint64) {
	switch size {
	case 1:
		*(*uint8)(p) = uint8(v)
	case 2:
		*(*uint16)(p) = uint16(v)
	case 4:
		*(*uint32)(p) = uint32(v)
	default:
		*(*uint64)(p) = v
	}
}
