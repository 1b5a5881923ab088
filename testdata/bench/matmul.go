// Matrices as slices of slices.
package main

import "fmt"

func matrix(n int, seed float64) [][]float64 {
	m := make([][]float64, n)
	for i := range m {
		m[i] = make([]float64, n)
		for j := range m[i] {
			m[i][j] = seed * float64(i-j) * float64(i+j) / float64(n)
		}
	}
	return m
}

func mul(a, b [][]float64) [][]float64 {
	n, m, p := len(a), len(a[0]), len(b[0])
	c := make([][]float64, n)
	for i := range c {
		ci := make([]float64, p)
		for k := 0; k < m; k++ {
			aik, bk := a[i][k], b[k]
			for j := range ci {
				ci[j] += aik * bk[j]
			}
		}
		c[i] = ci
	}
	return c
}

func main() {
	const n = 700
	c := mul(matrix(n, 1), matrix(n, 2))
	fmt.Println(c[n/2][n/2])
}
