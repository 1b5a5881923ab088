// run

package main

import (
	"fmt"
	"sync"
	"sync/atomic"
	"unsafe"
)

type config struct {
	name string
	n    int
}

func main() {
	var i32 int32
	var i64 int64
	var u32 uint32
	var u64 uint64
	var up uintptr
	fmt.Println(atomic.AddInt32(&i32, 5), atomic.AddInt64(&i64, -7), atomic.AddUint32(&u32, ^uint32(0)), atomic.AddUint64(&u64, 1<<63), atomic.AddUintptr(&up, 3))
	fmt.Println(atomic.CompareAndSwapInt32(&i32, 5, 10), atomic.CompareAndSwapInt32(&i32, 5, 20), atomic.LoadInt32(&i32))
	fmt.Println(atomic.SwapInt64(&i64, 100), atomic.LoadInt64(&i64))
	atomic.StoreUint64(&u64, 77)
	fmt.Println(atomic.LoadUint64(&u64), atomic.OrUint32(&u32, 1), atomic.AndUint32(&u32, 0xff), u32)
	fmt.Println(atomic.OrInt64(&i64, 3), atomic.AndInt64(&i64, 6), i64)
	var a atomic.Int64
	var b atomic.Bool
	var u atomic.Uint32
	a.Store(5)
	fmt.Println(a.Add(2), a.Swap(1), a.CompareAndSwap(1, 9), a.Load(), a.Or(6), a.And(12), a.Load())
	fmt.Println(b.Swap(true), b.Load(), b.CompareAndSwap(true, false), u.Add(^uint32(0)))
	var p atomic.Pointer[config]
	fmt.Println(p.Load() == nil)
	c := &config{"first", 1}
	p.Store(c)
	fmt.Println(p.Load().name, p.CompareAndSwap(c, &config{"second", 2}), p.Load().n, p.Swap(nil).name)
	var v atomic.Value
	fmt.Println(v.Load())
	v.Store([]int{1, 2})
	fmt.Println(v.Load(), v.Swap([]int{3}).([]int)[1])
	func() {
		defer func() { fmt.Println(recover()) }()
		v.Store("other type")
	}()
	func() {
		defer func() { fmt.Println(recover()) }()
		v.Store(nil)
	}()
	var ptr unsafe.Pointer
	x := 5
	atomic.StorePointer(&ptr, unsafe.Pointer(&x))
	fmt.Println(*(*int)(atomic.LoadPointer(&ptr)))
	var wg sync.WaitGroup
	var total atomic.Uint64
	var cas int64
	for i := range 50 {
		wg.Add(1)
		go func() {
			defer wg.Done()
			for range 100 {
				total.Add(uint64(i))
				for {
					old := atomic.LoadInt64(&cas)
					if atomic.CompareAndSwapInt64(&cas, old, old+1) {
						break
					}
				}
			}
		}()
	}
	wg.Wait()
	fmt.Println(total.Load(), cas)
	var s struct {
		pad bool
		n   atomic.Int64
	}
	fmt.Println(s.n.Add(1))
}
