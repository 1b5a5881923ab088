// Maps of integers and strings.
package main

import (
	"fmt"
	"strconv"
)

func main() {
	ints := map[int]int{}
	for i := 0; i < 2_000_000; i++ {
		ints[i*7%1_000_003] += i
	}
	words := map[string]int{}
	for i := 0; i < 1_000_000; i++ {
		words["key"+strconv.Itoa(i%50_000)]++
	}
	sum := 0
	for k, v := range ints {
		sum += k ^ v
	}
	fmt.Println(len(ints), len(words), sum)
}
