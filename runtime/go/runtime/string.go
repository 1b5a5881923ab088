package runtime

import (
	"internal/bytealg"
	"unsafe"
)

// Concatenation and conversions of strings. A buffer argument is memory on the caller's stack that may hold the
// result; nil means that the result escapes.

const tmpStringBufSize = 32

type tmpBuf [tmpStringBufSize]byte

func rawstring(n int) (string, []byte) {
	p := (*byte)(mallocgc(uintptr(n), nil, false))
	return unsafe.String(p, n), unsafe.Slice(p, n)
}

func rawstringtmp(buf *tmpBuf, n int) (string, []byte) {
	if buf != nil && n <= len(buf) {
		return unsafe.String(&buf[0], n), buf[:n]
	}
	return rawstring(n)
}

// rawbyteslice returns n bytes, of which only those behind n are cleared.
func rawbyteslice(n int) []byte {
	c := roundupsize(uintptr(n), true)
	p := mallocgc(c, nil, false)
	memclrNoHeapPointers(add(p, uintptr(n)), c-uintptr(n))
	return unsafe.Slice((*byte)(p), int(c))[:n]
}

func stringOnStack(s string) bool {
	p := uintptr(unsafe.Pointer(unsafe.StringData(s)))
	gp := getg()
	return gp.stackLo <= p && p < gp.stackHi
}

func copystring(dst unsafe.Pointer, s string) unsafe.Pointer {
	memmove(dst, unsafe.Pointer(unsafe.StringData(s)), uintptr(len(s)))
	return add(dst, uintptr(len(s)))
}

// addlen sums lengths of strings, which exist in memory: only a string that appears many times can overflow.
func addlen(a, b int) int {
	n := a + b
	if n < 0 {
		throw("string concatenation too long")
	}
	return n
}

// concatmem returns memory for a string of n bytes.
func concatmem(buf *tmpBuf, n int) unsafe.Pointer {
	if buf != nil && n <= len(buf) {
		return unsafe.Pointer(buf)
	}
	return mallocgc(uintptr(n), nil, false)
}

// reusable reports whether s itself may be the result of a concatenation with empty strings.
func reusable(buf *tmpBuf, s string) bool { return buf != nil || !stringOnStack(s) }

func concatstring2(buf *tmpBuf, a0, a1 string) string {
	if len(a1) == 0 && reusable(buf, a0) {
		return a0
	}
	if len(a0) == 0 && reusable(buf, a1) {
		return a1
	}
	n := addlen(len(a0), len(a1))
	p := concatmem(buf, n)
	copystring(copystring(p, a0), a1)
	return unsafe.String((*byte)(p), n)
}

func concatstring3(buf *tmpBuf, a0, a1, a2 string) string {
	if len(a0) == 0 || len(a1) == 0 || len(a2) == 0 {
		return concatstrings(buf, []string{a0, a1, a2})
	}
	n := addlen(addlen(len(a0), len(a1)), len(a2))
	p := concatmem(buf, n)
	copystring(copystring(copystring(p, a0), a1), a2)
	return unsafe.String((*byte)(p), n)
}

func concatstring4(buf *tmpBuf, a0, a1, a2, a3 string) string {
	return concatstrings(buf, []string{a0, a1, a2, a3})
}

func concatstring5(buf *tmpBuf, a0, a1, a2, a3, a4 string) string {
	return concatstrings(buf, []string{a0, a1, a2, a3, a4})
}

func concatstrings(buf *tmpBuf, a []string) string {
	n, count, last := 0, 0, 0
	for i, s := range a {
		if len(s) == 0 {
			continue
		}
		n = addlen(n, len(s))
		count++
		last = i
	}
	if count == 0 {
		return ""
	}
	if count == 1 && reusable(buf, a[last]) {
		return a[last]
	}
	p := concatmem(buf, n)
	q := p
	for _, s := range a {
		q = copystring(q, s)
	}
	return unsafe.String((*byte)(p), n)
}

func concatbyte2(buf *tmpBuf, a0, a1 string) []byte {
	return concatbytes(buf, []string{a0, a1})
}

func concatbyte3(buf *tmpBuf, a0, a1, a2 string) []byte {
	return concatbytes(buf, []string{a0, a1, a2})
}

func concatbyte4(buf *tmpBuf, a0, a1, a2, a3 string) []byte {
	return concatbytes(buf, []string{a0, a1, a2, a3})
}

func concatbyte5(buf *tmpBuf, a0, a1, a2, a3, a4 string) []byte {
	return concatbytes(buf, []string{a0, a1, a2, a3, a4})
}

// concatbytes is []byte(a[0] + a[1] + ...).
func concatbytes(buf *tmpBuf, a []string) []byte {
	n := 0
	for _, s := range a {
		n = addlen(n, len(s))
	}
	if n == 0 {
		return []byte{}
	}
	b := tmpbytes(buf, n)
	q := unsafe.Pointer(&b[0])
	for _, s := range a {
		q = copystring(q, s)
	}
	return b
}

func tmpbytes(buf *tmpBuf, n int) []byte {
	if buf != nil && n <= len(buf) {
		*buf = tmpBuf{}
		return buf[:n]
	}
	return rawbyteslice(n)
}

func slicebytetostring(buf *tmpBuf, ptr *byte, n int) string {
	switch n {
	case 0:
		return ""
	case 1:
		return unsafe.String((*byte)(unsafe.Pointer(&staticuint64s[*ptr])), 1)
	}
	p := concatmem(buf, n)
	memmove(p, unsafe.Pointer(ptr), uintptr(n))
	return unsafe.String((*byte)(p), n)
}

// slicebytetostringtmp is a conversion whose result does not outlive the bytes' next change.
func slicebytetostringtmp(ptr *byte, n int) string { return unsafe.String(ptr, n) }

func stringtoslicebyte(buf *tmpBuf, s string) []byte {
	b := tmpbytes(buf, len(s))
	memmove(unsafe.Pointer(unsafe.SliceData(b)), unsafe.Pointer(unsafe.StringData(s)), uintptr(len(s)))
	return b
}

func stringtoslicerune(buf *[tmpStringBufSize]rune, s string) []rune {
	n := countrunes(s)
	var a []rune
	if buf != nil && n <= len(buf) {
		*buf = [tmpStringBufSize]rune{}
		a = buf[:n]
	} else {
		a = rawruneslice(n)
	}
	n = 0
	for _, r := range s {
		a[n] = r
		n++
	}
	return a
}

func rawruneslice(n int) []rune {
	if uintptr(n) > maxAlloc/4 {
		throw("out of memory")
	}
	size := uintptr(n) * 4
	mem := roundupsize(size, true)
	p := mallocgc(mem, nil, false)
	memclrNoHeapPointers(add(p, size), mem-size)
	return unsafe.Slice((*rune)(p), int(mem/4))[:n]
}

func slicerunetostring(buf *tmpBuf, a []rune) string {
	n := 0
	for _, r := range a {
		n += runeLen(r)
	}
	if n == 0 {
		return ""
	}
	s, b := rawstringtmp(buf, n)
	for _, r := range a {
		b = b[encoderune(b, r):]
	}
	return s
}

func intstring(buf *[4]byte, v int64) string {
	r := rune(v)
	if int64(r) != v {
		r = runeError
	}
	var b []byte
	var s string
	if buf != nil {
		b = buf[:]
		s = unsafe.String(&buf[0], len(buf))
	} else {
		s, b = rawstring(runeLen(r))
	}
	return s[:encoderune(b, r)]
}

// findnull returns the length of a NUL-terminated string.
func findnull(s *byte) int {
	if s == nil {
		return 0
	}
	// Look at one page at a time: memory behind the terminator's page may not exist.
	const page = 4096
	p := unsafe.Pointer(s)
	n := 0
	for {
		chunk := int(page - uintptr(p)%page)
		if i := bytealg.IndexByteString(unsafe.String((*byte)(p), chunk), 0); i >= 0 {
			return n + i
		}
		p = add(p, uintptr(chunk))
		n += chunk
	}
}

// gostringnocopy returns the NUL-terminated string at s, which lives for ever.
func gostringnocopy(s *byte) string { return unsafe.String(s, findnull(s)) }

func gostring(p *byte) string {
	n := findnull(p)
	if n == 0 {
		return ""
	}
	s, b := rawstring(n)
	memmove(unsafe.Pointer(&b[0]), unsafe.Pointer(p), uintptr(n))
	return s
}
