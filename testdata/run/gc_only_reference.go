// run

package main

import (
	"fmt"
	"reflect"
	"runtime"
	"sync"
	"time"
	"unsafe"
)

// Objects whose only reference is in an unusual place survive collections.

type obj struct {
	magic int
	pad   [5]int
	link  *obj
}

const magic = 0x5eed5eed

//go:noinline
func mk() *obj { return &obj{magic: magic, link: &obj{magic: magic + 1}} }

func (o *obj) ok() bool { return o.magic == magic && o.link.magic == magic+1 }

func (o *obj) method() bool { return o.ok() }

//go:noinline
func collect() {
	for range 3 {
		runtime.GC()
		garbage := make([]*obj, 0, 100)
		for i := 0; i < 100; i++ {
			garbage = append(garbage, &obj{magic: -1})
		}
		runtime.KeepAlive(garbage)
	}
}

func check(what string, ok bool) {
	if !ok {
		fmt.Println(what, "lost its object")
	}
}

type shape interface{ method() bool }

type inner struct {
	a [10]int
	o obj
	b [10]int
}

//go:noinline
func deep(n int, o *obj) bool {
	if n == 0 {
		collect()
		return o.ok()
	}
	return deep(n-1, o) && n >= 0
}

//go:noinline
func deferred() (ok bool) {
	o := mk()
	defer func(p *obj) { ok = p.ok() }(o)
	o = nil
	collect()
	return false
}

//go:noinline
func deferredLoop() (n int) {
	for i := range 5 {
		defer func(p *obj) {
			if p.ok() {
				n += i
			}
		}(mk())
	}
	collect()
	return 0
}

//go:noinline
func panicking() (ok bool) {
	defer func() {
		v := recover()
		collect()
		ok = v.(*obj).ok()
	}()
	defer collect()
	panic(mk())
}

func main() {
	c := make(chan *obj, 4)
	c <- mk()
	collect()
	check("a channel's buffer", (<-c).ok())

	unbuffered := make(chan *obj)
	go func() { unbuffered <- mk() }()
	runtime.Gosched()
	collect()
	check("a parked sender", (<-unbuffered).ok())

	never := make(chan int)
	go func() {
		select {
		case unbuffered <- mk():
		case <-never:
		}
	}()
	runtime.Gosched()
	collect()
	check("a parked select", (<-unbuffered).ok())

	m := map[int]*obj{1: mk()}
	byKey := map[*obj]int{mk(): 1}
	byValue := map[string]obj{"x": *mk()}
	iface := map[any]any{*mk(): mk()}
	collect()
	check("a map", m[1].ok())
	for k := range byKey {
		check("a map's key", k.ok())
	}
	o := byValue["x"]
	check("a map's value", o.ok())
	for k, v := range iface {
		k := k.(obj)
		check("a map's interfaces", k.ok() && v.(*obj).ok())
	}

	f := func() func() bool { o := mk(); return func() bool { return o.ok() } }()
	collect()
	check("a closure", f())

	check("a deferred call", deferred())
	check("deferred calls", deferredLoop() == 10)
	check("a panic", panicking())

	done := make(chan bool)
	time.AfterFunc(5*time.Millisecond, func(o *obj) func() { return func() { done <- o.ok() } }(mk()))
	collect()
	check("a timer", <-done)

	go func(o *obj) { collect(); done <- o.ok() }(mk())
	collect()
	check("a goroutine's argument", <-done)

	mv := mk().method
	collect()
	check("a method value", mv())

	rv := reflect.ValueOf(mk())
	rm := rv.MethodByName("method")
	_ = rm
	re := reflect.ValueOf(mk()).Elem().Field(0)
	collect()
	check("a reflect.Value", rv.Elem().Field(0).Int() == magic && re.Int() == magic)

	var sm sync.Map
	sm.Store("k", mk())
	collect()
	v, _ := sm.Load("k")
	check("a sync.Map", v.(*obj).ok())

	var s shape = mk()
	collect()
	check("an interface", s.method())

	in := &(&inner{o: *mk()}).o
	arr := make([]obj, 50)
	arr[49] = *mk()
	last := &arr[49].magic
	link := &arr[49].link
	arr = nil
	collect()
	check("a pointer into a struct", in.ok())
	check("a pointer into a slice", *last == magic && (*link).magic == magic+1)

	big := make([]*obj, 100_000)
	big[99_999] = mk()
	tail := big[99_999:]
	sub := tail[:1:1]
	big, tail = nil, nil
	collect()
	check("a slice of a slice", sub[0].ok())

	up := unsafe.Pointer(mk())
	up = unsafe.Add(up, unsafe.Offsetof(obj{}.link))
	collect()
	check("an unsafe.Pointer", (*(**obj)(up)).magic == magic+1)

	str := string(append([]byte("some text "), "that is not constant"...))[5:9]
	collect()
	check("a part of a string", str == "text")

	var arr3 [3]any
	arr3[1] = mk()
	p := &arr3
	collect()
	check("an array of interfaces", p[1].(*obj).ok())

	check("deep frames", deep(2000, mk()))

	pool := sync.Pool{New: func() any { return mk() }}
	pool.Put(mk())
	collect()
	check("a sync.Pool", pool.Get().(*obj).ok())

	var once sync.Once
	once.Do(func() { o := mk(); collect(); check("a sync.Once", o.ok()) })

	next := func() func() (*obj, bool) {
		seq := func(yield func(*obj) bool) {
			for range 3 {
				o := mk()
				collect()
				if !yield(o) {
					return
				}
			}
		}
		var all []*obj
		for o := range seq {
			all = append(all, o)
		}
		return func() (*obj, bool) { o := all[0]; all = all[1:]; return o, len(all) > 0 }
	}()
	for more := true; more; {
		var o *obj
		o, more = next()
		check("an iterator", o.ok())
	}
	fmt.Println("done")
}
