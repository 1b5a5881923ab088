// run

// Finalizers, cleanups, weak pointers and unique handles, in the order that Go promises.
package main

import (
	"fmt"
	"runtime"
	"sync"
	"time"
	"unique"
	"weak"
)

type node struct {
	name string
	next *node
	pad  [4]int
}

// events collects what finalizers and cleanups report.
var events = make(chan string, 100)

// wait collects until n events have come, or it takes too long.
func wait(n int) []string {
	var got []string
	for i := 0; i < 200 && len(got) < n; i++ {
		runtime.GC()
		for {
			select {
			case e := <-events:
				got = append(got, e)
				continue
			case <-time.After(2 * time.Millisecond):
			}
			break
		}
	}
	return got
}

// none says that nothing more happens.
func none() bool {
	for i := 0; i < 3; i++ {
		runtime.GC()
		time.Sleep(time.Millisecond)
	}
	return len(events) == 0
}

var saved *node

//go:noinline
func chain() {
	// a refers to b refers to c: each is finalized before what it refers to.
	c := &node{name: "c"}
	b := &node{name: "b", next: c}
	a := &node{name: "a", next: b}
	for _, n := range []*node{c, a, b} {
		runtime.SetFinalizer(n, func(n *node) { events <- n.name })
	}
}

//go:noinline
func resurrect() {
	n := &node{name: "phoenix", next: &node{name: "ash"}}
	runtime.SetFinalizer(n, func(n *node) {
		saved = n
		events <- "saved " + n.name + " " + n.next.name
	})
}

//go:noinline
func cleared() {
	n := &node{name: "cleared"}
	runtime.SetFinalizer(n, func(n *node) { events <- "must not run" })
	runtime.SetFinalizer(n, nil)
}

type named interface{ Name() string }

func (n *node) Name() string { return n.name }

//go:noinline
func interfaces() {
	runtime.SetFinalizer(&node{name: "as interface"}, func(x named) { events <- x.Name() })
	runtime.SetFinalizer(&node{name: "as any"}, func(x any) { events <- x.(*node).name })
	runtime.SetFinalizer(&node{name: "with results"}, func(x *node) ([6]string, error) {
		events <- x.name
		return [6]string{}, nil
	})
}

//go:noinline
func cleanups() weak.Pointer[node] {
	n := &node{name: "cleaned"}
	for i := 0; i < 3; i++ {
		runtime.AddCleanup(n, func(i int) { events <- fmt.Sprint("cleanup ", i) }, i)
	}
	stopped := runtime.AddCleanup(n, func(s string) { events <- s }, "must not run")
	stopped.Stop()
	// A pointer into the object.
	runtime.AddCleanup(&n.pad[2], func(s string) { events <- s }, "cleanup inside")
	return weak.Make(n)
}

//go:noinline
func weakAndFinalizer() weak.Pointer[node] {
	n := &node{name: "both"}
	w := weak.Make(n)
	runtime.SetFinalizer(n, func(n *node) {
		// The weak pointer is nil before the finalizer runs.
		events <- fmt.Sprint("finalized, weak is nil: ", w.Value() == nil)
	})
	return w
}

type cache struct {
	mu sync.Mutex
	m  map[string]weak.Pointer[node]
}

func (c *cache) get(name string) *node {
	c.mu.Lock()
	defer c.mu.Unlock()
	if w, ok := c.m[name]; ok {
		if n := w.Value(); n != nil {
			return n
		}
	}
	n := &node{name: name}
	c.m[name] = weak.Make(n)
	runtime.AddCleanup(n, func(name string) {
		c.mu.Lock()
		defer c.mu.Unlock()
		if w := c.m[name]; w.Value() == nil {
			delete(c.m, name)
		}
		events <- "evicted " + name
	}, name)
	return n
}

//go:noinline
func useCache(c *cache) *node {
	kept := c.get("kept")
	c.get("dropped")
	if c.get("kept") != kept {
		fmt.Println("BAD: two objects")
	}
	return kept
}

func sorted(s []string) []string {
	for i := range s {
		for j := i; j > 0 && s[j] < s[j-1]; j-- {
			s[j], s[j-1] = s[j-1], s[j]
		}
	}
	return s
}

func main() {
	chain()
	fmt.Println(wait(3))
	resurrect()
	fmt.Println(wait(1), saved.name, saved.next.name)
	name := saved.name
	saved = nil
	fmt.Println(none(), name)
	cleared()
	fmt.Println(none())
	interfaces()
	fmt.Println(sorted(wait(3)))
	w := cleanups()
	fmt.Println(sorted(wait(4)), w.Value() == nil)
	w = weakAndFinalizer()
	fmt.Println(wait(1), w.Value() == nil)

	// Equal pointers have equal weak pointers, also after death.
	n := &node{name: "strong"}
	w1, w2, w3 := weak.Make(n), weak.Make(n), weak.Make(&n.pad[1])
	fmt.Println(w1 == w2, w1.Value() == n, w3.Value() == &n.pad[1], weak.Make(&n.pad[2]) == w3)
	runtime.GC()
	fmt.Println(w1.Value().name)
	runtime.KeepAlive(n)
	n = nil
	runtime.GC()
	fmt.Println(w1 == w2, w1.Value(), w3.Value())

	c := &cache{m: map[string]weak.Pointer[node]{}}
	kept := useCache(c)
	fmt.Println(wait(1), len(c.m), c.get("kept") == kept)
	runtime.KeepAlive(kept)

	// Handles of equal values are equal as long as one is alive.
	h1 := unique.Make(fmt.Sprint("unique ", 42))
	runtime.GC()
	h2 := unique.Make(fmt.Sprint("unique ", 42))
	fmt.Println(h1 == h2, h1.Value(), unique.Make("other") == h1)
	for i := 0; i < 20000; i++ {
		unique.Make(fmt.Sprint("garbage ", i))
	}
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	fmt.Println(m.HeapAlloc < 8<<20, h1 == h2)
}
