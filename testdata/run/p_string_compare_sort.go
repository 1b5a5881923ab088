// run

// Sorting and searching written out: quicksort, heap, binary search over strings and structs.
package main

type person struct {
	name string
	age  int
}

type lessFn func(a, b *person) bool

func quick(ps []person, less lessFn) {
	if len(ps) < 2 {
		return
	}
	p := ps[len(ps)/2]
	i, j := 0, len(ps)-1
	for i <= j {
		for less(&ps[i], &p) {
			i++
		}
		for less(&p, &ps[j]) {
			j--
		}
		if i <= j {
			ps[i], ps[j] = ps[j], ps[i]
			i++
			j--
		}
	}
	quick(ps[:j+1], less)
	quick(ps[i:], less)
}

type heap []string

func (h *heap) push(s string) {
	*h = append(*h, s)
	for i := len(*h) - 1; i > 0; {
		p := (i - 1) / 2
		if (*h)[p] <= (*h)[i] {
			break
		}
		(*h)[p], (*h)[i] = (*h)[i], (*h)[p]
		i = p
	}
}

func (h *heap) pop() string {
	old := *h
	top := old[0]
	n := len(old) - 1
	old[0] = old[n]
	old = old[:n]
	for i := 0; ; {
		c := 2*i + 1
		if c >= n {
			break
		}
		if c+1 < n && old[c+1] < old[c] {
			c++
		}
		if old[i] <= old[c] {
			break
		}
		old[i], old[c] = old[c], old[i]
		i = c
	}
	*h = old
	return top
}

func search(s []string, x string) (int, bool) {
	lo, hi := 0, len(s)
	for lo < hi {
		m := int(uint(lo+hi) >> 1)
		switch {
		case s[m] == x:
			return m, true
		case s[m] < x:
			lo = m + 1
		default:
			hi = m
		}
	}
	return lo, false
}

func main() {
	ps := []person{{"Zoe", 30}, {"adam", 25}, {"Émile", 41}, {"Bob", 25}, {"", 3}, {"Bo", 99}, {"Bobby", 1}}
	quick(ps, func(a, b *person) bool { return a.name < b.name })
	for _, p := range ps {
		print(p.name, ":", p.age, " ")
	}
	println()
	quick(ps, func(a, b *person) bool {
		if a.age != b.age {
			return a.age > b.age
		}
		return a.name < b.name
	})
	for _, p := range ps {
		print(p.name, ":", p.age, " ")
	}
	println()
	var h heap
	words := []string{"pear", "fig", "apple", "date", "cherry", "fig", "banana", "", "zz", "a"}
	for _, w := range words {
		h.push(w)
	}
	var sorted []string
	for len(h) > 0 {
		sorted = append(sorted, h.pop())
	}
	for _, s := range sorted {
		print("[", s, "]")
	}
	println()
	println(search(sorted, "fig"))
	println(search(sorted, "grape"))
	println(search(nil, "x"))
	println("a" < "B", "abc" < "abcd", "\xff" > "é", "" == "", "x" <= "x", "prefix" > "pre")
}
