// run

// Bytes converted to strings that are only compared, looked up or concatenated need no copy, and nobody can tell.
package main

import (
	"bytes"
	"fmt"
	"runtime"
)

type text string

var long = bytes.Repeat([]byte("0123456789"), 10)
var sinkInt int
var sinkBool bool
var sinkString string

//go:noinline
func change(b []byte) string {
	b[0]++
	return string(b)
}

//go:noinline
func equal(a, b []byte) bool { return string(a) == string(b) }

//go:noinline
func less(a, b []byte) bool { return text(a) < text(b) }

//go:noinline
func lookup(m map[string]int, b []byte) (int, bool) {
	v, ok := m[string(b)]
	return v, ok
}

//go:noinline
func with(b []byte) string { return "<" + string(b) + ">" }

//go:noinline
func plain(a, b []byte) string { return string(a) + string(b) }

func allocs(f func()) uint64 {
	f()
	var a, b runtime.MemStats
	runtime.ReadMemStats(&a)
	for range 100 {
		f()
	}
	runtime.ReadMemStats(&b)
	return (b.Mallocs - a.Mallocs) / 100
}

func main() {
	a, b := []byte("abc"), []byte("abd")
	fmt.Println(equal(a, b), equal(a, a), less(a, b), less(b, a), equal(nil, []byte{}))
	fmt.Println(lookup(map[string]int{"abc": 1}, a))
	fmt.Println(with(a), with(nil), plain(a, nil), plain(nil, nil) == "")
	s := plain(nil, a)
	a[0] = 'x'
	fmt.Println(s, string(a))
	same := string(a) == change(a)
	fmt.Println(same)
	same = change(a) == string(a)
	fmt.Println(same, string(a))
	t := with(a)
	a[0] = 'y'
	fmt.Println(t)
	other := bytes.Clone(long)
	m := map[string]int{string(long): 7}
	fmt.Println(
		allocs(func() { sinkBool = equal(long, other) }),
		allocs(func() { sinkBool = less(long, other) }),
		allocs(func() { sinkInt, sinkBool = lookup(m, other) }),
		allocs(func() { sinkString = with(other) }),
		allocs(func() { sinkBool = bytes.Equal(long, other) }),
	)
	fmt.Println(sinkBool, sinkInt, len(sinkString))
}
