// run

// Deleting and inserting while iterating keeps the promises of the language.
package main

func main() {
	m := map[int]bool{}
	for i := range 1000 {
		m[i] = true
	}
	seen := map[int]int{}
	for k := range m {
		seen[k]++
		delete(m, k)
		delete(m, k^1)
	}
	ok := len(m) == 0 && len(seen) == 500
	for k, n := range seen {
		if n != 1 || seen[k^1] != 0 {
			ok = false
		}
	}
	println(ok, len(m), len(seen))

	for i := range 100 {
		m[i] = true
	}
	visits := map[int]int{}
	for k := range m {
		visits[k]++
		if k < 100 {
			m[k+1000] = true
		}
	}
	all := true
	for i := range 100 {
		if visits[i] != 1 {
			all = false
		}
	}
	twice := false
	for _, n := range visits {
		if n > 1 {
			twice = true
		}
	}
	println(all, twice, len(m))

	// Clearing in the middle ends the loop.
	n := 0
	for range m {
		n++
		clear(m)
	}
	println(n, len(m))

	// Values updated during iteration are seen.
	v := map[string]int{"a": 1, "b": 1, "c": 1}
	for k := range v {
		for j := range v {
			if j != k {
				v[j] *= 2
			}
		}
	}
	println(v["a"], v["b"], v["c"])

	// Growing while iterating.
	g := map[int]int{0: 0}
	steps := 0
	for k := range g {
		steps++
		if len(g) < 5000 {
			for i := range 100 {
				g[k*100+i+1] = i
			}
		}
	}
	println(steps >= 1, len(g) >= 100)
	nested := 0
	w := map[int]int{1: 1, 2: 2, 3: 3}
	for range w {
		for range w {
			nested++
		}
	}
	println(nested)
}
