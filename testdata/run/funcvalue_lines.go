// run

// File and line of the code that func values name.
package main

import (
	"fmt"
	"path/filepath"
	"reflect"
	"runtime"
	"strings"
)

func declared() {
	fmt.Println("x")
}

type T struct{ a, b, c, d, e int }

func (t T) Value()    { fmt.Println(t) }
func (t *T) Pointer() { fmt.Println(t) }

func generic[X any](x X) { fmt.Println(x) }

func show(f any) {
	pc := reflect.ValueOf(f).Pointer()
	fn := runtime.FuncForPC(pc)
	file, line := fn.FileLine(pc)
	fmt.Println(fn.Name(), filepath.Base(file), line, fn.Entry() == pc)
}

func main() {
	show(declared)
	show(T.Value)
	show((*T).Pointer)
	show((*T).Value)
	show(T{}.Value)
	show(func() {})
	show(generic[int])
	show(strings.Index)
	x := 1
	show(func() { x++ })
}
