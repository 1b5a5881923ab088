package runtime

import (
	"internal/strconv"
	"unsafe"
)

// What the built-in functions print and println are made of. Everything goes to standard error; a statement is
// bracketed by printlock and printunlock.

func gwrite(b []byte) {
	if len(b) != 0 {
		writeErr(unsafe.Pointer(&b[0]), int32(len(b)))
	}
}

func printstring(s string) {
	// writeErr takes 32 bits of length.
	for len(s) > 1<<30 {
		writeErr(unsafe.Pointer(unsafe.StringData(s)), 1<<30)
		s = s[1<<30:]
	}
	if len(s) != 0 {
		writeErr(unsafe.Pointer(unsafe.StringData(s)), int32(len(s)))
	}
}

func printsp() { printstring(" ") }
func printnl() { printstring("\n") }

func printbool(v bool) {
	if v {
		printstring("true")
	} else {
		printstring("false")
	}
}

func printfloat64(v float64) {
	var buf [24]byte
	gwrite(strconv.AppendFloat(buf[:0], v, 'g', -1, 64))
}

func printfloat32(v float32) {
	var buf [24]byte
	gwrite(strconv.AppendFloat(buf[:0], float64(v), 'g', -1, 32))
}

func printcomplex128(v complex128) {
	var buf [64]byte
	gwrite(strconv.AppendComplex(buf[:0], v, 'g', -1, 128))
}

func printcomplex64(v complex64) {
	var buf [64]byte
	gwrite(strconv.AppendComplex(buf[:0], complex128(v), 'g', -1, 64))
}

func printuint(v uint64) {
	var buf [20]byte
	gwrite(itoa(buf[:], v))
}

func printint(v int64) {
	if v >= 0 {
		printuint(uint64(v))
		return
	}
	var buf [21]byte
	b := itoa(buf[:], -uint64(v))
	i := len(buf) - len(b) - 1
	buf[i] = '-'
	gwrite(buf[i:])
}

func printhex(v uint64) {
	var buf [18]byte
	i := printdigits(buf[:], v, 1)
	buf[i-1] = 'x'
	buf[i-2] = '0'
	gwrite(buf[i-2:])
}

// printdigits writes v in hexadecimal, with at least n digits, to the end of buf; it returns where they begin.
func printdigits(buf []byte, v uint64, n int) int {
	i := len(buf)
	for ; v != 0 || n > 0; n-- {
		i--
		buf[i] = "0123456789abcdef"[v&15]
		v >>= 4
	}
	return i
}

// printquoted prints s as a quoted string in ASCII.
func printquoted(s string) {
	printlock()
	printstring(`"`)
	for i, r := range s {
		switch {
		case r == '\n':
			printstring(`\n`)
		case r == '\r':
			printstring(`\r`)
		case r == '\t':
			printstring(`\t`)
		case r == '\\':
			printstring(`\\`)
		case r == '"':
			printstring(`\"`)
		case r == runeError && invalidAt(s, i):
			printescape(`\x`, uint64(s[i]), 2)
		case r >= ' ' && r <= '~':
			printstring(s[i : i+1])
		case r < 127:
			printescape(`\x`, uint64(r), 2)
		case r < 0x10000:
			printescape(`\u`, uint64(r), 4)
		default:
			printescape(`\U`, uint64(r), 8)
		}
	}
	printstring(`"`)
	printunlock()
}

func invalidAt(s string, i int) bool {
	_, next := decoderune(s, i)
	return next == i+1
}

func printescape(prefix string, v uint64, digits int) {
	var buf [16]byte
	printstring(prefix)
	gwrite(buf[printdigits(buf[:], v, digits):])
}

func printpointer(p unsafe.Pointer) { printhex(uint64(uintptr(p))) }
func printuintptr(p uintptr)        { printhex(uint64(p)) }

func printslice(s []byte) {
	print("[", len(s), "/", cap(s), "]")
	printpointer(unsafe.Pointer(unsafe.SliceData(s)))
}

func printeface(e eface) { print("(", e._type, ",", e.data, ")") }
func printiface(i iface) { print("(", i.tab, ",", i.data, ")") }
