// run

// Aliasing and growth of append.
package main

var (
	bytes   []byte
	words   []string
	triples [][3]int32
)

func show(s []int) {
	print("len ", len(s), ":")
	for _, v := range s {
		print(" ", v)
	}
	println()
}

func main() {
	a := make([]int, 3, 10)
	b := append(a, 1)
	c := append(a, 2)
	println(b[3], c[3], &b[0] == &c[0])
	show(a[:5])
	d := append(a[:1:1], 5)
	d[0] = 42
	println(a[0], d[0], a[1])
	var n []int
	println(n == nil, len(n), cap(n))
	n = append(n)
	println(n == nil)
	n = append(n, n...)
	println(n == nil)
	n = append(n, 1, 2, 3)
	n = append(n, n...)
	show(n)
	n = append(n[:1], n[2:]...)
	show(n)
	last := -1
	for i := range 5000 {
		bytes = append(bytes, byte(i))
		if cap(bytes) != last {
			last = cap(bytes)
			print(last, " ")
		}
	}
	println()
	last = -1
	for range 2000 {
		words = append(words, "x")
		if cap(words) != last {
			last = cap(words)
			print(last, " ")
		}
	}
	println()
	last = -1
	for range 600 {
		triples = append(triples, [3]int32{1, 2, 3})
		if cap(triples) != last {
			last = cap(triples)
			print(last, " ")
		}
	}
	println()
	x := append([]int{1, 2}, make([]int, 5)...)
	println(len(x), x[6])
	y := append([]byte("ab"), "cdefgh"...)
	println(len(y), string(y))
	s := []int{1, 2, 3, 4, 5}
	copy(s[1:], s)
	show(s)
	copy(s, s[2:])
	show(s)
	println(copy(s, []int{}), copy([]int{}, s))
	clear(s[1:3])
	show(s)
	var e []struct{}
	e = append(e, struct{}{}, struct{}{})
	println(len(e))
}
