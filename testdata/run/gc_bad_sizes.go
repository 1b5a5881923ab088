// run

package main

import (
	"fmt"
	"runtime/debug"
	"strings"
)

// Sizes that are negative, huge, or overflow.

var sink any

func try(what string, f func()) {
	defer func() {
		if e := recover(); e != nil {
			fmt.Println(what+":", e)
			return
		}
		fmt.Println(what + ": ok")
	}()
	f()
}

func main() {
	neg, huge, half := -1, 1<<62, 1<<61
	bytes := make([]byte, 10)
	try("make len", func() { sink = make([]int, neg) })
	try("make huge", func() { sink = make([]int, huge) })
	try("make product", func() { sink = make([][1 << 20]int, half) })
	try("make cap", func() { sink = make([]byte, 1, neg) })
	try("make cap below len", func() { sink = make([]int, 5, 3+neg) })
	try("make cap huge", func() { sink = make([]int, 1, huge) })
	try("make empty elements", func() { sink = make([]struct{}, huge) })
	try("make int64", func() { sink = make([]string, int64(neg)) })
	try("make uint64", func() { sink = make([]string, uint64(huge)<<1) })
	try("make int8", func() { sink = make([]string, int8(neg)) })
	try("chan", func() { sink = make(chan int, neg) })
	try("chan product", func() { sink = make(chan [1000]int, huge) })
	try("chan empty elements", func() { sink = make(chan struct{}, huge) })
	try("map", func() { sink = make(map[int]int, neg) })
	try("append of empty elements", func() {
		e := make([]struct{}, 1<<62)
		e = append(e, e...)
		e = append(e, e...)
		sink = len(e)
	})
	try("repeat", func() { sink = strings.Repeat("ab", huge) })
	try("append", func() { sink = append(bytes, make([]byte, huge)...) })
	fmt.Println(debug.SetGCPercent(-7), debug.SetGCPercent(250), debug.SetGCPercent(100))
	fmt.Println(debug.SetMemoryLimit(-5), debug.SetMemoryLimit(0), debug.SetMemoryLimit(1<<40))
	sink = make([]byte, 1<<20)
	fmt.Println(debug.SetMemoryLimit(-1))
}
