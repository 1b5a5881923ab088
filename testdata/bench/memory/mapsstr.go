// Maps of strings to pointers: insert, look up, iterate, delete.
package main

import (
	"fmt"
	"strconv"
)

type value struct {
	key string
	n   int
}

func main() {
	sum := 0
	keys := make([]string, 100_000)
	for i := range keys {
		keys[i] = "key number " + strconv.Itoa(i)
	}
	for round := 0; round < 5; round++ {
		m := map[string]*value{}
		for i, k := range keys {
			m[k] = &value{k, i}
		}
		for _, k := range keys {
			sum += m[k].n
		}
		for k, v := range m {
			sum += len(k) + v.n
		}
		for _, k := range keys[:len(keys)/2] {
			delete(m, k)
		}
		sum += len(m)
	}
	fmt.Println(sum)
}
