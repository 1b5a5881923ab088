// run

package main

import (
	"fmt"
	"sort"
)

type person struct {
	name string
	age  int
}
type byAge []person

func (b byAge) Len() int           { return len(b) }
func (b byAge) Less(i, j int) bool { return b[i].age < b[j].age }
func (b byAge) Swap(i, j int)      { b[i], b[j] = b[j], b[i] }

func main() {
	ints := []int{5, 2, 8, -1, 9, 0, 3}
	sort.Ints(ints)
	fmt.Println(ints, sort.IntsAreSorted(ints), sort.SearchInts(ints, 8), sort.SearchInts(ints, 4))
	strs := []string{"pear", "Apple", "fig", "apple"}
	sort.Strings(strs)
	fmt.Println(strs)
	fs := []float64{2.5, -1, 3e10, 0}
	sort.Sort(sort.Reverse(sort.Float64Slice(fs)))
	fmt.Println(fs)
	people := []person{{"A", 30}, {"B", 25}, {"C", 30}, {"D", 25}, {"E", 20}}
	sort.Stable(byAge(people))
	fmt.Println(people)
	sort.Slice(people, func(i, j int) bool { return people[i].name > people[j].name })
	fmt.Println(people)
	sort.SliceStable(people, func(i, j int) bool { return people[i].age > people[j].age })
	fmt.Println(people, sort.IsSorted(byAge(people)))
	big := make([]int, 2000)
	x := uint32(7)
	for i := range big {
		x = x*1103515245 + 12345
		big[i] = int(x>>8) % 1000
	}
	cp := append([]int(nil), big...)
	sort.Ints(big)
	sort.Sort(sort.IntSlice(cp))
	same := true
	for i := range big {
		same = same && big[i] == cp[i] && (i == 0 || big[i-1] <= big[i])
	}
	fmt.Println(same, big[0], big[1000], big[1999])
	i := sort.Search(100, func(i int) bool { return i*i >= 50 })
	j, found := sort.Find(len(strs), func(i int) int {
		switch {
		case "fig" < strs[i]:
			return -1
		case "fig" > strs[i]:
			return 1
		}
		return 0
	})
	fmt.Println(i, j, found)
	for n := range 30 {
		s := make([]int, n)
		for i := range s {
			s[i] = (i * 7919) % (n + 1)
		}
		sort.Sort(sort.Reverse(sort.IntSlice(s)))
		if !sort.IsSorted(sort.Reverse(sort.IntSlice(s))) {
			fmt.Println("not sorted", n)
		}
	}
}
