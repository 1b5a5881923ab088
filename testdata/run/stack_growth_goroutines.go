// run

// Stacks of many goroutines grow and move while pointers into them are live.
package main

import (
	"fmt"
	"sync"
)

type frame struct {
	up  *frame
	val [16]int
}

func climb(n int, up *frame) int {
	f := frame{up: up}
	for i := range f.val {
		f.val[i] = n + i
	}
	if n == 0 {
		sum := 0
		for p := &f; p != nil; p = p.up {
			sum += p.val[0] + p.val[15]
		}
		return sum
	}
	r := climb(n-1, &f)
	if f.val[3] != n+3 {
		panic("frame damaged")
	}
	return r
}

func mutate(n int, p *int, s []int, str *string, fn func(int)) {
	var pad [32]int
	pad[n%32] = n
	if n > 0 {
		mutate(n-1, p, s, str, fn)
	}
	*p += pad[n%32]
	s[n%len(s)]++
	if n%500 == 0 {
		*str += fmt.Sprint(n, ",")
	}
	fn(n)
}

func deferred(n int) (out int) {
	var local [8]int
	defer func() {
		if e := recover(); e != nil {
			out = e.(int) + local[n%8]
			if n > 995 {
				panic(out)
			}
			panic(out)
		}
	}()
	local[n%8] = 1
	if n == 0 {
		panic(100)
	}
	return deferred(n - 1)
}

func main() {
	fmt.Println(climb(10000, nil))
	var wg sync.WaitGroup
	sums := make([]int, 20)
	for i := range sums {
		wg.Add(1)
		go func() {
			defer wg.Done()
			sums[i] = climb(100*i, nil)
		}()
	}
	wg.Wait()
	fmt.Println(sums)
	total, calls := 0, 0
	local := make([]int, 7)
	s := ""
	mutate(3000, &total, local, &s, func(n int) { calls += n & 1 })
	fmt.Println(total, local, s, calls)
	func() {
		defer func() { fmt.Println("recovered", recover()) }()
		deferred(1000)
	}()
	c := make(chan *int)
	for i := range 5 {
		go func() {
			x := i
			climb(1000, nil)
			c <- &x
		}()
	}
	t := 0
	for range 5 {
		t += *<-c
	}
	fmt.Println(t)
}
