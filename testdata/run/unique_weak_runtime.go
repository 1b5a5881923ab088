// run

// Interned values, KeepAlive, memory statistics that grow, build information.
package main

import (
	"fmt"
	"runtime"
	"runtime/debug"
	"strings"
	"unique"
)

type key struct {
	a int
	s string
}

func main() {
	h1 := unique.Make("hello")
	h2 := unique.Make(strings.ToLower("HELLO"))
	fmt.Println(h1 == h2, h1.Value(), unique.Make("x") == h1)
	k1, k2 := unique.Make(key{1, "a"}), unique.Make(key{1, "a"})
	fmt.Println(k1 == k2, k1.Value(), unique.Make(key{2, "a"}) == k1)
	m := map[unique.Handle[string]]int{h1: 5}
	fmt.Println(m[h2])
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	var keep [][]byte
	for range 100 {
		keep = append(keep, make([]byte, 10000))
	}
	runtime.ReadMemStats(&after)
	fmt.Println(after.TotalAlloc-before.TotalAlloc >= 1000000, after.Mallocs-before.Mallocs >= 100, len(keep))
	runtime.GC()
	debug.FreeOSMemory()
	runtime.KeepAlive(keep)
	fmt.Println(runtime.NumCPU() > 0, runtime.GOMAXPROCS(0) > 0, runtime.GOARCH != "")
	old := debug.SetGCPercent(50)
	fmt.Println(old, debug.SetGCPercent(old))
	runtime.Gosched()
	st := string(debug.Stack())
	fmt.Println(strings.HasPrefix(st, "goroutine 1 [running]:\n"), strings.Contains(st, "main.main()"))
	buf := make([]byte, 20)
	fmt.Println(runtime.Stack(buf, false), string(buf))
	runtime.LockOSThread()
	runtime.UnlockOSThread()
}
