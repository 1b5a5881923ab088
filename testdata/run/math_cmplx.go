// run

package main

import (
	"fmt"
	"math"
	"math/cmplx"
)

func main() {
	for _, z := range []complex128{0, 1, -1, 1i, 3 + 4i, -2.5 - 1.5i} {
		fmt.Printf("%v %.6f %.6f %.6f %.6f\n", z, cmplx.Abs(z), cmplx.Phase(z), cmplx.Sqrt(z), cmplx.Exp(z))
		fmt.Printf("  %.6f %.6f %.6f %.6f\n", cmplx.Sin(z), cmplx.Cos(z), cmplx.Conj(z), cmplx.Pow(z, 2))
	}
	r, th := cmplx.Polar(1 + 1i)
	fmt.Printf("%.6f %.6f %.6f\n", r, th, cmplx.Rect(2, math.Pi/2))
	fmt.Println(cmplx.IsNaN(cmplx.NaN()), cmplx.IsInf(cmplx.Inf()), cmplx.Abs(complex(math.Inf(1), 1)))
	fmt.Printf("%.6f %.6f %.6f\n", cmplx.Log(-1), cmplx.Tanh(1+1i), cmplx.Asin(2))
	// A small discrete Fourier transform.
	in := []complex128{1, 2, 3, 4, 0, 0, 0, 0}
	for k := range in {
		var s complex128
		for n, x := range in {
			s += x * cmplx.Exp(complex(0, -2*math.Pi*float64(k*n)/float64(len(in))))
		}
		fmt.Printf("%.4f ", s)
	}
	fmt.Println()
	// Division corner cases.
	zero := complex(0, 0)
	for _, a := range []complex128{1, 1i, -1 + 1i, 0, cmplx.Inf(), cmplx.NaN()} {
		fmt.Println(a/zero, a/cmplx.Inf(), a/(1+1i), a*a)
	}
}
