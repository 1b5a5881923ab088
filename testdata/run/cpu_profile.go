// run

package main

import (
	"bytes"
	"compress/gzip"
	"context"
	"fmt"
	"io"
	"runtime"
	"runtime/pprof"
	"strings"
	"syscall"
)

var sink int

//go:noinline
func hog(x int) int {
	for i := 0; i < 1e5; i++ {
		if x > 0 {
			x *= x
		} else {
			x *= x + 1
		}
	}
	return x
}

//go:noinline
func recurse(n int) int {
	if n == 0 {
		return hog(sink)
	}
	return recurse(n-1) + 1
}

// A leaf of the runtime is on top here.
//
//go:noinline
func copying(dst, src []byte) {
	for i := 0; i < 100; i++ {
		copy(dst, src)
	}
}

func cpuMillis() int64 {
	var u syscall.Rusage
	syscall.Getrusage(syscall.RUSAGE_SELF, &u)
	return u.Utime.Nano() / 1e6
}

func profile() string {
	var buf bytes.Buffer
	if err := pprof.StartCPUProfile(&buf); err != nil {
		fmt.Println(err)
	}
	fmt.Println(pprof.StartCPUProfile(io.Discard))
	done := make(chan bool)
	pprof.Do(context.Background(), pprof.Labels("color", "green"), func(context.Context) {
		// The labels are inherited.
		go func() {
			dst, src := make([]byte, 1<<16), make([]byte, 1<<16)
			for end := cpuMillis() + 400; cpuMillis() < end; {
				sink += recurse(5)
				copying(dst, src)
			}
			close(done)
		}()
	})
	<-done
	runtime.GC()
	pprof.StopCPUProfile()
	z, err := gzip.NewReader(&buf)
	if err != nil {
		fmt.Println(err)
		return ""
	}
	data, err := io.ReadAll(z)
	if err != nil {
		fmt.Println(err)
	}
	return string(data)
}

func main() {
	for range 2 {
		p := profile()
		for _, s := range []string{"main.hog", "main.recurse", "main.copying", "runtime.memmove", "main.profile.func1.1",
			"cpu_profile.go", "samples", "nanoseconds", "color", "green"} {
			fmt.Println(s, strings.Contains(p, s))
		}
	}
	pprof.StopCPUProfile()
	runtime.SetCPUProfileRate(-1)
	runtime.SetCPUProfileRate(100)
	runtime.SetCPUProfileRate(50)
	runtime.SetCPUProfileRate(0)
	fmt.Println("stopped")
}
