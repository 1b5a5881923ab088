// run

// Insertion, lookup, deletion, comma-ok, growth, clear.
package main

type point struct{ x, y int }

func main() {
	m := map[string]int{"one": 1, "two": 2, "three": 3}
	println(len(m), m["one"], m["four"])
	v, ok := m["two"]
	println(v, ok)
	v, ok = m["nope"]
	println(v, ok)
	delete(m, "two")
	delete(m, "nope")
	_, ok = m["two"]
	println(len(m), ok)
	m["x"] += 5
	m["x"]++
	m["x"] <<= 2
	println(m["x"])
	big := make(map[int]int)
	for i := range 10000 {
		big[i*7] = i
	}
	sum, keys := 0, 0
	for k, v := range big {
		sum += v
		keys += k
	}
	println(len(big), sum, keys)
	for i := 0; i < 10000; i += 2 {
		delete(big, i*7)
	}
	println(len(big), big[7], big[14])
	n := 0
	for k := range big {
		if k%3 == 0 {
			n++
		}
	}
	println(n)
	clear(big)
	println(len(big))
	for range big {
		println("never")
	}
	big[1] = 1
	println(len(big))
	pm := map[point]*point{}
	for i := range 5 {
		pm[point{i, -i}] = &point{i * i, i}
	}
	println(pm[point{3, -3}].x, pm[point{1, 1}] == nil)
	ms := map[string][]int{}
	ms["a"] = append(ms["a"], 1, 2)
	ms["a"] = append(ms["a"], 3)
	println(len(ms["a"]), ms["a"][2], len(ms["b"]))
	mm := map[string]map[string]int{"x": {"y": 1}}
	mm["x"]["z"] = 2
	println(len(mm["x"]), mm["q"]["r"])
	var nilm map[string]int
	println(nilm["a"], len(nilm), nilm == nil)
	delete(nilm, "a")
	for range nilm {
		println("never")
	}
	type big64 struct{ a [40]int }
	bm := map[int]big64{1: {}}
	t := bm[1]
	t.a[39] = 4
	bm[2] = t
	println(bm[1].a[39], bm[2].a[39], bm[3].a[0])
	f := map[string]func(int) int{"dbl": func(i int) int { return 2 * i }}
	println(f["dbl"](21))
}
