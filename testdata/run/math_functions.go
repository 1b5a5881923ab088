// run

package main

import (
	"fmt"
	"math"
)

func main() {
	xs := []float64{0, 0.5, 1, -1, 2, 10, -2.5, 3.7, 100.25, 1e10, 1e-10, math.Pi, math.E}
	for _, x := range xs {
		fmt.Println(x, math.Floor(x), math.Ceil(x), math.Trunc(x), math.Round(x), math.RoundToEven(x), math.Abs(x), math.Sqrt(math.Abs(x)), math.Cbrt(x))
		fmt.Println(" ", math.Sin(x), math.Cos(x), math.Tan(x), math.Atan(x), math.Sinh(x/100), math.Tanh(x))
		fmt.Println(" ", math.Exp(x/20), math.Exp2(x/50), math.Expm1(x/100), math.Log(math.Abs(x)+1), math.Log2(math.Abs(x)+1), math.Log10(math.Abs(x)+1), math.Log1p(math.Abs(x)))
	}
	fmt.Println(math.Pow(2, 10), math.Pow(2, -1), math.Pow(-8, 1.0/3), math.Pow(1.1, 100), math.Pow(0, 0), math.Pow(-2, 3))
	fmt.Println(math.Hypot(3, 4), math.Atan2(1, -1), math.Atan2(-1, -1), math.Mod(7, 3), math.Mod(-7, 3), math.Remainder(7, 4), math.Dim(5, 3), math.Dim(3, 5))
	fmt.Println(math.Max(1, math.NaN()), math.Min(-0.0, 0), math.Inf(1), math.IsInf(math.Inf(-1), -1), math.IsNaN(math.NaN()), math.Signbit(math.Copysign(0, -1)))
	f, e := math.Frexp(12.5)
	i, fr := math.Modf(-3.25)
	fmt.Println(f, e, i, fr, math.Ldexp(0.5, 5), math.Ilogb(1000), math.Logb(0.01))
	fmt.Println(math.Float64bits(1.5), math.Float32bits(1.5), math.Float64frombits(0x7ff0000000000000), math.Nextafter(1, 2), math.Nextafter32(1, 0))
	fmt.Println(math.Gamma(5), math.Gamma(0.5), math.Erf(0.5), math.Erfc(0.5), math.J0(1), math.Y1(2))
	lg, sign := math.Lgamma(-1.5)
	s, c := math.Sincos(1)
	fmt.Println(lg, sign, s, c, math.Asin(0.5), math.Acos(0.5), math.Asinh(1), math.Acosh(2), math.Atanh(0.5))
	fmt.Println(math.FMA(2, 3, 4), math.FMA(1e16, 1+1e-16, -1e16), math.MaxInt64, math.MaxInt8, uint64(math.MaxUint64), math.SmallestNonzeroFloat32)
	fmt.Println(math.Sin(1e22), math.Cos(1e300), math.Tan(1.5707963267948966), math.Exp(710), math.Exp(-750), math.Log(-1), math.Sqrt(-1), math.Log(0))
	sum := 0.0
	for k := range 100000 {
		x := float64(k) * 0.001
		sum += math.Sin(x)*math.Cos(x) + math.Sqrt(x) - math.Log1p(x)*math.Exp(-x)
	}
	fmt.Println(sum)
}
