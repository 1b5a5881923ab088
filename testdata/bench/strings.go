// String building, splitting and formatting.
package main

import (
	"fmt"
	"strings"
)

func main() {
	var b strings.Builder
	for i := 0; i < 300_000; i++ {
		fmt.Fprintf(&b, "%d:%s,", i, strings.Repeat("x", i%7))
	}
	parts := strings.Split(b.String(), ",")
	n := 0
	for _, p := range parts {
		if k, v, ok := strings.Cut(p, ":"); ok {
			n += len(k) * len(v)
		}
	}
	fmt.Println(len(parts), n, strings.Count(b.String(), "xx"))
}
