// run

// Objects without a size are in memory that can be written to: libraries that go through unsafe store an element before
// they look at the length.
package main

import (
	"fmt"
	"path"
	"reflect"
	"runtime"
	"strings"
	"unsafe"
)

var kept *[0]int64

func main() {
	p := reflect.New(reflect.TypeFor[[0]int64]()).UnsafePointer()
	*(*int64)(p) = 1
	*(*int64)(p) = 0
	kept = new([0]int64)
	*(*int64)(unsafe.Pointer(kept)) = 0
	fmt.Println(*kept)

	// The outermost frame is in a file of package runtime, as far as programs can see.
	pcs := make([]uintptr, 20)
	frames := runtime.CallersFrames(pcs[:runtime.Callers(0, pcs)])
	for {
		f, more := frames.Next()
		if !more {
			fmt.Println(f.Function, strings.Contains(f.File, "/src/runtime/asm_"), path.Ext(f.File))
			break
		}
	}
}
