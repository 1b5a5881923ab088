// Nested loops over slices of floats.
package main

import (
	"fmt"
	"math"
)

func a(i, j int) float64 { return 1 / float64((i+j)*(i+j+1)/2+i+1) }

func mul(v, u []float64) {
	for i := range v {
		var s float64
		for j := range u {
			s += a(i, j) * u[j]
		}
		v[i] = s
	}
}

func mulT(v, u []float64) {
	for i := range v {
		var s float64
		for j := range u {
			s += a(j, i) * u[j]
		}
		v[i] = s
	}
}

func main() {
	const n = 1000
	u, v, t := make([]float64, n), make([]float64, n), make([]float64, n)
	for i := range u {
		u[i] = 1
	}
	for i := 0; i < 10; i++ {
		mul(t, u)
		mulT(v, t)
		mul(t, v)
		mulT(u, t)
	}
	var vBv, vv float64
	for i := range u {
		vBv += u[i] * v[i]
		vv += v[i] * v[i]
	}
	fmt.Printf("%.9f\n", math.Sqrt(vBv/vv))
}
