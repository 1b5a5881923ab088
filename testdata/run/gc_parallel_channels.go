// run

package main

import (
	"fmt"
	"runtime"
	"sync"
)

// Objects whose only reference is in a channel's buffer, in a parked sender, in a select or in the arguments of a
// goroutine, while other processors allocate.

type item struct {
	id   int
	data []int
	self *item
}

func newItem(id int) *item {
	it := &item{id: id, data: make([]int, 5+id%40)}
	for i := range it.data {
		it.data[i] = id + i
	}
	it.self = it
	return it
}

func (it *item) check() int {
	if it.self != it {
		panic("self")
	}
	for i, v := range it.data {
		if v != it.id+i {
			panic("data")
		}
	}
	return it.id
}

func churn(stop chan struct{}) {
	var keep [16][]*int
	for i := 0; ; i++ {
		select {
		case <-stop:
			return
		default:
		}
		keep[i%len(keep)] = append(keep[i%len(keep)][:0:0], new(int), new(int), new(int))
		if i%64 == 0 {
			runtime.Gosched()
		}
	}
}

func main() {
	runtime.GOMAXPROCS(4)
	stop := make(chan struct{})
	var bg sync.WaitGroup
	for range 2 {
		bg.Add(1)
		go func() { defer bg.Done(); churn(stop) }()
	}

	// A pipeline of stages with and without buffers.
	a, b, c := make(chan *item, 8), make(chan *item), make(chan item, 3)
	go func() {
		for i := range 1500 {
			a <- newItem(i)
		}
		close(a)
	}()
	go func() {
		for it := range a {
			it.check()
			b <- it
		}
		close(b)
	}()
	go func() {
		for it := range b {
			cp := *it
			cp.self = it
			c <- cp
		}
		close(c)
	}()
	sum := 0
	for it := range c {
		sum += it.self.check()
	}
	fmt.Println(sum)

	// Many parked senders, received by select.
	chans := make([]chan *item, 3)
	for i := range chans {
		chans[i] = make(chan *item)
	}
	for i := range 300 {
		go func(it *item) { chans[it.id%3] <- it }(newItem(i))
	}
	runtime.GC()
	sum = 0
	for range 300 {
		select {
		case it := <-chans[0]:
			sum += it.check()
		case it := <-chans[1]:
			sum += it.check()
		case it := <-chans[2]:
			sum += it.check()
		}
	}
	fmt.Println(sum)

	// Goroutines that grow their stacks with pointers into them.
	var wg sync.WaitGroup
	results := make([]int, 40)
	for i := range results {
		wg.Add(1)
		go func() {
			defer wg.Done()
			results[i] = deep(i%7+20, newItem(i), &results[i])
		}()
	}
	wg.Wait()
	close(stop)
	bg.Wait()
	sum = 0
	for _, r := range results {
		sum += r
	}
	fmt.Println(sum)
}

func deep(n int, it *item, p *int) int {
	var local [20]*item
	local[n%20] = newItem(n)
	x := n
	if n == 0 {
		runtime.Gosched()
		return it.check() + *p
	}
	r := deep(n-1, it, &x)
	return r + local[n%20].check() - x + n
}
