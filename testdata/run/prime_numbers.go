// run

package main

import (
	"fmt"
	"math"
	"strings"
)

func sieve(n int) (ps []int) {
	composite := make([]bool, n+1)
	for i := 2; i <= n; i++ {
		if composite[i] {
			continue
		}
		ps = append(ps, i)
		for j := i * i; j <= n; j += i {
			composite[j] = true
		}
	}
	return
}

func factor(n uint64) (fs []uint64) {
	for d := uint64(2); d*d <= n; d++ {
		for n%d == 0 {
			fs = append(fs, d)
			n /= d
		}
	}
	if n > 1 {
		fs = append(fs, n)
	}
	return
}

func gcd(a, b int) int {
	for b != 0 {
		a, b = b, a%b
	}
	return a
}

func totient(n int) int {
	r := n
	for p := 2; p*p <= n; p++ {
		if n%p == 0 {
			for n%p == 0 {
				n /= p
			}
			r -= r / p
		}
	}
	if n > 1 {
		r -= r / n
	}
	return r
}

func perfect(limit int) (out []int) {
	sums := make([]int, limit)
	for d := 1; d < limit; d++ {
		for m := 2 * d; m < limit; m += d {
			sums[m] += d
		}
	}
	for n := 2; n < limit; n++ {
		if sums[n] == n {
			out = append(out, n)
		}
	}
	return
}

func pythagorean(limit int) (out [][3]int) {
	for m := 2; m*m < limit; m++ {
		for n := 1 + m%2; n < m; n += 2 {
			if gcd(m, n) == 1 && m*m+n*n <= limit {
				out = append(out, [3]int{m*m - n*n, 2 * m * n, m*m + n*n})
			}
		}
	}
	return
}

func roman(n int) string {
	var b strings.Builder
	for _, d := range []struct {
		v int
		s string
	}{{1000, "M"}, {900, "CM"}, {500, "D"}, {400, "CD"}, {100, "C"}, {90, "XC"}, {50, "L"}, {40, "XL"}, {10, "X"}, {9, "IX"}, {5, "V"}, {4, "IV"}, {1, "I"}} {
		for ; n >= d.v; n -= d.v {
			b.WriteString(d.s)
		}
	}
	return b.String()
}

func pascal(n int) [][]int {
	rows := make([][]int, n)
	for i := range rows {
		rows[i] = make([]int, i+1)
		rows[i][0], rows[i][i] = 1, 1
		for j := 1; j < i; j++ {
			rows[i][j] = rows[i-1][j-1] + rows[i-1][j]
		}
	}
	return rows
}

func main() {
	ps := sieve(200000)
	fmt.Println(len(ps), ps[:10], ps[len(ps)-1])
	gap, at := 0, 0
	for i := 1; i < len(ps); i++ {
		if ps[i]-ps[i-1] > gap {
			gap, at = ps[i]-ps[i-1], ps[i-1]
		}
	}
	fmt.Println(gap, at, math.Round(float64(len(ps))/(200000/math.Log(200000))*1000)/1000)
	for _, n := range []uint64{1, 97, 360, 1<<32 + 1, 600851475143, 999999000001} {
		fmt.Println(n, factor(n))
	}
	fmt.Println(totient(36), totient(97), perfect(10000), pythagorean(60))
	fmt.Println(roman(1994), roman(3888), roman(2026))
	for _, r := range pascal(7) {
		fmt.Printf("%*s%v\n", 14-2*len(r), "", r)
	}
	for i := 1; i <= 15; i++ {
		switch {
		case i%15 == 0:
			fmt.Print("FizzBuzz ")
		case i%5 == 0:
			fmt.Print("Buzz ")
		case i%3 == 0:
			fmt.Print("Fizz ")
		default:
			fmt.Print(i, " ")
		}
	}
	fmt.Println()
}
