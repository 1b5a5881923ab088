// run

// Maps whose keys have every length, and memory around keys that must not count.
package main

import (
	"fmt"
	"hash/maphash"
	"strings"
)

type pair struct {
	a uint32
	b uint16
	s string
}

func main() {
	text := strings.Repeat("abcdefghijklmnopqrstuvwxyz", 20)
	m := map[string]int{}
	for n := 0; n <= 300; n++ {
		for off := 0; off < 26; off++ {
			m[text[off:off+n]] += n
		}
	}
	sum := 0
	for n := 0; n <= 300; n++ {
		for off := 0; off < 26; off++ {
			if _, ok := m[text[off:off+n]+"!"]; ok {
				fmt.Println("found what was not stored", n, off)
			}
			sum += m[strings.Clone(text[off:off+n])]
		}
	}
	fmt.Println(len(m), sum)

	arrays := map[[33]byte]int{}
	for i := range 256 {
		var k [33]byte
		k[i%33] = byte(i)
		arrays[k]++
	}
	fmt.Println(len(arrays))

	structs := map[pair]int{}
	for i := range 1000 {
		structs[pair{uint32(i % 10), uint16(i % 7), text[:i%5]}]++
	}
	fmt.Println(len(structs))

	anys := map[any]int{}
	for i := range 100 {
		anys[i%10]++
		anys[uint8(i%10)]++
		anys[float64(i%10)]++
		anys[float32(i%10)]++
		anys[fmt.Sprint(i%10)]++
		anys[[2]int32{int32(i % 10), 1}]++
		anys[complex(float64(i%10), 0)]++
		anys[struct{ x any }{i % 10}]++
	}
	fmt.Println(len(anys))

	seed := maphash.MakeSeed()
	seen := map[uint64]bool{}
	for n := 0; n <= 300; n++ {
		h := maphash.String(seed, text[:n])
		if h != maphash.Bytes(seed, []byte(text[:n])) {
			fmt.Println("string and bytes hash differently", n)
		}
		seen[h] = true
	}
	fmt.Println(len(seen))
}
