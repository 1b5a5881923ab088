package reflect

import (
	"internal/abi"
	"unsafe"
)

// The other direction: code of the machine's calling convention that stands for a function made by MakeFunc or for
// a method value. The assembly stubs makeFuncStub and methodValueCall save the registers in a callSpill and call
// the functions here.

// A callSpill is made in the heap by the stubs. Addresses on the stack in it are those at the time of the call: the stack may
// have been copied since.
//
// Every word of it counts as a possible pointer for the collector until unpack has put the arguments into a frame, whose type
// says which are pointers; unpack leaves none of them here. From then on it holds at most the results, on their way to the
// stub. So an integer that looks like an address keeps nothing alive while the function runs.
type callSpill struct {
	ints     [intRegs]uintptr
	ptrs     [intRegs]unsafe.Pointer // at entry the same as ints
	floats   [floatRegs]uint64
	stackLo  uintptr // bounds of the stack at entry
	stackHi  uintptr
	nstack   uintptr // number of words
	popBytes uintptr // stack arguments to be removed at exit
	// The words of the caller's frame that begin with the stack arguments follow.
}

func (s *callSpill) word(i int) unsafe.Pointer {
	if uintptr(i) >= s.nstack {
		panic("reflect: stack arguments beyond the saved words")
	}
	return add(unsafe.Pointer(s), unsafe.Sizeof(callSpill{})+uintptr(i)*wordSize, "i < nstack")
}

// argReader takes arguments in order.
type argReader struct {
	s            *callSpill
	ni, nf, nstk int
}

// next returns where the next argument of the kind is.
func (r *argReader) next(kind stepKind) unsafe.Pointer {
	switch {
	case kind == stepFloat && r.nf < floatRegs:
		r.nf++
		return unsafe.Pointer(&r.s.floats[r.nf-1])
	case kind != stepFloat && r.ni < intRegs:
		r.ni++
		return unsafe.Pointer(&r.s.ptrs[r.ni-1])
	}
	r.nstk++
	return r.s.word(r.nstk - 1)
}

// Provided by the runtime. An address that was on the stack between lo and hi is translated to where it is now.

//go:noescape
func copyFromCaller(dst unsafe.Pointer, src, lo, hi, n uintptr)

//go:noescape
func copyToCaller(dst, lo, hi uintptr, src unsafe.Pointer, n uintptr)

// unpack makes a frame of the arguments, which it takes out of the block. It returns the address for results in memory.
func (s *callSpill) unpack(plan *framePlan, frametype *abi.Type) (frame unsafe.Pointer, results uintptr) {
	if frametype.Size() != 0 {
		frame = unsafe_New(frametype)
	}
	r := argReader{s: s}
	r.next(stepPtr) // the context
	if plan.memory {
		results = *(*uintptr)(r.next(stepPtr))
	}
	for i := range plan.args {
		st := &plan.args[i]
		from := r.next(st.kind)
		to := add(frame, st.off, "within the frame")
		switch st.kind {
		case stepPtr:
			*(*unsafe.Pointer)(to) = *(*unsafe.Pointer)(from)
		case stepRef:
			copyFromCaller(to, *(*uintptr)(from), s.stackLo, s.stackHi, st.size)
		default:
			storeScalar(to, st.size, *(*uint64)(from))
		}
	}
	clear(s.ints[:])
	clear(s.ptrs[:])
	clear(s.floats[:])
	for i := range s.nstack {
		*(*unsafe.Pointer)(s.word(int(i))) = nil
	}
	return frame, results
}

// pack returns the results in the frame to the caller.
func (s *callSpill) pack(plan *framePlan, frame unsafe.Pointer, results uintptr) {
	s.popBytes = (plan.stackArgs*wordSize + stackArgUnit - 1) &^ (stackArgUnit - 1)
	if plan.memory {
		from := add(frame, plan.retOffset, "the frame has results")
		copyToCaller(results, s.stackLo, s.stackHi, from, plan.retSize)
		return
	}
	ni, nf := 0, 0
	for i := range plan.rets {
		st := &plan.rets[i]
		from := add(frame, st.off, "within the frame")
		switch st.kind {
		case stepPtr:
			s.ptrs[ni] = *(*unsafe.Pointer)(from)
			ni++
		case stepInt:
			s.ints[ni] = uintptr(loadScalar(from, st.size))
			ni++
		case stepFloat:
			s.floats[nf] = loadScalar(from, st.size)
			nf++
		}
	}
}

// makeFuncEntry is what makeFuncStub calls.
func makeFuncEntry(c *makeFuncImpl, s *callSpill) {
	frametype, _, _ := funcLayout(c.ftyp, nil)
	plan := planFor(frametype)
	frame, results := s.unpack(plan, frametype)
	var valid bool
	var regs abi.RegArgs
	callReflect(c, frame, &valid, &regs)
	s.pack(plan, frame, results)
}

// methodValueEntry is what methodValueCall calls.
func methodValueEntry(c *methodValue, s *callSpill) {
	_, ftyp, _ := methodReceiver("call", c.rcvr, c.method)
	frametype, _, _ := funcLayout(ftyp, nil)
	plan := planFor(frametype)
	frame, results := s.unpack(plan, frametype)
	var valid bool
	var regs abi.RegArgs
	callMethod(c, frame, &valid, &regs)
	s.pack(plan, frame, results)
}
