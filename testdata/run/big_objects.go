// run

package main

import (
	"bytes"
	"fmt"
	"os"
	"runtime"
	"runtime/debug"
	"strconv"
)

// Huge objects that are freed and reused, and a memory limit that is kept: the resident memory is looked at.

func resident() int {
	b, err := os.ReadFile("/proc/self/statm")
	if err != nil {
		panic(err)
	}
	n, err := strconv.Atoi(string(bytes.Fields(b)[1]))
	if err != nil {
		panic(err)
	}
	return n * os.Getpagesize() >> 20
}

type part struct {
	p *[1 << 16]byte
	n int
}

func fill(b []byte, x byte) {
	for i := 0; i < len(b); i += 512 {
		if b[i] != 0 {
			panic("memory is not zero")
		}
		b[i] = x
	}
	b[len(b)-1] = x
}

//go:noinline
func reuse() (sum int) {
	// The sizes differ, so that pages of several old objects make up a new one.
	for i := 0; i < 40; i++ {
		b := make([]byte, (20+i*7%50)<<20)
		fill(b, byte(i+1))
		sum += int(b[len(b)-1])
	}
	return sum
}

//go:noinline
func pointers() int {
	sum := 0
	for i := 0; i < 10; i++ {
		parts := make([]part, 1<<20+i*1000)
		for j := 0; j < len(parts); j += 1 << 14 {
			if parts[j].p != nil || parts[j].n != 0 {
				panic("memory is not zero")
			}
			parts[j] = part{new([1 << 16]byte), j}
			parts[j].p[7] = byte(j >> 14)
		}
		runtime.GC()
		for j := 0; j < len(parts); j += 1 << 14 {
			if parts[j].p[7] != byte(j>>14) {
				panic("lost")
			}
			sum++
		}
		parts = append(parts, part{n: i})
		parts = append(parts[:0:0], parts...)
		if parts[1<<14].p[7] != 1 || parts[len(parts)-1].n != i {
			panic("copy")
		}
	}
	return sum
}

//go:noinline
func churn(n int) (sum int) {
	var keep [256][]byte
	for i := 0; i < n; i++ {
		keep[i%len(keep)] = make([]byte, 1000+i%30_000)
		keep[i%len(keep)][0] = byte(i)
	}
	for _, k := range keep {
		sum += int(k[0])
	}
	return sum
}

func main() {
	fmt.Println(reuse())
	if r := resident(); r > 320 {
		fmt.Println("resident after reuse:", r)
	}
	fmt.Println(pointers())
	debug.FreeOSMemory()
	if r := resident(); r > 40 {
		fmt.Println("resident after FreeOSMemory:", r)
	}

	debug.SetGCPercent(-1)
	debug.SetMemoryLimit(64 << 20)
	worst := 0
	for range 20 {
		churn(4000)
		worst = max(worst, resident())
	}
	if worst > 80 {
		fmt.Println("resident under a limit of 64 MB:", worst)
	}
	fmt.Println("limit kept")

	// Below what is alive: the program goes on.
	live := make([]byte, 100<<20)
	fill(live, 1)
	fmt.Println(churn(20000) > 0, len(live))
}
