package runtime

import (
	"internal/abi"
	"unsafe"
)

// Functions, files and lines by PC. The tables are read by the Rust half, which also prints tracebacks.

// A pcFrame is a logical frame at a PC: the Rust half fills it in.
type pcFrame struct {
	fn        unsafe.Pointer // the function table's record of the physical function
	entry     uintptr        // of the physical function
	name      string
	file      string
	line      int32
	startLine int32
	funcID    abi.FuncID
	inlined   bool
	parentPC  uintptr // of an inlined frame: the PC of the frame around it
}

// Func is a function of the running program.
type Func struct {
	opaque struct{}
}

// A *Func points to the function table's record or, for an inlined function, to a funcinl. The first word of a
// record is the offset of the entry.
type funcinl struct {
	ones      uint32 // ^0 tells a funcinl from a record
	entry     uintptr
	name      string
	file      string
	line      int32
	startLine int32
}

func (f *Func) inlined() *funcinl {
	if fi := (*funcinl)(unsafe.Pointer(f)); fi.ones == ^uint32(0) {
		return fi
	}
	return nil
}

// FuncForPC returns the function that contains the given PC, or nil. If the PC belongs to an inlined function, it is
// that one.
func FuncForPC(pc uintptr) *Func {
	var f pcFrame
	if !pcframe(pc, &f) {
		return nil
	}
	if !f.inlined {
		return (*Func)(f.fn)
	}
	return (*Func)(unsafe.Pointer(&funcinl{
		ones:      ^uint32(0),
		entry:     f.entry,
		name:      f.name,
		file:      f.file,
		line:      f.line,
		startLine: f.startLine,
	}))
}

// Name returns the function's name, qualified by the import path.
func (f *Func) Name() string {
	if f == nil {
		return ""
	}
	if fi := f.inlined(); fi != nil {
		return funcNameForPrint(fi.name)
	}
	var pf pcFrame
	funcframe(unsafe.Pointer(f), 0, &pf)
	return funcNameForPrint(pf.name)
}

// Entry returns the address of the function's code: of the code that func values point to, if there are any.
func (f *Func) Entry() uintptr {
	if fi := f.inlined(); fi != nil {
		return fi.entry
	}
	return funcentry(unsafe.Pointer(f))
}

// FileLine returns the position of the code at pc, which belongs to f.
func (f *Func) FileLine(pc uintptr) (file string, line int) {
	if fi := f.inlined(); fi != nil {
		return fi.file, int(fi.line)
	}
	var pf pcFrame
	if !funcframe(unsafe.Pointer(f), pc, &pf) {
		return "?", 0
	}
	return pf.file, int(pf.line)
}

// funcNameForPrint abbreviates type arguments: F[...].
func funcNameForPrint(name string) string {
	i := 0
	for i < len(name) && name[i] != '[' {
		i++
	}
	j := lastIndex(name, "]")
	if j <= i {
		return name
	}
	return name[:i] + "[...]" + name[j+1:]
}

// Caller returns the position of a call on this goroutine's stack: of the caller of Caller with skip 0, of its
// caller with skip 1, and so on.
func Caller(skip int) (pc uintptr, file string, line int, ok bool) {
	var pcs [1]uintptr
	if callers(skip+1, &pcs[0], 1) < 1 {
		return
	}
	var f pcFrame
	if !pcframe(pcs[0]-1, &f) {
		return
	}
	return pcs[0] - 1, f.file, int(f.line), true
}

// Callers fills pc with the return PCs of the calling goroutine's stack. With skip 0 it begins with Callers itself,
// with 1 with the caller of Callers. CallersFrames turns them into functions and lines.
func Callers(skip int, pc []uintptr) int {
	if len(pc) == 0 {
		return 0
	}
	return callers(skip, &pc[0], len(pc))
}

// Frames is the sequence of frames of a slice of PCs that Callers returned.
type Frames struct {
	callers []uintptr
	nextPC  uintptr // a PC to be looked at before callers
	ahead   Frame   // the frame after the one that Next returned, if any
	have    bool
}

// Frame describes a frame.
type Frame struct {
	// PC is the PC of the call, or 0 if unknown.
	PC uintptr

	// Func is the function, nil if it was inlined or is not a Go function.
	Func *Func

	// Function is the function's name qualified by the import path, or "".
	Function string

	// File and Line are the position of the call, or "" and 0.
	File string
	Line int

	// Entry is the address of the code of the function that the frame physically belongs to, or 0.
	Entry uintptr

	startLine int
	symbol    string // the name before abbreviation
}

// CallersFrames prepares callers, which Callers returned, for Next.
func CallersFrames(callers []uintptr) *Frames {
	f := &Frames{callers: callers}
	f.ahead, f.have = f.decode()
	return f
}

// Next returns the next frame and whether there are more. After the last one it returns the zero Frame.
func (f *Frames) Next() (frame Frame, more bool) {
	if !f.have {
		return Frame{}, false
	}
	frame = f.ahead
	f.ahead, f.have = f.decode()
	return frame, f.have
}

func (f *Frames) decode() (Frame, bool) {
	for {
		var pc uintptr
		switch {
		case f.nextPC != 0:
			pc, f.nextPC = f.nextPC, 0
		case len(f.callers) > 0:
			pc, f.callers = f.callers[0], f.callers[1:]
		default:
			return Frame{}, false
		}
		// A return PC is one behind the call, except for functions that were entered without one.
		var pf pcFrame
		if !pcframe(pc, &pf) && !pcframe(pc-1, &pf) {
			continue
		}
		if pc > pf.entry {
			pc--
			if !pcframe(pc, &pf) {
				continue
			}
		}
		frame := Frame{
			PC:        pc,
			Function:  funcNameForPrint(pf.name),
			File:      pf.file,
			Line:      int(pf.line),
			Entry:     pf.entry,
			startLine: int(pf.startLine),
			symbol:    pf.name,
		}
		if pf.inlined {
			f.expand(&pf)
		} else {
			frame.Func = (*Func)(pf.fn)
		}
		return frame, true
	}
}

// expand arranges for the frame around an inlined one to be next, if the list of PCs does not have it: Callers lists
// logical frames, but a list may be a profiler's.
func (f *Frames) expand(pf *pcFrame) {
	id := pf.funcID
	for pc := pf.parentPC; pc != 0; {
		if len(f.callers) == 0 || f.callers[0] == pc+1 {
			return
		}
		var outer pcFrame
		if !pcframe(pc, &outer) {
			return
		}
		if outer.funcID != abi.FuncIDWrapper || !elideWrapperCalling(id) {
			f.nextPC = pc + 1
			return
		}
		pc = outer.parentPC
	}
}

// elideWrapperCalling reports whether a wrapper that called a function with this ID is left out of tracebacks. It
// is shown if it is where things went wrong.
func elideWrapperCalling(id abi.FuncID) bool {
	return !(id == abi.FuncID_gopanic || id == abi.FuncID_sigpanic || id == abi.FuncID_panicwrap)
}

//go:linkname runtime_FrameStartLine runtime/pprof.runtime_FrameStartLine
func runtime_FrameStartLine(f *Frame) int { return f.startLine }

//go:linkname runtime_FrameSymbolName runtime/pprof.runtime_FrameSymbolName
func runtime_FrameSymbolName(f *Frame) string {
	if f.symbol == "" {
		return f.Function
	}
	return f.symbol
}

// runtime_expandFinalInlineFrame replaces the last PC, if it is in inlined code, by the PCs of all logical frames
// there.
//
//go:linkname runtime_expandFinalInlineFrame runtime/pprof.runtime_expandFinalInlineFrame
func runtime_expandFinalInlineFrame(stk []uintptr) []uintptr {
	if len(stk) == 0 {
		return stk
	}
	pc := stk[len(stk)-1] - 1
	var f pcFrame
	if !pcframe(pc, &f) || !f.inlined {
		return stk
	}
	stk = stk[:len(stk)-1]
	callee := abi.FuncIDNormal
	for pc != 0 && pcframe(pc, &f) {
		if f.funcID != abi.FuncIDWrapper || !elideWrapperCalling(callee) {
			stk = append(stk, pc+1)
		}
		callee = f.funcID
		pc = f.parentPC
	}
	return stk
}

//go:linkname pprof_fpunwindExpand
func pprof_fpunwindExpand(dst, src []uintptr) int { return copy(dst, src) }
