// 300 MB of live heap, changed all the time, and a ticker that notes how late it is: the pauses that the program sees.
package main

import (
	"fmt"
	"os"
	"sort"
	"time"
)

type node struct {
	left, right *node
	payload     [12]int
}

func build(depth int) *node {
	if depth == 0 {
		return nil
	}
	return &node{left: build(depth - 1), right: build(depth - 1)}
}

func main() {
	// 2 Mi nodes of 128 bytes, and some slices.
	var roots [32]*node
	for i := range roots {
		roots[i] = build(16)
	}
	blobs := make([][]byte, 1000)
	stop := make(chan bool)
	lates := make(chan []time.Duration)
	go func() {
		var l []time.Duration
		for {
			select {
			case <-stop:
				lates <- l
				return
			default:
			}
			t := time.Now()
			time.Sleep(time.Millisecond)
			l = append(l, time.Since(t)-time.Millisecond)
		}
	}()
	x := uint32(7)
	for i := 0; i < 60; i++ {
		roots[i%len(roots)] = build(15)
		for j := 0; j < 2000; j++ {
			x = x*1664525 + 1013904223
			blobs[x>>8%uint32(len(blobs))] = make([]byte, x>>16&0xfff)
			if j%100 == 0 {
				time.Sleep(0)
			}
		}
	}
	stop <- true
	l := <-lates
	n := 0
	for _, r := range roots {
		for ; r != nil; r = r.left {
			n++
		}
	}
	if n < 32*15 {
		panic("lost")
	}
	sort.Slice(l, func(i, j int) bool { return l[i] < l[j] })
	fmt.Fprintf(os.Stdout, "late: p99 %d p99.9 %d max %d us\n", l[len(l)*99/100].Microseconds(),
		l[len(l)*999/1000].Microseconds(), l[len(l)-1].Microseconds())
}
