// run

// Sums and differences of products: fused on some architectures, but never across an explicit conversion.
package main

import (
	"fmt"
	"math"
)

//go:noinline
func muladd(x, y, z float64) [8]float64 {
	p := x * y
	return [8]float64{
		x*y + z, z + x*y, x*y - z, z - x*y,
		-(x * y) + z, -x*y + z, -(x * y) - z, p + z,
	}
}

//go:noinline
func muladd32(x, y, z float32) [8]float32 {
	p := x * y
	return [8]float32{
		x*y + z, z + x*y, x*y - z, z - x*y,
		-(x * y) + z, -x*y + z, -(x * y) - z, p + z,
	}
}

//go:noinline
func rounded(x, y, z float64) [4]float64 {
	return [4]float64{float64(x*y) + z, z - float64(x*y), float64(float64(x)*y) + z, z + real(complex128(complex(x*y, z)))}
}

type celsius float64

//go:noinline
func named(x, y celsius, z float32) (float64, celsius, float32) {
	return float64(x*y) + float64(z), celsius(x*y) - celsius(z), float32(z*z) - z
}

//go:noinline
func two(a, b, c, d float64) [4]float64 {
	t := a * b
	return [4]float64{a*b + c*d, a*b - c*d, c*d + t, float64(a*b) - c*d}
}

//go:noinline
func loop(v []float64, x float64) float64 {
	sum := 0.0
	for _, c := range v {
		sum = sum*x + c
	}
	return sum
}

//go:noinline
func cmul(a, b complex128) complex128 { return a * b }

//go:noinline
func cmul64(a, b complex64) complex64 { return a * b }

func main() {
	values := []float64{1.1, 0.1, 3.3333333333333335, 1e16, -7.7, 1 + 1.0/(1<<30), math.Pi, 1e-300, math.Inf(1), 0}
	for _, x := range values {
		for _, y := range values {
			z := -(x * y)
			fmt.Println(x, y, muladd(x, y, z), muladd32(float32(x), float32(y), -float32(x*y)))
			fmt.Println(rounded(x, y, z))
			fmt.Println(named(celsius(x), celsius(y), float32(z)))
			fmt.Println(two(x, y, y, -x), two(x, y, x, y), two(x, y, 1/3.0, y))
			fmt.Println(cmul(complex(x, y), complex(y, x)), cmul64(complex(float32(x), float32(y)), complex(float32(y), float32(x))))
		}
	}
	fmt.Println(loop(values[:8], 1.7), math.FMA(1.1, 1.1, -1.21))
}
