// run

// Pull iterators, adapters, infinite sequences.
package main

import (
	"fmt"
	"iter"
	"maps"
	"slices"
)

func count(start int) iter.Seq[int] {
	return func(yield func(int) bool) {
		for i := start; yield(i); i++ {
		}
	}
}

func take[T any](n int, s iter.Seq[T]) iter.Seq[T] {
	return func(yield func(T) bool) {
		if n <= 0 {
			return
		}
		i := 0
		for v := range s {
			if !yield(v) {
				return
			}
			if i++; i == n {
				return
			}
		}
	}
}

func mapSeq[A, B any](s iter.Seq[A], f func(A) B) iter.Seq[B] {
	return func(yield func(B) bool) {
		s(func(a A) bool { return yield(f(a)) })
	}
}

func zip[A, B any](a iter.Seq[A], b iter.Seq[B]) iter.Seq2[A, B] {
	return func(yield func(A, B) bool) {
		na, stopA := iter.Pull(a)
		defer stopA()
		nb, stopB := iter.Pull(b)
		defer stopB()
		for {
			x, ok := na()
			y, ok2 := nb()
			if !ok || !ok2 || !yield(x, y) {
				return
			}
		}
	}
}

func noisy(yield func(int) bool) {
	defer fmt.Println("noisy done")
	for i := range 3 {
		if !yield(i) {
			return
		}
	}
}

func panics(yield func(int) bool) {
	yield(1)
	panic("iterator panics")
}

func main() {
	fmt.Println(slices.Collect(take(5, mapSeq(count(3), func(i int) string { return fmt.Sprint(i * i) }))))
	for a, b := range zip(count(0), slices.Values([]string{"x", "y", "z"})) {
		fmt.Print(a, b, " ")
	}
	fmt.Println()
	next, stop := iter.Pull(noisy)
	fmt.Println(next())
	fmt.Println(next())
	stop()
	fmt.Println(next())
	stop()
	next, stop = iter.Pull(noisy)
	for v, ok := next(); ok; v, ok = next() {
		fmt.Print(v, " ")
	}
	stop()
	next2, stop2 := iter.Pull2(maps.All(map[string]int{"k": 1}))
	fmt.Println(next2())
	fmt.Println(next2())
	stop2()
	func() {
		defer func() { fmt.Println("recovered", recover()) }()
		next, stop := iter.Pull(panics)
		defer stop()
		fmt.Println(next())
		fmt.Println(next())
	}()
	_, unused := iter.Pull(noisy)
	unused()
	sum := 0
	for v := range take(1000, count(1)) {
		if v%2 == 0 {
			continue
		}
		sum += v
	}
	fmt.Println(sum)
	seqs := []iter.Seq[int]{count(10), take(2, count(5))}
	for i, s := range seqs {
		for v := range s {
			fmt.Print(i, ":", v, " ")
			if v > 12 {
				break
			}
		}
	}
	fmt.Println()
}
