// run

// A nil pointer is reported on the line of the load, whatever uses the value.
package main

import (
	"fmt"
	"runtime"
)

type T struct {
	a int32
	b uint8
	f float64
	p *T
}

var sink int64

func line() {
	recover()
	for i := 1; ; i++ {
		pc, _, l, ok := runtime.Caller(i)
		if !ok {
			return
		}
		if name := runtime.FuncForPC(pc).Name(); len(name) > 5 && name[:5] == "main." {
			fmt.Println(name, l)
			return
		}
	}
}

func extend(t *T) {
	defer line()
	v := t.a
	sink = int64(v)
}

func add(t *T, x int32) {
	defer line()
	v := t.a

	sink = int64(x + v)
}

func compare(t *T) {
	defer line()
	v := t.b
	if v == 3 {
		sink++
	}
}

func float(t *T, f float64) {
	defer line()
	v := t.f
	f = f * v
	sink = int64(f)
}

func chain(t *T) {
	defer line()
	q := t.p
	r :=
		q.p
	sink = int64(r.a)
}

func main() {
	extend(nil)
	add(nil, 3)
	compare(nil)
	float(nil, 2)
	chain(nil)
	chain(&T{})
	chain(&T{p: &T{}})
}
