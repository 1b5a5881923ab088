// run

// The index of a struct field is a slice of the runtime's small numbers, which nobody can change: not even a struct type's
// own, since all share them.
package main

import (
	"fmt"
	"reflect"
	"runtime/debug"
)

func try(name string, f func()) {
	defer func() { fmt.Println(name, recover() != nil) }()
	f()
}

func main() {
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	f := reflect.TypeFor[struct{ a, b int }]().Field(1)
	fmt.Println(f.Index)
	try("write", func() { f.Index[0] = 7 })
	g := reflect.TypeFor[struct{ c, d string }]().Field(1)
	fmt.Println(f.Index, g.Index, any(byte(1)), any(uint16(1)))
	h := append(f.Index, 3)
	h[0] = 5
	fmt.Println(h, f.Index)
}
