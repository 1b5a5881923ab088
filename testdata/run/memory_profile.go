// run

package main

import (
	"bytes"
	"fmt"
	"runtime"
	"runtime/pprof"
	"strings"
)

type node struct {
	next *node
	data [6]int
}

var (
	keep   []*node
	sink   any
	bytes2 []byte
)

//go:noinline
func retained(n int) {
	for range n {
		keep = append(keep, &node{data: [6]int{1}})
	}
}

//go:noinline
func transient(n int) {
	for range n {
		sink = make([]int, 100)
	}
	sink = nil
}

//go:noinline
func large() {
	bytes2 = make([]byte, 1<<20)
}

// record sums up the records whose stack has the function.
func record(records []runtime.MemProfileRecord, fn string, size int64) (allocs, inuse int64) {
	for i := range records {
		r := &records[i]
		if r.AllocObjects == 0 || r.AllocBytes/r.AllocObjects != size {
			continue
		}
		frames := runtime.CallersFrames(r.Stack())
		for {
			f, more := frames.Next()
			if f.Function == fn {
				allocs += r.AllocObjects
				inuse += r.InUseObjects()
				break
			}
			if !more {
				break
			}
		}
	}
	return
}

func profile() []runtime.MemProfileRecord {
	runtime.Gosched()
	runtime.GC()
	n, ok := runtime.MemProfile(nil, true)
	fmt.Println("records", n > 0, ok)
	p := make([]runtime.MemProfileRecord, n+50)
	n, ok = runtime.MemProfile(p, true)
	if !ok {
		fmt.Println("too short")
	}
	return p[:n]
}

func main() {
	// Every processor allocates from spans of its own, and learns of the rate by itself.
	runtime.GOMAXPROCS(1)
	runtime.MemProfileRate = 1
	// Every size class learns of the rate.
	for range 1000 {
		sink = new(node)
		sink = make([]int, 100)
	}
	retained(500)
	transient(300)
	large()
	p := profile()
	fmt.Println(record(p, "main.retained", 64))
	fmt.Println(record(p, "main.transient", 896))
	fmt.Println(record(p, "main.large", 1<<20))
	keep = keep[:100]
	clear(keep[100:500])
	bytes2 = nil
	p = profile()
	fmt.Println(record(p, "main.retained", 64))
	fmt.Println(record(p, "main.large", 1<<20))

	var buf bytes.Buffer
	if err := pprof.Lookup("heap").WriteTo(&buf, 1); err != nil {
		fmt.Println(err)
	}
	text := buf.String()
	fmt.Println(strings.HasPrefix(text, "heap profile: "), strings.Contains(text, "main.retained+0x"),
		strings.Contains(text, "# HeapAlloc = "))

	// Off: nothing is added.
	runtime.MemProfileRate = 0
	for range 1000 {
		sink = make([]int, 100)
		sink = new(node)
	}
	before, _ := record(profile(), "main.transient", 896)
	transient(1000)
	after, _ := record(profile(), "main.transient", 896)
	fmt.Println(before == after)

	// A sample of many allocations is close to their number when scaled.
	runtime.MemProfileRate = 4096
	old, _ := record(profile(), "main.transient", 896)
	transient(64)
	transient(20000)
	now, _ := record(profile(), "main.transient", 896)
	got := float64(now-old) * 4096 / 896
	fmt.Println(got > 15000 && got < 25000)
}
