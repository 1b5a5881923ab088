package runtime

import "unsafe"

const infBits = 0x7FF << 52

func isNaN(f float64) bool    { return f != f }
func isInf(f float64) bool    { return float64bits(f)&^(1<<63) == infBits }
func isFinite(f float64) bool { return !isNaN(f - f) }

func float64bits(f float64) uint64     { return *(*uint64)(unsafe.Pointer(&f)) }
func float64frombits(b uint64) float64 { return *(*float64)(unsafe.Pointer(&b)) }

func abs(f float64) float64 { return float64frombits(float64bits(f) &^ (1 << 63)) }

func copysign(f, sign float64) float64 {
	return float64frombits(float64bits(f)&^(1<<63) | float64bits(sign)&(1<<63))
}

// complex128div is n/m, with the results that C99's annex G gives for infinities.
func complex128div(n, m complex128) complex128 {
	a, b := real(n), imag(n)
	c, d := real(m), imag(m)

	// Divide by the larger part first, lest the squares overflow.
	var e, f float64
	if abs(c) >= abs(d) {
		ratio := d / c
		denom := c + ratio*d
		e = (a + b*ratio) / denom
		f = (b - a*ratio) / denom
	} else {
		ratio := c / d
		denom := d + ratio*c
		e = (a*ratio + b) / denom
		f = (b*ratio - a) / denom
	}
	if !isNaN(e) || !isNaN(f) {
		return complex(e, f)
	}

	inf := float64frombits(infBits)
	switch {
	case m == 0 && (!isNaN(a) || !isNaN(b)):
		e = copysign(inf, c) * a
		f = copysign(inf, c) * b
	case (isInf(a) || isInf(b)) && isFinite(c) && isFinite(d):
		a, b = infToOne(a), infToOne(b)
		e = inf * (a*c + b*d)
		f = inf * (b*c - a*d)
	case (isInf(c) || isInf(d)) && isFinite(a) && isFinite(b):
		c, d = infToOne(c), infToOne(d)
		e = 0 * (a*c + b*d)
		f = 0 * (b*c - a*d)
	}
	return complex(e, f)
}

// infToOne returns a signed 1 for an infinity and a signed 0 for anything else.
func infToOne(f float64) float64 {
	if isInf(f) {
		return copysign(1, f)
	}
	return copysign(0, f)
}
