// run

package main

import (
	"fmt"
	"iter"
	"reflect"
	"runtime"
	"strings"
)

// Variables whose address is taken are found wherever the address is: in other variables, in
// closures, in frames that grow, in arguments of functions made by reflection, in what a parked
// goroutine sends or receives.

type node struct {
	name *string
	next *node
	pad  [3]int
}

type big struct {
	names [6]*string
	n     int
	tail  []string
}

//go:noinline
func str(s string) *string {
	t := strings.Repeat(s, 3)
	return &t
}

//go:noinline
func garbage() {
	for i := range 50 {
		_ = str(fmt.Sprint(i, "garbage"))
	}
	runtime.GC()
}

//go:noinline
func grow(n int) int {
	var room [64]int
	if n > 0 {
		room[n%64] = grow(n - 1)
	}
	return room[n%64] + 1
}

// A list through the frames of a recursion.
//
//go:noinline
func chain(depth int, prev *node) int {
	me := node{name: str(fmt.Sprint(depth)), next: prev}
	if depth == 0 {
		garbage()
		grow(200)
		garbage()
		n := 0
		for p := &me; p != nil; p = p.next {
			n += len(*p.name)
		}
		return n
	}
	n := chain(depth-1, &me)
	garbageNow := me.name
	return n + len(*garbageNow)
}

// Pointers into the middle of arrays and structures, chosen at run time.
//
//go:noinline
func interior(pick int) string {
	var arr [8]node
	for i := range arr {
		arr[i].name = str(fmt.Sprint("i", i))
	}
	var s big
	for i := range s.names {
		s.names[i] = str(fmt.Sprint("s", i))
	}
	p := &arr[pick].name
	if pick%2 == 1 {
		p = &s.names[pick%6]
	}
	garbage()
	grow(pick * 30)
	garbage()
	return **p
}

// A slice of an array in the frame.
//
//go:noinline
func sliced(n int) string {
	var arr [10]*string
	s := arr[:0]
	for i := range n {
		s = append(s, str(fmt.Sprint("x", i)))
		garbage()
	}
	r := ""
	for _, p := range s {
		r += *p
	}
	return r
}

// Written by a callee, read much later, overwritten in a loop.
//
//go:noinline
func filled() string {
	r := ""
	for i := range 4 {
		var b big
		fill(&b, i)
		garbage()
		grow(50 * i)
		if i%2 == 0 {
			r += *b.names[i] + b.tail[0]
		}
	}
	return r
}

//go:noinline
func fill(b *big, i int) {
	garbage()
	for k := range b.names {
		b.names[k] = str(fmt.Sprint(i, ".", k))
	}
	garbage()
	b.tail = []string{*str("tail")}
}

//go:noinline
func result(i int) (b big, err error) {
	defer func() {
		garbage()
		if r := recover(); r != nil {
			err = fmt.Errorf("recovered: %v", r)
			b.tail = append(b.tail, "recovered")
		}
	}()
	fill(&b, i)
	if i == 1 {
		var p *big
		p.n++
	}
	return b, nil
}

// Deferred functions see variables through pointers in other variables.
//
//go:noinline
func deferred(fail bool) (r string) {
	a := node{name: str("a")}
	b := node{name: str("b"), next: &a}
	p := &b
	defer func() {
		garbage()
		r = *p.next.name + *p.name + fmt.Sprint(recover() != nil)
	}()
	touch(p)
	garbage()
	if fail {
		var q *node
		q.pad[0] = 1
	}
	return "no"
}

//go:noinline
func touch(p *node) { p.pad[1]++ }

// Functions made by reflection get large arguments in the caller's frame.
func reflected() {
	typ := reflect.TypeFor[func(big, int, big) big]()
	made := reflect.MakeFunc(typ, func(args []reflect.Value) []reflect.Value {
		garbage()
		x, y := args[0].Interface().(big), args[2].Interface().(big)
		garbage()
		x.names[0], x.tail = y.names[1], append(x.tail, y.tail...)
		return []reflect.Value{reflect.ValueOf(x)}
	}).Interface().(func(big, int, big) big)
	r := callMade(made)
	garbage()
	fmt.Println(*r.names[0], *r.names[1], r.tail)
	m := reflect.ValueOf(&r).Method(0).Interface().(func(big) string)
	fmt.Println(callMethod(m))
	out := reflect.ValueOf(callMade).Call([]reflect.Value{reflect.ValueOf(made)})
	garbage()
	fmt.Println(len(out[0].Interface().(big).tail))
}

func (b *big) Join(o big) string {
	garbage()
	return *b.names[1] + *o.names[2]
}

//go:noinline
func callMade(f func(big, int, big) big) big {
	var x, y big
	fill(&x, 7)
	fill(&y, 8)
	return f(x, 1, y)
}

//go:noinline
func callMethod(f func(big) string) string {
	var x big
	fill(&x, 9)
	return f(x)
}

// Parked senders and receivers of large values.
func channels() {
	c, d, done := make(chan big), make(chan big), make(chan string)
	go func() {
		var b big
		fill(&b, 3)
		c <- b
		fill(&b, 4)
		select {
		case d <- b:
		case c <- b:
		}
		done <- *b.names[0]
	}()
	go func() {
		var b big
		select {
		case b = <-c:
		case <-done:
		}
		grow(100)
		garbage()
		x := <-d
		garbage()
		done <- *b.names[5] + *x.names[5]
	}()
	garbage()
	runtime.Gosched()
	garbage()
	r := []string{<-done, <-done}
	if len(r[0]) > len(r[1]) {
		r[0], r[1] = r[1], r[0]
	}
	fmt.Println(r)
}

func seq(b *big) iter.Seq[*string] {
	return func(yield func(*string) bool) {
		own := node{name: str("own")}
		for _, p := range b.names {
			garbage()
			if !yield(p) {
				break
			}
		}
		yield(own.name)
	}
}

func iterated() {
	var b big
	fill(&b, 5)
	r := ""
	for p := range seq(&b) {
		r += *p
	}
	next, stop := iter.Pull(seq(&b))
	defer stop()
	for range 3 {
		p, _ := next()
		garbage()
		r += *p
	}
	fmt.Println(r)
}

// A loop that is interrupted.
//
//go:noinline
func busy(p *big, stop *bool) int {
	n := 0
	for i := 0; i < 2_000_000; i++ {
		n += len(*p.names[i%6]) & (i & 1)
	}
	return n
}

func interrupted() {
	quit := make(chan bool)
	go func() {
		for {
			select {
			case <-quit:
				quit <- true
				return
			default:
				runtime.GC()
			}
		}
	}()
	var b big
	fill(&b, 6)
	for range 5 {
		busy(&b, nil)
	}
	fmt.Println(busy(&b, nil), *b.names[3])
	quit <- true
	<-quit
}

func main() {
	fmt.Println(chain(20, nil))
	for i := range 8 {
		fmt.Print(interior(i), " ")
	}
	fmt.Println()
	fmt.Println(sliced(3), sliced(20))
	fmt.Println(filled())
	for i := range 2 {
		b, err := result(i)
		garbage()
		fmt.Println(*b.names[2], b.tail, err)
	}
	fmt.Println(deferred(false), deferred(true))
	reflected()
	channels()
	iterated()
	interrupted()
}
