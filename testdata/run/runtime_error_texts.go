// run

package main

import (
	"errors"
	"fmt"
	"runtime"
	"strings"
	"unsafe"
)

// Every run-time error that a program can recover from, with its text and its kind.

type t1 struct{ a, b int }
type t2 struct{ a, b int }
type namer interface{ name() string }
type other interface{ other() }
type impl struct{}

func (*impl) name() string { return "" }

type uncomparable struct{ f func() }
type nested struct {
	n int
	a [1]any
}

var (
	zero    = 0
	neg     = -1
	three   = 3
	five    = 5
	big     = 1 << 62
	u8      = uint8(200)
	u64     = uint64(1) << 63
	s       = []int{1, 2, 3}
	s7      = make([]int, 3, 7)
	str     = "hello"
	arr     = [4]int{}
	parr    *[4]int
	pt      *t1
	e       any
	n       namer
	nilmap  map[string]int
	nilfn   func()
	nilchan chan int
	i64     = int64(-5)
)

func try(what string, f func()) {
	defer func() {
		r := recover()
		_, isRuntime := r.(runtime.Error)
		var pe interface{ RuntimeError() }
		err, isErr := r.(error)
		as := isErr && errors.As(err, &pe)
		fmt.Printf("%s: %v [%T %v %v]\n", what, r, r, isRuntime, as)
	}()
	f()
	fmt.Println(what, "did not panic")
}

func main() {
	// Indexes and slices; operands in every order.
	try("index slice", func() { _ = s[five] })
	try("index slice neg", func() { _ = s[neg] })
	try("index slice u8", func() { _ = s[u8] })
	try("index slice u64", func() { _ = s[u64] })
	try("index string", func() { _ = str[five] })
	try("index string neg", func() { _ = str[neg] })
	try("index array", func() { _ = arr[five] })
	try("index array pointer", func() { _ = (&arr)[five] })
	try("s[:n]", func() { _ = s[:five] })
	try("s[:neg]", func() { _ = s[:neg] })
	try("s7[:n]", func() { _ = s7[:u8] })
	try("s[n:]", func() { _ = s[five:] })
	try("s[neg:]", func() { _ = s[neg:] })
	try("s[a:b]", func() { _ = s[three:zero] })
	try("s[neg:b]", func() { _ = s[neg:three] })
	try("s[a:b] u64", func() { _ = s[u64:three] })
	try("str[:n]", func() { _ = str[:u8] })
	try("str[:neg]", func() { _ = str[:neg] })
	try("str[n:]", func() { _ = str[u8:] })
	try("str[a:b]", func() { _ = str[five:three] })
	try("arr[:n]", func() { _ = arr[:five] })
	try("arr[n:]", func() { _ = arr[five:] })
	try("arr[a:b]", func() { _ = arr[three:zero] })
	try("s[:: max]", func() { _ = s[zero:zero:five] })
	try("s[:: max neg]", func() { _ = s[zero:zero:neg] })
	try("s[:b:max]", func() { _ = s7[zero:five:three] })
	try("s[:neg:max]", func() { _ = s7[zero:neg:three] })
	try("s[a:b:max]", func() { _ = s7[five:three:five] })
	try("s[neg:b:max]", func() { _ = s7[neg:three:five] })
	try("arr[::max]", func() { _ = arr[zero:zero:five] })
	// Conversions of slices.
	try("slice to array", func() { _ = [4]int(s) })
	try("slice to array pointer", func() { _ = (*[4]int)(s) })
	try("slice to array nil", func() { _ = [1]int([]int(nil)) })
	// make, unsafe.
	try("makeslice len", func() { _ = make([]int, neg) })
	try("makeslice big", func() { _ = make([]int, big) })
	try("makeslice cap", func() { _ = make([]int, 1, neg) })
	try("makeslice cap < len", func() { _ = make([]int, five, three) })
	try("makeslice u64", func() { _ = make([]byte, u64) })
	try("makechan", func() { _ = make(chan int, neg) })
	try("makechan big", func() { _ = make(chan int, big) })
	try("makemap neg", func() { _ = make(map[int]int, neg); panic("fine") })
	try("unsafe.Slice neg", func() { x := 1; _ = unsafe.Slice(&x, neg) })
	try("unsafe.Slice nil", func() { var p *int; _ = unsafe.Slice(p, three) })
	try("unsafe.Slice big", func() { x := 1; _ = unsafe.Slice(&x, big) })
	try("unsafe.String neg", func() { x := byte(1); _ = unsafe.String(&x, neg) })
	try("unsafe.String nil", func() { var p *byte; _ = unsafe.String(p, three) })
	try("strings.Repeat", func() { strings.Repeat("x", neg) })
	// Arithmetic.
	try("divide", func() { _ = five / zero })
	try("remainder", func() { _ = five % zero })
	try("divide u", func() { _ = u64 / uint64(zero) })
	try("shift", func() { _ = five << neg })
	try("shift right", func() { _ = five >> i64 })
	// nil.
	try("nil pointer", func() { _ = pt.b })
	try("nil pointer store", func() { pt.a = 1 })
	try("nil array", func() { _ = parr[1] })
	try("nil array slice", func() { _ = parr[:] })
	try("nil func", func() { nilfn() })
	try("nil interface", func() { n.name() })
	try("nil map", func() { nilmap["x"] = 1 })
	try("nil struct copy", func() { x := *pt; _ = x })
	try("nil deref embedded", func() {
		var p *struct{ *t1 }
		_ = p.a
	})
	// Channels.
	try("close nil", func() { close(nilchan) })
	try("close closed", func() { c := make(chan int); close(c); close(c) })
	try("send closed", func() { c := make(chan int, 1); close(c); c <- 1 })
	try("select send closed", func() {
		c := make(chan int, 1)
		close(c)
		select {
		case c <- 1:
		default:
		}
	})
	// Type assertions.
	try("assert nil", func() { _ = e.(int) })
	try("assert nil iface", func() { _ = e.(namer) })
	try("assert named nil", func() { _ = n.(*impl) })
	e = "x"
	try("assert int", func() { _ = e.(int) })
	try("assert iface", func() { _ = e.(namer) })
	try("assert error", func() { _ = e.(error) })
	e = t2{}
	try("assert t1", func() { _ = e.(t1) })
	e = impl{}
	try("assert pointer receiver", func() { _ = e.(namer) })
	n = &impl{}
	try("assert other", func() { _ = n.(other) })
	try("assert struct", func() { _ = e.(struct{ x int }) })
	try("assert func", func() { _ = e.(func(int) string) })
	try("assert generic", func() { _ = e.(pair[int, string]) })
	// Hashing and comparing.
	m := map[any]int{}
	try("hash func", func() { m[func() {}] = 1 })
	try("hash slice", func() { _ = m[[]int{}] })
	try("hash map", func() { delete(m, any(map[int]int{})); m[map[int]int{}] = 1 })
	try("hash struct", func() { m[uncomparable{}] = 1 })
	try("hash nested", func() { m[nested{a: [1]any{[]int{}}}] = 1 })
	var x, y any = uncomparable{}, uncomparable{}
	try("compare struct", func() { _ = x == y })
	x, y = []int{1}, []int{1}
	try("compare slice", func() { _ = x == y })
	x, y = nested{a: [1]any{[]int{}}}, nested{a: [1]any{[]int{}}}
	try("compare nested", func() { _ = x == y })
	x, y = func() {}, func() {}
	try("compare func", func() { _ = x == y })
	// Values.
	try("panic nil", func() { panic(nil) })
	try("panic error", func() { panic(fmt.Errorf("an error")) })
	try("value method", func() {
		e = (*valued)(nil)
		e.(interface{ get() int }).get()
	})
	try("value method expression", func() {
		var p *valued
		_ = p.get
	})
	try("goexit in range", func() {
		var saved func(int) bool
		for x := range func(yield func(int) bool) { saved = yield; yield(1) } {
			_ = x
		}
		saved(2)
	})
	try("range continues", func() {
		for x := range func(yield func(int) bool) { yield(1); yield(2) } {
			_ = x
			break
		}
	})
}

type pair[A, B any] struct {
	a A
	b B
}

type valued struct{ n int }

func (v valued) get() int { return v.n }
