// run

// Deep and large structures, changed all the time while they are collected.
package main

import (
	"fmt"
	"runtime"
	"runtime/debug"
	"sync"
)

type list struct {
	next *list
	v    int
}

type tree struct {
	left, right *tree
	key         int
	value       []int
}

func (t *tree) insert(key int) *tree {
	if t == nil {
		return &tree{key: key, value: []int{key, key + 1}}
	}
	if key < t.key {
		t.left = t.left.insert(key)
	} else if key > t.key {
		t.right = t.right.insert(key)
	}
	return t
}

// rotate restructures the tree, moving every subtree to another parent.
func (t *tree) rotate() *tree {
	if t == nil {
		return nil
	}
	t.left, t.right = t.left.rotate(), t.right.rotate()
	if l := t.left; l != nil {
		t.left, l.right = l.right, t
		return l
	}
	return t
}

func (t *tree) count() int {
	if t == nil {
		return 0
	}
	if len(t.value) != 2 || t.value[0] != t.key || t.value[1] != t.key+1 {
		panic("corrupted value")
	}
	return 1 + t.left.count() + t.right.count()
}

type random uint32

func (r *random) next(n int) int {
	*r ^= *r << 13
	*r ^= *r >> 17
	*r ^= *r << 5
	return int(uint32(*r) % uint32(n))
}

// shuffle moves objects between the places of a table, so that each is always in exactly one, and allocates.
func shuffle(seed random, rounds int) int {
	type object struct {
		id   int
		self *object
		pad  [3]int
	}
	table := make([]*object, 500)
	for i := range table {
		o := &object{id: i}
		o.self = o
		table[i] = o
	}
	var held *object
	for i := 0; i < rounds; i++ {
		a := seed.next(len(table))
		table[a], held = held, table[a]
		if held != nil && seed.next(3) == 0 {
			// A copy takes the place of the object.
			o := &object{id: held.id}
			o.self = o
			held = o
		}
	}
	seen := make([]bool, len(table))
	n := 0
	for _, o := range append(table, held) {
		if o == nil {
			continue
		}
		if o.self != o || seen[o.id] {
			panic("corrupted object")
		}
		seen[o.id] = true
		n++
	}
	return n
}

func main() {
	// A long list: marking must not recurse.
	var head *list
	for i := 0; i < 100_000; i++ {
		head = &list{head, i}
	}
	runtime.GC()
	sum := 0
	for l := head; l != nil; l = l.next {
		sum += l.v
	}
	fmt.Println(sum)
	// Reversed while garbage is made.
	var rev *list
	for head != nil {
		head.next, rev, head = rev, head, head.next
		_ = make([]int, 5)
	}
	runtime.GC()
	n := 0
	for l := rev; l != nil; l = l.next {
		if l.v != n {
			panic("list out of order")
		}
		n++
	}
	fmt.Println(n)
	rev = nil

	// Trees that change their shape.
	var root *tree
	seed := random(12345)
	for i := 0; i < 20000; i++ {
		root = root.insert(seed.next(1 << 20))
	}
	want := root.count()
	for i := 0; i < 40; i++ {
		root = root.rotate()
		if root.count() != want {
			panic("tree has lost nodes")
		}
	}
	fmt.Println(want)

	// Several goroutines.
	var wg sync.WaitGroup
	results := make([]int, 4)
	for i := range results {
		wg.Add(1)
		go func() {
			defer wg.Done()
			results[i] = shuffle(random(i+1), 200_000)
		}()
	}
	wg.Wait()
	fmt.Println(results)

	// Huge objects with pointers, freed and reused.
	for i := 0; i < 20; i++ {
		huge := make([]*list, 1<<20)
		for j := 0; j < len(huge); j += 1000 {
			huge[j] = &list{v: j}
		}
		runtime.GC()
		for j := 0; j < len(huge); j += 1000 {
			if huge[j].v != j {
				panic("corrupted element")
			}
			if huge[j+1] != nil {
				panic("element is not nil")
			}
		}
	}
	runtime.GC()
	debug.FreeOSMemory()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	fmt.Println(m.HeapSys < 300<<20, m.HeapAlloc < 10<<20, m.HeapIdle-m.HeapReleased < 8<<20, m.NumGC > 20)
	fmt.Println(m.Mallocs-m.Frees == m.HeapObjects, m.Sys >= m.HeapSys, m.HeapInuse >= m.HeapAlloc)

	// A limit keeps the heap small although GOGC would let it grow.
	old := debug.SetMemoryLimit(100 << 20)
	percent := debug.SetGCPercent(-1)
	fmt.Println(old == 1<<63-1, percent, debug.SetGCPercent(-1))
	var keep [][]byte
	for i := 0; i < 40_000; i++ {
		b := make([]byte, 16<<10)
		if i%1000 == 0 {
			keep = append(keep, b)
		}
	}
	runtime.ReadMemStats(&m)
	fmt.Println(len(keep), m.HeapInuse < 100<<20, m.NextGC < 100<<20)
	var stats debug.GCStats
	debug.ReadGCStats(&stats)
	fmt.Println(stats.NumGC > 20, len(stats.Pause) > 20, stats.PauseTotal > 0)
	fmt.Println(debug.SetMemoryLimit(-1) == 100<<20, debug.SetGCPercent(50))
}
