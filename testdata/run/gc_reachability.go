// run

// Objects that are referred to from one unusual place only survive collections.
package main

import (
	"fmt"
	"reflect"
	"runtime"
	"sync"
	"time"
	"unsafe"
)

type payload struct {
	next *payload
	tag  string
	data [6]int
}

func newPayload(n int) *payload {
	p := &payload{tag: fmt.Sprint("payload-", n)}
	for i := range p.data {
		p.data[i] = n*10 + i
	}
	p.next = &payload{tag: fmt.Sprint("next-", n), data: p.data}
	return p
}

func (p *payload) check(n int) string {
	if p.tag != fmt.Sprint("payload-", n) || p.next.tag != fmt.Sprint("next-", n) {
		return "BAD TAG " + p.tag
	}
	for i := range p.data {
		if p.data[i] != n*10+i || p.next.data[i] != n*10+i {
			return "BAD DATA"
		}
	}
	return "ok"
}

func (p *payload) describe() string { return p.tag + "/" + p.next.tag }

var sink [][]byte

// churn collects, and reuses what was freed.
func churn() {
	for i := 0; i < 3; i++ {
		runtime.GC()
		sink = nil
		for j := 0; j < 3000; j++ {
			b := make([]byte, 16+j%300)
			for k := range b {
				b[k] = 0xFF
			}
			if j%10 == 0 {
				sink = append(sink, b)
			}
		}
	}
}

type inner struct{ a, b, c int }

type outer struct {
	head  [100]int
	inner inner
}

//go:noinline
func interior() *int {
	o := &outer{}
	o.inner.c = 77
	return &o.inner.c
}

//go:noinline
func tail() []int {
	big := make([]int, 10000)
	for i := range big {
		big[i] = i
	}
	return big[9990:9995:9995]
}

func main() {
	// A channel's buffer.
	ch := make(chan *payload, 4)
	for i := 0; i < 4; i++ {
		ch <- newPayload(i)
	}
	churn()
	for i := 0; i < 4; i++ {
		fmt.Println("chan", (<-ch).check(i))
	}

	// Maps, as keys and as elements, small and large.
	m := map[int]*payload{}
	keys := map[*payload]int{}
	for i := 0; i < 200; i++ {
		m[i] = newPayload(i)
		keys[newPayload(i)] = i
	}
	churn()
	bad := 0
	for i, p := range m {
		if p.check(i) != "ok" {
			bad++
		}
	}
	for p, i := range keys {
		if p.check(i) != "ok" {
			bad++
		}
	}
	fmt.Println("map", len(m), len(keys), bad)

	// A closure, a method value, an interface method value.
	p := newPayload(5)
	f := func() string { return p.check(5) }
	g := newPayload(6).describe
	var s fmt.Stringer = reflect.ValueOf(newPayload(7).tag)
	h := s.String
	p = nil
	_ = p
	f2 := func(q *payload) func() string { return func() string { return q.check(8) } }(newPayload(8))
	churn()
	fmt.Println("closure", f2(), g(), h())
	_ = f

	// A deferred call.
	func() {
		defer func(q *payload) { fmt.Println("defer", q.check(9)) }(newPayload(9))
		for i := 10; i < 13; i++ {
			defer fmt.Println("defer loop", newPayload(i).describe())
		}
		churn()
	}()

	// Arguments of a goroutine that has not run, and one that is blocked in a select with values to send.
	var wg sync.WaitGroup
	wg.Add(1)
	go func(q *payload) {
		fmt.Println("goroutine", q.check(14))
		wg.Done()
	}(newPayload(14))
	churn()
	wg.Wait()
	c1, c2, quit := make(chan *payload), make(chan payload), make(chan int)
	wg.Add(1)
	go func() {
		defer wg.Done()
		for i := 0; i < 2; i++ {
			select {
			case c1 <- newPayload(15):
			case c2 <- *newPayload(15):
			case <-quit:
			}
		}
	}()
	runtime.Gosched()
	churn()
	fmt.Println("select", (<-c1).check(15))
	runtime.Gosched()
	churn()
	v := <-c2
	fmt.Println("select", v.check(15))
	wg.Wait()

	// A goroutine blocked in a receive whose value arrives later, and one blocked in a send.
	res := make(chan string)
	go func() {
		var q *payload
		q = <-ch
		churn()
		res <- q.check(16)
	}()
	runtime.Gosched()
	ch <- newPayload(16)
	churn()
	fmt.Println("receive", <-res)
	unbuffered := make(chan *payload)
	go func() { unbuffered <- newPayload(17) }()
	runtime.Gosched()
	churn()
	fmt.Println("send", (<-unbuffered).check(17))

	// A timer.
	fired := make(chan string)
	func() {
		q := newPayload(18)
		time.AfterFunc(20*time.Millisecond, func() { fired <- q.check(18) })
	}()
	churn()
	fmt.Println("timer", <-fired)

	// Reflection.
	rv := reflect.ValueOf(newPayload(19))
	rs := reflect.MakeSlice(reflect.TypeOf([]*payload{}), 0, 3)
	for i := 20; i < 23; i++ {
		rs = reflect.Append(rs, reflect.ValueOf(newPayload(i)))
	}
	rf := reflect.MakeFunc(reflect.TypeOf(func(*payload) (*payload, string) { return nil, "" }),
		func(args []reflect.Value) []reflect.Value {
			churn()
			return []reflect.Value{args[0], reflect.ValueOf("made")}
		})
	st := reflect.New(reflect.StructOf([]reflect.StructField{
		{Name: "A", Type: reflect.TypeOf(0)},
		{Name: "P", Type: reflect.TypeOf((*payload)(nil))},
	}))
	st.Elem().Field(1).Set(reflect.ValueOf(newPayload(24)))
	churn()
	fmt.Println("reflect", rv.Interface().(*payload).check(19), rs.Index(2).Interface().(*payload).check(22),
		st.Elem().Field(1).Interface().(*payload).check(24))
	q, made := rf.Interface().(func(*payload) (*payload, string))(newPayload(25))
	fmt.Println("makefunc", q.check(25), made)
	out := reflect.ValueOf((*payload).describe).Call([]reflect.Value{reflect.ValueOf(newPayload(26))})
	fmt.Println("call", out[0])

	// sync.Map, sync.Once values, interfaces.
	var sm sync.Map
	for i := 0; i < 50; i++ {
		sm.Store(fmt.Sprint("key", i), newPayload(i))
	}
	once := sync.OnceValue(func() *payload { return newPayload(27) })
	once()
	var boxed []any
	for i := 0; i < 50; i++ {
		boxed = append(boxed, newPayload(i), *newPayload(i), fmt.Sprint("boxed", i), float64(i)+0.5)
	}
	churn()
	bad = 0
	for i := 0; i < 50; i++ {
		x, _ := sm.Load(fmt.Sprint("key", i))
		if x.(*payload).check(i) != "ok" {
			bad++
		}
		y := boxed[4*i+1].(payload)
		if boxed[4*i].(*payload).check(i) != "ok" || y.check(i) != "ok" ||
			boxed[4*i+2] != fmt.Sprint("boxed", i) || boxed[4*i+3] != float64(i)+0.5 {
			bad++
		}
	}
	fmt.Println("sync.Map", bad, once().check(27))

	// Interior pointers, the end of a slice, pointer arithmetic.
	ip, sl := interior(), tail()
	arr := &[64]int{}
	arr[63] = 63
	up := unsafe.Pointer(&arr[0])
	arr = nil
	up = unsafe.Add(up, 8*60)
	str := fmt.Sprint("a long string that lies in the heap, number ", 31)[27:]
	churn()
	fmt.Println("interior", *ip, sl, *(*int)(unsafe.Add(up, 24)), str)

	// Slices of slices, a slice that grows.
	var grid [][]*payload
	for i := 0; i < 30; i++ {
		var row []*payload
		for j := 0; j < 30; j++ {
			row = append(row, newPayload(i*30+j))
		}
		grid = append(grid, row)
	}
	churn()
	bad = 0
	for i := range grid {
		for j, q := range grid[i] {
			if q.check(i*30+j) != "ok" {
				bad++
			}
		}
	}
	fmt.Println("grid", bad)

	// Coroutines' and panics' values.
	func() {
		defer func() {
			r := recover()
			churn()
			fmt.Println("panic", r.(*payload).check(32))
		}()
		q := newPayload(32)
		defer churn()
		panic(q)
	}()
}
