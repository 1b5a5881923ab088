// run

package main

import (
	"fmt"
	"runtime"
	"unsafe"
	"weak"
)

// A variable whose address is taken keeps alive what it points to while something that is alive
// leads to the variable, not for as long as its function runs.

type payload struct {
	id   int
	room [6]int
}

type holder struct {
	p    *payload
	next *holder
}

type probe struct {
	name string
	w    weak.Pointer[payload]
}

func newProbe(name string) (*payload, probe) {
	p := &payload{id: len(name)}
	return p, probe{name, weak.Make(p)}
}

func (p probe) say(when string) {
	runtime.GC()
	fmt.Println(p.name, when, p.w.Value() != nil)
}

//go:noinline
func use(h *holder, p probe) {
	p.say("in the callee")
	runtime.KeepAlive(h)
	p.say("in the callee, after its last use")
}

//go:noinline
func passed() {
	var h holder
	var p probe
	h.p, p = newProbe("passed")
	use(&h, p)
	p.say("after the call")
}

//go:noinline
func loadedLater() {
	var h holder
	var p probe
	h.p, p = newProbe("loaded")
	use(&h, p)
	p.say("before the load")
	fmt.Println(h.p.id)
	p.say("after the load")
}

//go:noinline
func chain() {
	var a, b, c holder
	var p probe
	c.p, p = newProbe("chain")
	a.next = &b
	b.next = &c
	walk(&a, p)
	p.say("after the walk")
}

//go:noinline
func walk(h *holder, p probe) {
	for h.next != nil {
		h = h.next
		p.say("on the way")
	}
	fmt.Println(h.p.id)
	p.say("at the end")
}

//go:noinline
func captured() {
	var h holder
	var p probe
	h.p, p = newProbe("captured")
	f := func() int { return h.p.id }
	p.say("before the closure runs")
	fmt.Println(call(f))
	p.say("after the closure")
}

//go:noinline
func call(f func() int) int { return f() }

//go:noinline
func loop() {
	var h holder
	for i := range 3 {
		var p probe
		h.p, p = newProbe(fmt.Sprint("loop", i))
		touch(&h)
		p.say("in the loop")
	}
	fmt.Println(h.p.id)
}

//go:noinline
func touch(h *holder) { h.p.room[0]++ }

//go:noinline
func sent() {
	c := make(chan holder)
	p := func() probe {
		h, p := newProbe("sent")
		go func() { c <- holder{p: h} }()
		return p
	}()
	runtime.Gosched()
	p.say("while the sender waits")
	fmt.Println((<-c).p.id)
}

//go:noinline
func selected() {
	c, d := make(chan holder), make(chan int)
	p := func() probe {
		h, p := newProbe("selected")
		go func() {
			select {
			case c <- holder{p: h}:
			case <-d:
			}
		}()
		return p
	}()
	runtime.Gosched()
	p.say("while the sender waits")
	fmt.Println((<-c).p.id)
}

//go:noinline
func deferred() {
	var h holder
	var p probe
	h.p, p = newProbe("deferred")
	defer func() {
		p.say("in the deferred function")
		fmt.Println(h.p.id)
	}()
	touch(&h)
	var nothing *payload
	defer func() { recover() }()
	nothing.id = 1
}

type T struct{}

var callback func()

//go:noinline
//go:uintptrescapes
func (T) M(n int, ptr uintptr) { callback() }

//go:noinline
func kept() {
	h, p := newProbe("kept")
	callback = func() { p.say("as uintptr") }
	T{}.M(1, uintptr(unsafe.Pointer(h)))
	p.say("after the call")
}

func main() {
	passed()
	loadedLater()
	chain()
	captured()
	loop()
	sent()
	selected()
	deferred()
	kept()
}
