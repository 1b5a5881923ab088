// run

package main

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

type item struct {
	k string
	n int
}

func main() {
	s := []int{3, 1, 4, 1, 5, 9, 2, 6}
	t := slices.Clone(s)
	slices.Sort(t)
	fmt.Println(s, t, slices.IsSorted(t), slices.Max(s), slices.Min(s))
	i, ok := slices.BinarySearch(t, 5)
	j, ok2 := slices.BinarySearch(t, 7)
	fmt.Println(i, ok, j, ok2, slices.Index(s, 4), slices.Contains(s, 10), slices.IndexFunc(s, func(x int) bool { return x > 4 }))
	fmt.Println(slices.Insert([]int{1, 2}, 1, 9, 8), slices.Delete([]int{1, 2, 3, 4}, 1, 3), slices.Replace([]int{1, 2, 3}, 0, 2, 7), slices.Compact([]int{1, 1, 2, 2, 1}))
	slices.Reverse(t)
	fmt.Println(t, slices.Equal(s, t), slices.Compare([]int{1, 2}, []int{1, 3}))
	items := []item{{"b", 2}, {"a", 2}, {"c", 1}, {"a", 1}}
	slices.SortFunc(items, func(a, b item) int { return cmp.Or(cmp.Compare(a.n, b.n), strings.Compare(a.k, b.k)) })
	fmt.Println(items)
	slices.SortStableFunc(items, func(a, b item) int { return -cmp.Compare(a.k, b.k) })
	fmt.Println(items)
	fmt.Println(slices.MaxFunc(items, func(a, b item) int { return cmp.Compare(a.n, b.n) }), slices.DeleteFunc(slices.Clone(items), func(x item) bool { return x.n == 1 }))
	fmt.Println(slices.Collect(slices.Values(s[:3])), slices.Sorted(slices.Values(s)), slices.Repeat([]int{1, 2}, 2), slices.Concat(s[:1], t[:2]))
	for c := range slices.Chunk([]int{1, 2, 3, 4, 5}, 2) {
		fmt.Print(c, " ")
	}
	for i, v := range slices.Backward([]string{"x", "y"}) {
		fmt.Print(i, v, " ")
	}
	for i, v := range slices.All([]string{"p", "q"}) {
		fmt.Print(i, v, " ")
	}
	fmt.Println()
	g := slices.Grow([]int{1}, 10)
	fmt.Println(len(g), cap(g) >= 11, cap(slices.Clip(g)))
	fmt.Println(slices.ContainsFunc(s, func(x int) bool { return x < 0 }), slices.EqualFunc(s, t, func(a, b int) bool { return true }), slices.CompactFunc([]string{"a", "A", "b"}, strings.EqualFold))
	func() {
		defer func() { fmt.Println("recovered:", recover()) }()
		slices.Max([]int{})
	}()
	func() {
		defer func() { fmt.Println("recovered:", recover()) }()
		slices.Insert([]int{1}, 5, 1)
	}()
	k, found := slices.BinarySearchFunc(items, "b", func(it item, k string) int { return -cmp.Compare(it.k, k) })
	fmt.Println(k, found)
	fs := []float64{2, -1, 0.5}
	slices.Sort(fs)
	fmt.Println(fs, cmp.Less(1, 2), cmp.Compare("b", "a"))
}
