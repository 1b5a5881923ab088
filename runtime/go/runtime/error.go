package runtime

import "internal/abi"

// Run-time errors: the panic values of the run-time system.

// Error identifies a run-time error, such as an index out of range, among the values that recover returns.
type Error interface {
	error

	// RuntimeError has no effect; having it tells run-time errors from other errors.
	RuntimeError()
}

// A TypeAssertionError explains a failed type assertion.
type TypeAssertionError struct {
	_interface    *_type // static type of the operand, or nil
	concrete      *_type // dynamic type of the operand, nil for a nil interface
	asserted      *_type
	missingMethod string // a method that asserted has and concrete lacks, if asserted is an interface
}

func (*TypeAssertionError) RuntimeError() {}

func (e *TypeAssertionError) Error() string {
	inter := "interface"
	if e._interface != nil {
		inter = typeName(e._interface)
	}
	as := typeName(e.asserted)
	if e.concrete == nil {
		return "interface conversion: " + inter + " is nil, not " + as
	}
	cs := typeName(e.concrete)
	if e.missingMethod != "" {
		return "interface conversion: " + cs + " is not " + as + ": missing method " + e.missingMethod
	}
	msg := "interface conversion: " + inter + " is " + cs + ", not " + as
	if cs == as {
		if typePkgPath(e.concrete) != typePkgPath(e.asserted) {
			msg += " (types from different packages)"
		} else {
			msg += " (types from different scopes)"
		}
	}
	return msg
}

// An errorString is a run-time error with a fixed text.
type errorString string

func (e errorString) RuntimeError() {}
func (e errorString) Error() string { return "runtime error: " + string(e) }

// An errorAddressString is a memory error whose address is known.
type errorAddressString struct {
	msg  string
	addr uintptr
}

func (e errorAddressString) RuntimeError() {}
func (e errorAddressString) Error() string { return "runtime error: " + e.msg }

// Addr returns the address that was accessed. debug.SetPanicOnFault documents it.
func (e errorAddressString) Addr() uintptr { return e.addr }

// A plainError is a run-time error whose text has no prefix.
type plainError string

func (e plainError) RuntimeError() {}
func (e plainError) Error() string { return string(e) }

// A boundsError is an index or slice expression out of range.
type boundsError struct {
	x      int64 // the offending value, a uint64 unless signed
	y      int   // what it was compared with
	signed bool
	code   abi.BoundsErrorCode
}

// Texts of bounds errors: %x is the offending value, %y the limit.
var boundsErrorFmts = [...]string{
	abi.BoundsIndex:      "index out of range [%x] with length %y",
	abi.BoundsSliceAlen:  "slice bounds out of range [:%x] with length %y",
	abi.BoundsSliceAcap:  "slice bounds out of range [:%x] with capacity %y",
	abi.BoundsSliceB:     "slice bounds out of range [%x:%y]",
	abi.BoundsSlice3Alen: "slice bounds out of range [::%x] with length %y",
	abi.BoundsSlice3Acap: "slice bounds out of range [::%x] with capacity %y",
	abi.BoundsSlice3B:    "slice bounds out of range [:%x:%y]",
	abi.BoundsSlice3C:    "slice bounds out of range [%x:%y:]",
	abi.BoundsConvert:    "cannot convert slice with length %y to array or pointer to array with length %x",
}

// The same for negative values, where the limit does not matter.
var boundsNegErrorFmts = [...]string{
	abi.BoundsIndex:      "index out of range [%x]",
	abi.BoundsSliceAlen:  "slice bounds out of range [:%x]",
	abi.BoundsSliceAcap:  "slice bounds out of range [:%x]",
	abi.BoundsSliceB:     "slice bounds out of range [%x:]",
	abi.BoundsSlice3Alen: "slice bounds out of range [::%x]",
	abi.BoundsSlice3Acap: "slice bounds out of range [::%x]",
	abi.BoundsSlice3B:    "slice bounds out of range [:%x:]",
	abi.BoundsSlice3C:    "slice bounds out of range [%x::]",
}

func (e boundsError) RuntimeError() {}

func (e boundsError) Error() string {
	format := boundsErrorFmts[e.code]
	if e.signed && e.x < 0 {
		format = boundsNegErrorFmts[e.code]
	}
	b := make([]byte, 0, 100)
	b = append(b, "runtime error: "...)
	for i := 0; i < len(format); i++ {
		if format[i] != '%' {
			b = append(b, format[i])
			continue
		}
		i++
		if format[i] == 'x' {
			b = appendInt(b, e.x, e.signed)
		} else {
			b = appendInt(b, int64(e.y), true)
		}
	}
	return string(b)
}

func appendInt(b []byte, v int64, signed bool) []byte {
	if signed && v < 0 {
		b = append(b, '-')
		v = -v
	}
	var buf [20]byte
	return append(b, itoa(buf[:], uint64(v))...)
}

// itoa writes v in decimal to the end of buf and returns that part.
func itoa(buf []byte, v uint64) []byte {
	i := len(buf) - 1
	for v >= 10 {
		buf[i] = byte(v%10 + '0')
		i--
		v /= 10
	}
	buf[i] = byte(v + '0')
	return buf[i:]
}

// A PanicNilError is what recover returns after panic(nil), unless GODEBUG=panicnil=1 restores the behaviour of
// old Go versions, where it returned nil.
type PanicNilError struct {
	// A field of this type exists nowhere else, so that no other struct converts to this one.
	_ [0]*PanicNilError
}

func (*PanicNilError) Error() string { return "runtime error: panic called with nil argument" }
func (*PanicNilError) RuntimeError() {}

// Errors that are compared or shared by link name.
var (
	shiftError    = error(errorString("negative shift amount"))
	divideError   = error(errorString("integer divide by zero"))
	overflowError = error(errorString("integer overflow"))
	floatError    = error(errorString("floating point error"))
	memoryError   = error(errorString("invalid memory address or nil pointer dereference"))
)
