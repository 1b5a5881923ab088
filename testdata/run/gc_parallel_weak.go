// run

package main

import (
	"fmt"
	"runtime"
	"sync"
	"sync/atomic"
	"unique"
	"weak"
)

// Finalizers, cleanups, weak pointers and unique values of objects that die on several processors.

type thing struct {
	id   int
	link *thing
}

func main() {
	runtime.GOMAXPROCS(4)
	var finalized, cleaned, revived atomic.Int64
	var saved sync.Map
	var wg sync.WaitGroup
	const workers, each = 6, 200
	weaks := make([][]weak.Pointer[thing], workers)
	keep := make([][]*thing, workers)
	for w := range workers {
		wg.Add(1)
		go func() {
			defer wg.Done()
			for i := range each {
				t := &thing{id: w*each + i, link: &thing{id: -i}}
				runtime.SetFinalizer(t, func(t *thing) {
					if t.link.id != -(t.id % each) {
						panic("finalizer saw a broken object")
					}
					if t.id%10 == 0 {
						saved.Store(t.id, t)
						revived.Add(1)
					}
					finalized.Add(1)
				})
				runtime.AddCleanup(t.link, func(n int) { cleaned.Add(1) }, i)
				weaks[w] = append(weaks[w], weak.Make(t))
				if i%4 == 0 {
					keep[w] = append(keep[w], t)
				}
				h := unique.Make(fmt.Sprint("value ", i%20))
				if h.Value() != fmt.Sprint("value ", i%20) || h != unique.Make(fmt.Sprint("value ", i%20)) {
					panic("unique")
				}
				if p := weaks[w][i/2].Value(); p != nil && p.id != w*each+i/2 {
					panic("weak")
				}
			}
		}()
	}
	wg.Wait()
	for range 10 {
		runtime.GC()
	}
	live := 0
	for w := range weaks {
		for i, p := range weaks[w] {
			t := p.Value()
			if i%4 == 0 && (t == nil || t != keep[w][i/4]) {
				panic("a live object's weak pointer")
			}
			if t != nil {
				live++
			}
		}
	}
	fmt.Println("live", live)
	want := int64(workers * each * 3 / 4)
	for finalized.Load() < want {
		runtime.GC()
		runtime.Gosched()
	}
	fmt.Println("finalized", finalized.Load())
	n := 0
	saved.Range(func(k, v any) bool {
		t := v.(*thing)
		if t.id != k.(int) || t.link == nil {
			panic("revived")
		}
		n++
		return true
	})
	fmt.Println("revived", n == int(revived.Load()), n)
	for cleaned.Load() < want-int64(n) {
		runtime.GC()
		runtime.Gosched()
	}
	fmt.Println("cleaned", cleaned.Load() == want-int64(n))
	runtime.KeepAlive(keep)
}
