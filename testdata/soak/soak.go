// Allocation-heavy concurrent work for as many seconds as the argument says: trees, maps, channels, strings, finalizers,
// weak pointers, huge objects, goroutines that come and go. What is alive is bounded, so the resident memory has to be.
// Each line of output is the resident memory in KiB, the collections so far and the rounds of work so far.
package main

import (
	"bytes"
	"fmt"
	"os"
	"runtime"
	"strconv"
	"sync"
	"sync/atomic"
	"time"
	"weak"
)

var rounds atomic.Int64
var finalized atomic.Int64

type node struct {
	left, right *node
	key         int
	text        string
}

func build(n, key int) *node {
	if n == 0 {
		return nil
	}
	l := n / 2
	return &node{build(l, key*2), build(n-1-l, key*2+1), key, strconv.Itoa(key)}
}

func (n *node) check() int {
	if n == nil {
		return 0
	}
	if n.text != strconv.Itoa(n.key) {
		panic("tree: " + n.text)
	}
	return 1 + n.left.check() + n.right.check()
}

func trees(x uint64) {
	if n := build(2000, 1).check(); n != 2000 {
		panic(n)
	}
}

func maps(x uint64) {
	m := map[string][]int{}
	for i := 0; i < 500; i++ {
		k := strconv.FormatUint(x+uint64(i%100), 36)
		m[k] = append(m[k], i)
	}
	total := 0
	for _, v := range m {
		total += len(v)
	}
	if total != 500 {
		panic(total)
	}
}

func channels(x uint64) {
	c, done := make(chan *node, int(x%5)), make(chan int)
	go func() {
		n := 0
		for t := range c {
			n += t.check()
		}
		done <- n
	}()
	for i := 0; i < 40; i++ {
		c <- build(10, i+1)
	}
	close(c)
	if n := <-done; n != 400 {
		panic(n)
	}
}

func texts(x uint64) {
	var b bytes.Buffer
	for i := 0; i < 200; i++ {
		fmt.Fprintf(&b, "%d:%s;", i, []string{"a", "bc", "def"}[i%3])
	}
	if n := bytes.Count(b.Bytes(), []byte(";")); n != 200 {
		panic(n)
	}
}

func ends(x uint64) {
	for i := 0; i < 20; i++ {
		n := build(3, i+1)
		w := weak.Make(n)
		runtime.SetFinalizer(n, func(n *node) { n.check(); finalized.Add(1) })
		if w.Value() != n {
			panic("weak")
		}
		runtime.KeepAlive(n)
	}
}

func huge(x uint64) {
	b := make([]byte, 1<<20+x%(4<<20))
	p := make([]*node, 1<<16)
	for i := 0; i < len(b); i += 4096 {
		if b[i] != 0 {
			panic("not zero")
		}
		b[i] = 1
	}
	p[len(p)-1] = build(10, 1)
	runtime.Gosched()
	if p[0] != nil || p[len(p)-1].check() != 10 {
		panic("huge")
	}
}

func deep(x uint64) {
	var down func(n int, t *node) int
	down = func(n int, t *node) int {
		if n == 0 {
			return t.check()
		}
		u := build(1, n)
		return down(n-1, t) + u.check()
	}
	done := make(chan int)
	go func() { done <- down(300, build(5, 1)) }()
	if n := <-done; n != 305 {
		panic(n)
	}
}

func main() {
	seconds, _ := strconv.Atoi(os.Args[1])
	end := time.Now().Add(time.Duration(seconds) * time.Second)
	work := []func(uint64){trees, maps, channels, texts, ends, huge, deep}
	var wg sync.WaitGroup
	for id := range 8 {
		wg.Add(1)
		go func() {
			defer wg.Done()
			x := uint64(id)*0x9e3779b97f4a7c15 + 1
			var kept [8]*node
			for i := 0; time.Now().Before(end); i++ {
				x ^= x << 13
				x ^= x >> 7
				x ^= x << 17
				work[x%uint64(len(work))](x >> 8)
				kept[i%8] = build(500, i)
				if k := kept[(i+3)%8]; k != nil && k.check() != 500 {
					panic("kept")
				}
				rounds.Add(1)
			}
		}()
	}
	for range 20 {
		time.Sleep(time.Duration(seconds) * time.Second / 20)
		b, _ := os.ReadFile("/proc/self/statm")
		pages, _ := strconv.Atoi(string(bytes.Fields(b)[1]))
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		fmt.Println(pages*os.Getpagesize()>>10, m.NumGC, rounds.Load())
	}
	wg.Wait()
}
