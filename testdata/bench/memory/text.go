// strings.Builder, Sprintf, concatenation, splitting.
package main

import (
	"fmt"
	"strings"
)

func main() {
	total := 0
	for i := 0; i < 300_000; i++ {
		var b strings.Builder
		for j := 0; j < 8; j++ {
			b.WriteString("part")
			b.WriteByte(byte('0' + j))
		}
		s := fmt.Sprintf("%s-%d-%v", b.String(), i, i%7 == 0)
		t := s + "/" + s[:5]
		total += len(t) + len(strings.Split(t, "-"))
	}
	fmt.Println(total)
}
