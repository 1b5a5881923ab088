// run

// Every function of package math and every conversion of floats, hashed over random arguments: the bits are those of gc.
package main

import (
	"fmt"
	"math"
	"os"
	"strconv"
)

var state uint64 = 1

func next() uint64 {
	state ^= state << 13
	state ^= state >> 7
	state ^= state << 17
	return state * 0x2545F4914F6CDD1D
}

// arg is any float64 in one case of four, else one of moderate size.
func arg() float64 {
	u := next()
	switch u & 3 {
	case 0:
		return math.Float64frombits(next())
	case 1:
		return (float64(next()>>11)/(1<<53) - 0.5) * 8
	case 2:
		return (float64(next()>>11)/(1<<53) - 0.5) * 1600
	}
	e := next()%120 + 963
	return math.Float64frombits(next()&^(0x7ff<<52) | e<<52)
}

var special = []float64{0, math.Copysign(0, -1), 1, -1, 0.5, -0.5, 1.5, -1.5, 2.5, math.Inf(1), math.Inf(-1), math.NaN(),
	math.MaxFloat64, -math.MaxFloat64, math.SmallestNonzeroFloat64, -math.SmallestNonzeroFloat64, 0x1p-1022, 0x1p-1030,
	1 << 52, 1<<52 + 1, 1<<53 - 1, 1 << 62, 1 << 63, -(1 << 63), 1 << 64, 709.78, 709.79, -745.1, -745.2, -708.4, 1e-10, 0x1p-28, 0x1p-29}

func main() {
	n := 3000
	if len(os.Args) > 1 {
		n, _ = strconv.Atoi(os.Args[1])
	}
	one := map[string]func(float64) float64{}
	names := []string{}
	add := func(name string, f func(float64) float64) { names = append(names, name); one[name] = f }
	add("Abs", math.Abs)
	add("Acos", math.Acos)
	add("Acosh", math.Acosh)
	add("Asin", math.Asin)
	add("Asinh", math.Asinh)
	add("Atan", math.Atan)
	add("Atanh", math.Atanh)
	add("Cbrt", math.Cbrt)
	add("Ceil", math.Ceil)
	add("Ceil/direct", func(x float64) float64 { return math.Ceil(x) })
	add("Cos", math.Cos)
	add("Cosh", math.Cosh)
	add("Erf", math.Erf)
	add("Erfc", math.Erfc)
	add("Erfcinv", math.Erfcinv)
	add("Erfinv", math.Erfinv)
	add("Exp", math.Exp)
	add("Exp2", math.Exp2)
	add("Expm1", math.Expm1)
	add("Floor", math.Floor)
	add("Floor/direct", func(x float64) float64 { return math.Floor(x) })
	add("Gamma", math.Gamma)
	add("J0", math.J0)
	add("J1", math.J1)
	add("Jn", func(x float64) float64 { return math.Jn(3, x) })
	add("Lgamma", func(x float64) float64 { y, s := math.Lgamma(x); return y * float64(s) })
	add("Log", math.Log)
	add("Log10", math.Log10)
	add("Log1p", math.Log1p)
	add("Log2", math.Log2)
	add("Logb", math.Logb)
	add("Ilogb", func(x float64) float64 { return float64(math.Ilogb(x)) })
	add("Modf", func(x float64) float64 { i, f := math.Modf(x); return i*3 + f })
	add("Frexp", func(x float64) float64 { f, e := math.Frexp(x); return f + float64(e) })
	add("Round", math.Round)
	add("RoundToEven", math.RoundToEven)
	add("RoundToEven/direct", func(x float64) float64 { return math.RoundToEven(x) })
	add("Sin", math.Sin)
	add("Sincos", func(x float64) float64 { s, c := math.Sincos(x); return s*2 + c })
	add("Sinh", math.Sinh)
	add("Sqrt", math.Sqrt)
	add("Sqrt/direct", func(x float64) float64 { return math.Sqrt(x) })
	add("Tan", math.Tan)
	add("Tanh", math.Tanh)
	add("Trunc", math.Trunc)
	add("Trunc/direct", func(x float64) float64 { return math.Trunc(x) })
	add("Y0", math.Y0)
	add("Y1", math.Y1)
	add("Yn", func(x float64) float64 { return math.Yn(3, x) })
	add("Pow10", func(x float64) float64 { return math.Pow10(int(int16(next()))) })
	add("Signbit", func(x float64) float64 {
		if math.Signbit(x) {
			return 1
		}
		return 0
	})
	add("float32", func(x float64) float64 { return float64(float32(x)) })
	add("float32 ops", func(x float64) float64 { a := float32(x); b := float32(arg()); return float64(a*b + a - b/a) })
	add("Nextafter32", func(x float64) float64 { return float64(math.Nextafter32(float32(x), 1)) })
	add("int64", func(x float64) float64 { return float64(int64(x)) })
	add("uint64", func(x float64) float64 { return float64(uint64(x)) })
	add("int32", func(x float64) float64 { return float64(int32(x)) })
	add("uint32", func(x float64) float64 { return float64(uint32(x)) })
	add("int16", func(x float64) float64 { return float64(int16(x)) })
	add("uint16", func(x float64) float64 { return float64(uint16(x)) })
	add("int8", func(x float64) float64 { return float64(int8(x)) })
	add("uint8", func(x float64) float64 { return float64(uint8(x)) })
	add("int", func(x float64) float64 { return float64(int(x)) })
	add("uintptr", func(x float64) float64 { return float64(uintptr(x)) })
	add("f32 int64", func(x float64) float64 { return float64(int64(float32(x))) })
	add("f32 uint64", func(x float64) float64 { return float64(uint64(float32(x))) })
	add("f32 uint32", func(x float64) float64 { return float64(uint32(float32(x))) })
	add("f32 int32", func(x float64) float64 { return float64(int32(float32(x))) })
	add("from uint64", func(x float64) float64 { return float64(next()) })
	add("from int64", func(x float64) float64 { return float64(int64(next())) })
	add("f32 from uint64", func(x float64) float64 { return float64(float32(next() >> (next() & 63))) })
	add("f32 from int64", func(x float64) float64 { return float64(float32(int64(next()) >> (next() & 63))) })
	add("f32 from uint32", func(x float64) float64 { return float64(float32(uint32(next()))) })
	two := func(name string, f func(x, y float64) float64) {
		add(name, func(x float64) float64 { return f(x, arg()) })
	}
	two("Atan2", math.Atan2)
	two("Copysign", math.Copysign)
	two("Dim", math.Dim)
	two("Hypot", math.Hypot)
	two("Max", math.Max)
	two("Min", math.Min)
	two("max", func(x, y float64) float64 { return max(x, y) })
	two("min", func(x, y float64) float64 { return min(x, y, 3) })
	two("Mod", math.Mod)
	two("Nextafter", math.Nextafter)
	two("Pow", math.Pow)
	two("Remainder", math.Remainder)
	two("Ldexp", func(x, y float64) float64 { return math.Ldexp(x, int(int16(y))) })
	two("FMA", func(x, y float64) float64 { return math.FMA(x, y, arg()) })
	two("muladd", func(x, y float64) float64 { return x*y + arg() })
	two("complex mul", func(x, y float64) float64 { c := complex(x, y) * complex(arg(), 2); return real(c)*2 + imag(c) })
	two("complex div", func(x, y float64) float64 { c := complex(x, y) / complex(arg(), 2); return real(c)*2 + imag(c) })
	for _, name := range names {
		f := one[name]
		state = 88172645463325252
		h := uint64(14695981039346656037)
		nan := 0
		mix := func(y float64) {
			b := math.Float64bits(y)
			if y != y {
				// Which NaN an operation gives is not defined by the language.
				b = 0x7ff8000000000001
				nan++
			}
			h = (h ^ b) * 1099511628211
			h ^= h >> 29
		}
		for _, x := range special {
			mix(f(x))
		}
		for i := 0; i < n; i++ {
			mix(f(arg()))
		}
		fmt.Printf("%-20s %016x %d\n", name, h, nan)
	}
}
