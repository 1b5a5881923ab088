// run

// What shares memory after append, reslicing, copy and conversion to arrays.
package main

import (
	"fmt"
	"slices"
)

func modify(s []int) []int {
	s[0] = -1
	s = append(s, 99)
	s[1] = -2
	return s
}

func remove(s []string, i int) []string { return append(s[:i], s[i+1:]...) }

func insert(s []string, i int, x string) []string {
	s = append(s, "")
	copy(s[i+1:], s[i:])
	s[i] = x
	return s
}

func perms(xs []int) (out [][]int) {
	var rec func(cur, rest []int)
	rec = func(cur, rest []int) {
		if len(rest) == 0 {
			out = append(out, append([]int(nil), cur...))
			return
		}
		for i := range rest {
			next := append(append([]int{}, rest[:i]...), rest[i+1:]...)
			rec(append(cur, rest[i]), next)
		}
	}
	rec(make([]int, 0, len(xs)), xs)
	return
}

func main() {
	a := []int{1, 2, 3}
	b := modify(a)
	fmt.Println(a, b)
	c := make([]int, 2, 10)
	d := modify(c)
	fmt.Println(c, d, c[:3])
	s := []string{"a", "b", "c", "d"}
	t := remove(s, 1)
	fmt.Println(s, t)
	u := insert(slices.Clone(t), 1, "X")
	fmt.Println(t, u)
	fmt.Println(perms([]int{1, 2, 3}))
	m := [][]int{{1}, {2, 3}}
	n := append([][]int(nil), m...)
	n[0][0] = 100
	n[1] = []int{7}
	fmt.Println(m, n)
	x := []int{0, 1, 2, 3, 4, 5}
	x = append(x[:2], x[3:]...)
	fmt.Println(x, x[:6])
	y := x[1:3:3]
	y = append(y, 50)
	fmt.Println(x, y)
	arr := [5]int{1, 2, 3, 4, 5}
	p := (*[3]int)(arr[1:4])
	p[2] = 40
	cp := [3]int(arr[1:4])
	cp[0] = 0
	fmt.Println(arr, *p, cp)
	q := arr[:]
	q = append(q, 6)
	q[0] = 10
	fmt.Println(arr, q)
	self := []int{1, 2, 3, 4}
	self = append(self[1:2], self...)
	fmt.Println(self)
	self = append(self, self[2:4]...)
	fmt.Println(self)
	matrix := make([][]rune, 3)
	cells := make([]rune, 12)
	for i := range matrix {
		matrix[i], cells = cells[:4:4], cells[4:]
		for j := range matrix[i] {
			matrix[i][j] = rune('a' + i*4 + j)
		}
	}
	for _, r := range matrix {
		fmt.Print(string(r), " ")
	}
	fmt.Println(len(cells))
	var e []int
	fmt.Println(e == nil, append(e, e...) == nil, len(append([]int{}, e...)), e[:0] == nil)
	stack := []int{}
	for i := range 10 {
		stack = append(stack, i)
		if i%3 == 2 {
			stack = stack[:len(stack)-2]
		}
	}
	fmt.Println(stack, len(stack))
}
