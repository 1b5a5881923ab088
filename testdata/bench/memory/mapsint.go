// Maps of ints: insert, look up, iterate, delete.
package main

import "fmt"

func main() {
	sum := 0
	for round := 0; round < 6; round++ {
		m := map[int]int{}
		for i := 0; i < 200_000; i++ {
			m[i*7919] = i
		}
		for i := 0; i < 400_000; i++ {
			sum += m[i*7919]
		}
		for k, v := range m {
			sum += k ^ v
		}
		for i := 0; i < 200_000; i += 2 {
			delete(m, i*7919)
		}
		sum += len(m)
	}
	fmt.Println(sum)
}
