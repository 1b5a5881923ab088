// run

// A function is one *runtime.Func, whether it is found by a func value, by a method of a type, or by a caller's PC.
package main

import (
	"fmt"
	"path/filepath"
	"reflect"
	"runtime"
)

type T struct{ n int }

//go:noinline
func here() *runtime.Func {
	pc, _, _, _ := runtime.Caller(1)
	return runtime.FuncForPC(pc)
}

//go:noinline
func frame() *runtime.Func {
	pcs := make([]uintptr, 1)
	runtime.Callers(2, pcs)
	f, _ := runtime.CallersFrames(pcs).Next()
	return f.Func
}

//go:noinline
func (t *T) M() (*runtime.Func, *runtime.Func) { return here(), frame() }

//go:noinline
func (t T) V() (*runtime.Func, *runtime.Func) { return here(), frame() }

//go:noinline
func F() (*runtime.Func, *runtime.Func) { return here(), frame() }

type caller interface {
	M() (*runtime.Func, *runtime.Func)
	V() (*runtime.Func, *runtime.Func)
}

func same(what string, value any, call func() (*runtime.Func, *runtime.Func)) {
	pc := reflect.ValueOf(value).Pointer()
	f := runtime.FuncForPC(pc)
	file, line := f.FileLine(pc)
	_, entryLine := f.FileLine(f.Entry())
	fmt.Println(filepath.Base(file), line, entryLine)
	a, b := call()
	fmt.Println(what, f.Name(), f == a, f == b, f.Entry() == a.Entry(), a.Entry() == b.Entry())
}

func main() {
	t := &T{}
	same("function", F, F)
	same("by a func value", F, []func() (*runtime.Func, *runtime.Func){F}[t.n])
	same("by reflection", F, func() (*runtime.Func, *runtime.Func) {
		r := reflect.ValueOf(F).Call(nil)
		return r[0].Interface().(*runtime.Func), r[1].Interface().(*runtime.Func)
	})
	same("method expression", (*T).M, t.M)
	same("method expression", T.V, t.V)
	for _, m := range []reflect.Method{reflect.TypeOf(t).Method(0), reflect.TypeOf(*t).Method(0)} {
		recv := reflect.ValueOf(t)
		if m.Func.Type().In(0).Kind() == reflect.Struct {
			recv = recv.Elem()
		}
		f := runtime.FuncForPC(m.Func.Pointer())
		for i, r := range [][]reflect.Value{m.Func.Call([]reflect.Value{recv}), recv.Method(0).Call(nil)} {
			fmt.Println("method", m.Name, i, f.Name(), f == r[0].Interface(), f == r[1].Interface())
		}
	}
	m, _ := reflect.TypeOf(t).MethodByName("M")
	f := runtime.FuncForPC(m.Func.Pointer())
	var c caller = t
	a, b := c.M()
	fmt.Println("interface", f == a, f == b)
	f = runtime.FuncForPC(reflect.ValueOf(T.V).Pointer())
	a, b = c.V()
	fmt.Println("interface", f == a, f == b)
}
