// run

package main

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
)

func main() {
	m := map[string]int{"one": 1, "two": 2, "three": 3}
	fmt.Println(slices.Sorted(maps.Keys(m)), slices.Sorted(maps.Values(m)))
	c := maps.Clone(m)
	c["four"] = 4
	fmt.Println(len(m), len(c), maps.Equal(m, c), maps.Equal(m, maps.Clone(m)))
	maps.DeleteFunc(c, func(k string, v int) bool { return v%2 == 0 })
	fmt.Println(c)
	maps.Copy(c, map[string]int{"five": 5, "one": 100})
	fmt.Println(c)
	d := maps.Collect(maps.All(m))
	fmt.Println(d, maps.EqualFunc(m, d, func(a, b int) bool { return a == b }))
	maps.Insert(d, maps.All(map[string]int{"zero": 0}))
	fmt.Println(d)
	type kv struct {
		k string
		v int
	}
	var kvs []kv
	for k, v := range maps.All(m) {
		kvs = append(kvs, kv{k, v})
	}
	slices.SortFunc(kvs, func(a, b kv) int { return cmp.Compare(b.v, a.v) })
	fmt.Println(kvs)
	inv := map[int][]string{}
	for k, v := range m {
		inv[v%2] = append(inv[v%2], k)
	}
	for _, s := range inv {
		slices.Sort(s)
	}
	fmt.Println(inv)
	fmt.Println(slices.Collect(maps.Keys(map[int]bool{7: true})))
	big := map[int]int{}
	for i := range 1000 {
		big[i] = i * i
	}
	keys := slices.Sorted(maps.Keys(big))
	fmt.Println(len(keys), keys[0], keys[999], big[keys[500]])
	var n map[string]int
	fmt.Println(maps.Clone(n) == nil, n)
}
