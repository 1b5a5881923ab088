package runtime

import "internal/abi"

// Failed bounds checks and the other panics that generated code raises by a direct call. x is the index or bound,
// y what it exceeds, both stored in the g before the call; x is unsigned in the U forms.

// s[x], 0 <= x < y = len(s)

func panicIndex()  { panicbounds(abi.BoundsIndex, true) }
func panicIndexU() { panicbounds(abi.BoundsIndex, false) }

// s[:x], 0 <= x <= y = len(s) or cap(s)

func panicSliceAlen()  { panicbounds(abi.BoundsSliceAlen, true) }
func panicSliceAlenU() { panicbounds(abi.BoundsSliceAlen, false) }
func panicSliceAcap()  { panicbounds(abi.BoundsSliceAcap, true) }
func panicSliceAcapU() { panicbounds(abi.BoundsSliceAcap, false) }

// s[x:y], 0 <= x <= y

func panicSliceB()  { panicbounds(abi.BoundsSliceB, true) }
func panicSliceBU() { panicbounds(abi.BoundsSliceB, false) }

// s[::x], 0 <= x <= y = len(s) or cap(s)

func panicSlice3Alen()  { panicbounds(abi.BoundsSlice3Alen, true) }
func panicSlice3AlenU() { panicbounds(abi.BoundsSlice3Alen, false) }
func panicSlice3Acap()  { panicbounds(abi.BoundsSlice3Acap, true) }
func panicSlice3AcapU() { panicbounds(abi.BoundsSlice3Acap, false) }

// s[:x:y], 0 <= x <= y

func panicSlice3B()  { panicbounds(abi.BoundsSlice3B, true) }
func panicSlice3BU() { panicbounds(abi.BoundsSlice3B, false) }

// s[x:y:], 0 <= x <= y

func panicSlice3C()  { panicbounds(abi.BoundsSlice3C, true) }
func panicSlice3CU() { panicbounds(abi.BoundsSlice3C, false) }

// [x]T(s) and (*[x]T)(s), x <= y = len(s)

func panicSliceConvert() { panicbounds(abi.BoundsConvert, true) }

func panicbounds(code abi.BoundsErrorCode, signed bool) {
	gp := getg()
	panic(boundsError{x: gp.boundsX, signed: signed, y: gp.boundsY, code: code})
}

func panicshift()    { panic(shiftError) }
func panicdivide()   { panic(divideError) }
func panicoverflow() { panic(overflowError) }
func panicfloat()    { panic(floatError) }
func panicmem()      { panic(memoryError) }

func panicmemAddr(addr uintptr) {
	panic(errorAddressString{msg: "invalid memory address or nil pointer dereference", addr: addr})
}

// Misuse of the body of a range-over-func loop.
var (
	rangeDoneError         = error(errorString("range function continued iteration after function for loop body returned false"))
	rangePanicError        = error(errorString("range function continued iteration after loop body panic"))
	rangeExhaustedError    = error(errorString("range function continued iteration after whole loop exit"))
	rangeMissingPanicError = error(errorString("range function recovered a loop body panic and did not resume panicking"))
)

func panicrangestate(state int) {
	switch abi.RF_State(state) {
	case abi.RF_DONE:
		panic(rangeDoneError)
	case abi.RF_PANIC:
		panic(rangePanicError)
	case abi.RF_EXHAUSTED:
		panic(rangeExhaustedError)
	case abi.RF_MISSING_PANIC:
		panic(rangeMissingPanicError)
	}
	throw("unexpected state passed to panicrangestate")
}

// panicwrap is called by the wrapper (*T).M of a value method T.M whose receiver is nil. The text is made of the
// wrapper's name, which is "path.(*T).M".
func panicwrap() {
	var pc uintptr
	callers(1, &pc, 1)
	var f pcFrame
	if !pcframe(pc-1, &f) {
		throw("panicwrap: no caller")
	}
	name := f.name
	open := lastIndex(name, ".(*")
	if open < 0 {
		throw("panicwrap: no (* in " + name)
	}
	rest := name[open+3:]
	end := lastIndex(rest, ").")
	if end < 0 {
		throw("panicwrap: no ) in " + name)
	}
	typ := rest[:end]
	panic(plainError("value method " + name[:open] + "." + typ + "." + rest[end+2:] +
		" called using nil *" + typ + " pointer"))
}

func lastIndex(s, sep string) int {
	for i := len(s) - len(sep); i >= 0; i-- {
		if s[i:i+len(sep)] == sep {
			return i
		}
	}
	return -1
}
