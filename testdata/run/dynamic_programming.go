// run

package main

import (
	"fmt"
)

func levenshtein(a, b string) int {
	ra, rb := []rune(a), []rune(b)
	prev := make([]int, len(rb)+1)
	for j := range prev {
		prev[j] = j
	}
	for i, x := range ra {
		cur := make([]int, len(rb)+1)
		cur[0] = i + 1
		for j, y := range rb {
			cost := 1
			if x == y {
				cost = 0
			}
			cur[j+1] = min(prev[j+1]+1, cur[j]+1, prev[j]+cost)
		}
		prev = cur
	}
	return prev[len(rb)]
}

func lcs(a, b string) string {
	t := make([][]int, len(a)+1)
	for i := range t {
		t[i] = make([]int, len(b)+1)
	}
	for i := len(a) - 1; i >= 0; i-- {
		for j := len(b) - 1; j >= 0; j-- {
			if a[i] == b[j] {
				t[i][j] = t[i+1][j+1] + 1
			} else {
				t[i][j] = max(t[i+1][j], t[i][j+1])
			}
		}
	}
	var out []byte
	for i, j := 0, 0; i < len(a) && j < len(b); {
		switch {
		case a[i] == b[j]:
			out = append(out, a[i])
			i++
			j++
		case t[i+1][j] >= t[i][j+1]:
			i++
		default:
			j++
		}
	}
	return string(out)
}

func knapsack(w, v []int, limit int) int {
	best := make([]int, limit+1)
	for i := range w {
		for c := limit; c >= w[i]; c-- {
			best[c] = max(best[c], best[c-w[i]]+v[i])
		}
	}
	return best[limit]
}

var memo = map[[2]int]int{}

func paths(r, c int) int {
	if r == 0 || c == 0 {
		return 1
	}
	k := [2]int{r, c}
	if v, ok := memo[k]; ok {
		return v
	}
	v := paths(r-1, c) + paths(r, c-1)
	memo[k] = v
	return v
}

func change(coins []int, n int) int {
	ways := make([]int, n+1)
	ways[0] = 1
	for _, c := range coins {
		for i := c; i <= n; i++ {
			ways[i] += ways[i-c]
		}
	}
	return ways[n]
}

func collatz(limit int) (best, at int) {
	cache := make([]int, limit)
	for i := 1; i < limit; i++ {
		n, steps := i, 0
		for n != 1 && (n >= i || n >= limit) {
			if n&1 == 0 {
				n >>= 1
			} else {
				n = 3*n + 1
			}
			steps++
		}
		if n != 1 {
			steps += cache[n]
		}
		cache[i] = steps
		if steps > best {
			best, at = steps, i
		}
	}
	return
}

func main() {
	fmt.Println(levenshtein("kitten", "sitting"), levenshtein("", "abc"), levenshtein("naïve", "naive"))
	fmt.Println(lcs("AGGTABQWERTY", "GXTXAYBWRTY"), lcs("abc", "xyz") == "")
	fmt.Println(knapsack([]int{1, 3, 4, 5}, []int{1, 4, 5, 7}, 7))
	fmt.Println(paths(16, 16), len(memo))
	fmt.Println(change([]int{1, 2, 5, 10, 20, 50, 100, 200}, 200))
	fmt.Println(collatz(100000))
}
