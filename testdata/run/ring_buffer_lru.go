// run

package main

import (
	"errors"
	"fmt"
)

type ring[T any] struct {
	buf        []T
	head, size int
}

var errFull, errEmpty = errors.New("full"), errors.New("empty")

func newRing[T any](n int) *ring[T] { return &ring[T]{buf: make([]T, n)} }

func (r *ring[T]) push(x T) error {
	if r.size == len(r.buf) {
		return errFull
	}
	r.buf[(r.head+r.size)%len(r.buf)] = x
	r.size++
	return nil
}

func (r *ring[T]) pop() (x T, err error) {
	if r.size == 0 {
		return x, errEmpty
	}
	x = r.buf[r.head]
	var zero T
	r.buf[r.head] = zero
	r.head = (r.head + 1) % len(r.buf)
	r.size--
	return
}

func (r *ring[T]) all(yield func(int, T) bool) {
	for i := range r.size {
		if !yield(i, r.buf[(r.head+i)%len(r.buf)]) {
			return
		}
	}
}

type deque[T any] struct{ front, back []T }

func (d *deque[T]) pushFront(x T) { d.front = append(d.front, x) }
func (d *deque[T]) pushBack(x T)  { d.back = append(d.back, x) }
func (d *deque[T]) popFront() (x T, ok bool) {
	if n := len(d.front); n > 0 {
		x, d.front = d.front[n-1], d.front[:n-1]
		return x, true
	}
	if len(d.back) > 0 {
		x, d.back = d.back[0], d.back[1:]
		return x, true
	}
	return
}

func main() {
	r := newRing[string](3)
	fmt.Println(r.push("a"), r.push("b"), r.push("c"), r.push("d"))
	x, err := r.pop()
	fmt.Println(x, err, r.push("e"))
	for i, s := range r.all {
		fmt.Print(i, s, " ")
	}
	for i, s := range r.all {
		fmt.Print(i, s)
		break
	}
	fmt.Println()
	for {
		x, err := r.pop()
		if errors.Is(err, errEmpty) {
			break
		}
		fmt.Print(x, " ")
	}
	fmt.Println(r.size)
	ri := newRing[struct{ a, b int }](2)
	for i := range 10 {
		if ri.push(struct{ a, b int }{i, i * i}) != nil {
			v, _ := ri.pop()
			fmt.Print(v, " ")
		}
	}
	fmt.Println(ri.size)
	var d deque[int]
	for i := range 5 {
		d.pushFront(i)
		d.pushBack(i * 10)
	}
	for x, ok := d.popFront(); ok; x, ok = d.popFront() {
		fmt.Print(x, " ")
	}
	fmt.Println()
}
