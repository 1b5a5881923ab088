// run

// Range over arrays, pointers to arrays, slices, strings, maps and channels; assignment forms.
package main

type pt struct{ x, y int }

var global int

func calls() []int {
	println("evaluated once")
	return []int{1, 2, 3}
}

func gen(n int) <-chan int {
	c := make(chan int)
	go func() {
		for i := range n {
			c <- i * i
		}
		close(c)
	}()
	return c
}

func main() {
	for i, v := range calls() {
		print(i, v, " ")
	}
	println()
	s := []int{1, 2, 3}
	for i := range s {
		s = append(s, i)
	}
	println(len(s))
	for i, v := range s {
		s[len(s)-1-i] = v * 10
	}
	for _, v := range s {
		print(v, " ")
	}
	println()
	var p pt
	for p.x, p.y = range []int{5, 6} {
	}
	println(p.x, p.y)
	arr := [3]int{}
	for arr[1], global = range []int{7, 8, 9} {
	}
	println(arr[1], global)
	var np *[4]int
	n := 0
	for range np {
		n++
	}
	for i := range np {
		n += i
	}
	println(n, len(np))
	structs := []pt{{1, 2}, {3, 4}}
	for _, q := range structs {
		q.x = 100
	}
	for i := range structs {
		structs[i].y++
	}
	println(structs[0].x, structs[0].y, structs[1].y)
	total := 0
	for v := range gen(6) {
		total += v
	}
	println(total)
	for i, r := range "é\xffz" {
		print(i, ",", r, " ")
	}
	for range "abc" {
		print(".")
	}
	println()
	m := map[int]pt{}
	for i := range 4 {
		m[i] = pt{i, i * i}
	}
	sx, sy := 0, 0
	for k, v := range m {
		sx += k - v.x
		sy += v.y
	}
	println(sx, sy)
	for range (map[string]int)(nil) {
		println("never")
	}
	var nested [2][3]int
	for i, row := range nested {
		for j := range row {
			nested[i][j] = i + j
			row[j] = 100
		}
	}
	println(nested[1][2])
	x := []int{0, 1, 2, 3}
	for i, x := range x {
		x += i
		print(x, " ")
	}
	println()
	for i, v := range s {
		if i > 3 {
			break
		}
		if v%20 == 0 {
			continue
		}
		print(i, ":", v, " ")
	}
	println()
}
