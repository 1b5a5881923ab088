package runtime

// UTF-8 for range over strings and for conversions between strings and runes.

const (
	runeError = '\uFFFD'
	runeSelf  = 0x80
	maxRune   = '\U0010FFFF'

	surrogateMin = 0xD800
	surrogateMax = 0xDFFF
)

// countrunes returns the number of runes in s.
func countrunes(s string) int {
	n := 0
	for range s {
		n++
	}
	return n
}

// decoderune decodes the rune at s[k:] and returns it and the position behind it. The compiler calls it where s[k]
// is not ASCII. An invalid sequence yields runeError and advances by one byte.
func decoderune(s string, k int) (r rune, pos int) {
	pos = k
	if k >= len(s) {
		return runeError, k + 1
	}
	s = s[k:]
	switch b := s[0]; {
	case b >= 0xC2 && b < 0xE0:
		if len(s) > 1 && cont(s[1]) {
			return rune(b&0x1F)<<6 | rune(s[1]&0x3F), pos + 2
		}
	case b >= 0xE0 && b < 0xF0:
		if len(s) > 2 && cont(s[1]) && cont(s[2]) {
			r = rune(b&0x0F)<<12 | rune(s[1]&0x3F)<<6 | rune(s[2]&0x3F)
			if r >= 0x800 && (r < surrogateMin || r > surrogateMax) {
				return r, pos + 3
			}
		}
	case b >= 0xF0 && b < 0xF8:
		if len(s) > 3 && cont(s[1]) && cont(s[2]) && cont(s[3]) {
			r = rune(b&0x07)<<18 | rune(s[1]&0x3F)<<12 | rune(s[2]&0x3F)<<6 | rune(s[3]&0x3F)
			if r > 0xFFFF && r <= maxRune {
				return r, pos + 4
			}
		}
	}
	return runeError, pos + 1
}

func cont(b byte) bool { return b&0xC0 == 0x80 }

// encoderune writes r to p, which has room for four bytes or is long enough for r, and returns its length.
func encoderune(p []byte, r rune) int {
	if uint32(r) > maxRune || surrogateMin <= r && r <= surrogateMax {
		r = runeError
	}
	switch {
	case r < runeSelf:
		p[0] = byte(r)
		return 1
	case r < 0x800:
		_ = p[1]
		p[0] = 0xC0 | byte(r>>6)
		p[1] = 0x80 | byte(r)&0x3F
		return 2
	case r < 0x10000:
		_ = p[2]
		p[0] = 0xE0 | byte(r>>12)
		p[1] = 0x80 | byte(r>>6)&0x3F
		p[2] = 0x80 | byte(r)&0x3F
		return 3
	}
	_ = p[3]
	p[0] = 0xF0 | byte(r>>18)
	p[1] = 0x80 | byte(r>>12)&0x3F
	p[2] = 0x80 | byte(r>>6)&0x3F
	p[3] = 0x80 | byte(r)&0x3F
	return 4
}

// runeLen returns the number of bytes that encoderune writes for r.
func runeLen(r rune) int {
	switch {
	case uint32(r) < runeSelf:
		return 1
	case uint32(r) < 0x800:
		return 2
	case uint32(r) > maxRune || uint32(r) < 0x10000:
		return 3
	}
	return 4
}
