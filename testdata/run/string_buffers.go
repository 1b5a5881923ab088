// run

// Short strings that do not outlive their function lie on its stack: none may change behind the back of
// somebody who still has it.
package main

import (
	"fmt"
	"runtime"
	"strconv"
	"strings"
)

var kept []string
var sink int

//go:noinline
func use(s string) int { return len(s) + int(s[0]) }

//go:noinline
func keep(s string) { kept = append(kept, s) }

//go:noinline
func grow(n int) int {
	var pad [256]byte
	pad[n&255] = 1
	if n == 0 {
		return int(pad[0])
	}
	return grow(n-1) + int(pad[n&255])
}

// loop compares each string with the one before.
//
//go:noinline
func loop(b []byte) (changes int) {
	last := ""
	for i := range b {
		s := string(b[i/2 : i/2+2])
		if s != last {
			changes++
		}
		last = s
	}
	return changes
}

//go:noinline
func lastOf(b []byte) string {
	var s string
	for i := range b {
		s = string(b[i:]) + "!"
	}
	return s
}

// inHolder keeps a string in an object that stays.
//
//go:noinline
func inHolder(b []byte) int {
	var h struct{ a, b string }
	h.a = string(b[:3])
	h.b = h.a + "x"
	b[0] = 'z'
	grow(50)
	return use(h.a)*1000 + use(h.b)
}

//go:noinline
func concat(a, b string) int {
	t := a + b
	grow(40)
	u := t + ""
	return use(t) + use(u)
}

//go:noinline
func runes(s string) (n int) {
	for _, r := range []rune(s) {
		n += int(r)
	}
	bs := []byte(s)
	bs[0] = 'A'
	return n + int(bs[0]) + use(s) + use(string(rune(n&0xfff+1)))
}

//go:noinline
func deferred(b []byte) (r int) {
	s := string(b)
	defer func() {
		recover()
		r = use(s)
	}()
	var p *int
	return *p
}

type list struct {
	buf  []byte
	self *list
}

//go:noinline
func (l *list) add(s string) { l.buf = append(l.buf, s...) }

//go:noinline
func (l *list) link(m *list) { l.self = m }

//go:noinline
func (l *list) get() *list { return l.self }

//go:noinline
func lists() (int, *list) {
	var a, b, c list
	a.add("hello")
	b.add("x")
	a.link(&b)
	c.link(&c)
	grow(60)
	return len(a.buf) + len(a.get().buf) + len(c.get().buf), a.get()
}

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
	fmt.Println(loop([]byte("aabbccddee")), lastOf([]byte("abc")))
	fmt.Println(inHolder([]byte("abc")), concat("a", "b"), concat("", "b"), concat(strings.Repeat("q", 40), ""))
	fmt.Println(runes("héllo"), deferred([]byte("defer")))
	for i := range 5 {
		s := strconv.Itoa(i) + "-" + string(rune('a'+i))
		keep(s)
		keep(string([]byte(s)[1:]))
		keep(s + "")
	}
	grow(100)
	fmt.Println(kept)
	n, l := lists()
	fmt.Println(n, string(l.buf), l.self == nil)

	b := []byte("123456")
	fmt.Println(allocs(func() { sink, _ = strconv.Atoi(string(b)) }))
	fmt.Println(allocs(func() { sink = strings.Index("abcdef", string(rune('d'))) }))
	fmt.Println(allocs(func() {
		var sb strings.Builder
		sb.Grow(5)
		sb.WriteString("abcde")
		sink = len(sb.String())
	}))
}
