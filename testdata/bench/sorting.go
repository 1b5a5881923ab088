// Sorting through interfaces and generics.
package main

import (
	"fmt"
	"slices"
	"sort"
)

type byKey []struct{ key, val uint32 }

func (s byKey) Len() int           { return len(s) }
func (s byKey) Less(i, j int) bool { return s[i].key < s[j].key }
func (s byKey) Swap(i, j int)      { s[i], s[j] = s[j], s[i] }

func main() {
	const n = 1_000_000
	x := uint32(1)
	next := func() uint32 {
		x ^= x << 13
		x ^= x >> 17
		x ^= x << 5
		return x
	}
	a := make(byKey, n)
	b := make([]int, n)
	for i := range a {
		a[i].key, a[i].val = next(), uint32(i)
		b[i] = int(next())
	}
	sort.Sort(a)
	slices.Sort(b)
	fmt.Println(a[n/2].key, b[n/2], sort.IsSorted(a), slices.IsSorted(b))
}
