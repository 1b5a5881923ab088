// run

package main

import (
	"fmt"
	"runtime"
	"sync"
)

// Goroutines on several processors build, rotate and drop trees while collections mark: most pointers move between
// objects that other processors may be marking.

type node struct {
	left, right *node
	key         int
	pad         [3]uintptr
	text        *string
}

func insert(t *node, key int) *node {
	if t == nil {
		s := fmt.Sprint("key ", key)
		return &node{key: key, text: &s}
	}
	if key < t.key {
		t.left = insert(t.left, key)
	} else if key > t.key {
		t.right = insert(t.right, key)
	}
	// Rotations hide a subtree behind its child, which may be black.
	if key&7 == 0 && t.left != nil {
		l := t.left
		t.left = l.right
		l.right = t
		return l
	}
	if key&7 == 1 && t.right != nil {
		r := t.right
		t.right = r.left
		r.left = t
		return r
	}
	return t
}

func check(t *node, lo, hi int) int {
	if t == nil {
		return 0
	}
	if t.key <= lo || t.key >= hi {
		panic("order")
	}
	if *t.text != fmt.Sprint("key ", t.key) {
		panic("text of " + fmt.Sprint(t.key) + " is " + *t.text)
	}
	return 1 + check(t.left, lo, t.key) + check(t.right, t.key, hi)
}

func remove(t *node, key int) *node {
	if t == nil {
		return nil
	}
	switch {
	case key < t.key:
		t.left = remove(t.left, key)
	case key > t.key:
		t.right = remove(t.right, key)
	case t.left == nil:
		return t.right
	case t.right == nil:
		return t.left
	default:
		m := t.right
		for m.left != nil {
			m = m.left
		}
		n := &node{key: m.key, text: m.text, left: t.left}
		n.right = remove(t.right, m.key)
		return n
	}
	return t
}

func worker(id, rounds int) (sum int) {
	x := uint32(id*2654435761 + 12345)
	for r := 0; r < rounds; r++ {
		var t *node
		have := map[int]bool{}
		for i := 0; i < 400; i++ {
			x = x*1664525 + 1013904223
			k := int(x >> 20)
			if x&1 == 0 || len(have) < 50 {
				t = insert(t, k)
				have[k] = true
			} else {
				t = remove(t, k)
				delete(have, k)
			}
		}
		n := check(t, -1, 1<<30)
		if n != len(have) {
			panic(fmt.Sprint("size ", n, " instead of ", len(have)))
		}
		sum += n
	}
	return sum
}

func main() {
	runtime.GOMAXPROCS(4)
	var wg sync.WaitGroup
	sums := make([]int, 6)
	for i := range sums {
		wg.Add(1)
		go func() {
			defer wg.Done()
			sums[i] = worker(i, 12)
		}()
	}
	wg.Wait()
	fmt.Println(sums)
}
