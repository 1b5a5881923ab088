package runtime

import "internal/abi"

// Failed bounds checks and the other panics that generated code raises by a direct call. x is the index or bound,
// y what it exceeds; the U forms take an unsigned x.

// s[x], 0 <= x < y = len(s)

func panicIndex(x int, y int)   { panicbounds(abi.BoundsIndex, int64(x), true, y) }
func panicIndexU(x uint, y int) { panicbounds(abi.BoundsIndex, int64(x), false, y) }

// s[:x], 0 <= x <= y = len(s) or cap(s)

func panicSliceAlen(x int, y int)   { panicbounds(abi.BoundsSliceAlen, int64(x), true, y) }
func panicSliceAlenU(x uint, y int) { panicbounds(abi.BoundsSliceAlen, int64(x), false, y) }
func panicSliceAcap(x int, y int)   { panicbounds(abi.BoundsSliceAcap, int64(x), true, y) }
func panicSliceAcapU(x uint, y int) { panicbounds(abi.BoundsSliceAcap, int64(x), false, y) }

// s[x:y], 0 <= x <= y

func panicSliceB(x int, y int)   { panicbounds(abi.BoundsSliceB, int64(x), true, y) }
func panicSliceBU(x uint, y int) { panicbounds(abi.BoundsSliceB, int64(x), false, y) }

// s[::x], 0 <= x <= y = len(s) or cap(s)

func panicSlice3Alen(x int, y int)   { panicbounds(abi.BoundsSlice3Alen, int64(x), true, y) }
func panicSlice3AlenU(x uint, y int) { panicbounds(abi.BoundsSlice3Alen, int64(x), false, y) }
func panicSlice3Acap(x int, y int)   { panicbounds(abi.BoundsSlice3Acap, int64(x), true, y) }
func panicSlice3AcapU(x uint, y int) { panicbounds(abi.BoundsSlice3Acap, int64(x), false, y) }

// s[:x:y], 0 <= x <= y

func panicSlice3B(x int, y int)   { panicbounds(abi.BoundsSlice3B, int64(x), true, y) }
func panicSlice3BU(x uint, y int) { panicbounds(abi.BoundsSlice3B, int64(x), false, y) }

// s[x:y:], 0 <= x <= y

func panicSlice3C(x int, y int)   { panicbounds(abi.BoundsSlice3C, int64(x), true, y) }
func panicSlice3CU(x uint, y int) { panicbounds(abi.BoundsSlice3C, int64(x), false, y) }

// [x]T(s) and (*[x]T)(s), x <= y = len(s)

func panicSliceConvert(x int, y int) { panicbounds(abi.BoundsConvert, int64(x), true, y) }

func panicbounds(code abi.BoundsErrorCode, x int64, signed bool, y int) {
	panic(boundsError{x: x, signed: signed, y: y, code: code})
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
