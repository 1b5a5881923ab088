// run

// Bodies of nested iterator loops that return, break to labels, defer and recover.
package main

import (
	"fmt"
)

type seq func(func(int) bool)

func n(k int) seq {
	return func(yield func(int) bool) {
		defer func() { depth-- }()
		depth++
		for i := range k {
			if !yield(i) {
				return
			}
		}
	}
}

var depth int

func find(target int) (a, b, c int, ok bool) {
	for a = range n(5) {
		for b = range n(5) {
			for c = range n(5) {
				if a*25+b*5+c == target {
					ok = true
					return
				}
			}
		}
	}
	return -1, -1, -1, false
}

func labelled() (out []string) {
outer:
	for i := range n(4) {
	mid:
		for j := range n(4) {
			for k := range n(4) {
				switch {
				case k == 2:
					continue mid
				case j == 2:
					continue outer
				case i == 2:
					break outer
				}
				out = append(out, fmt.Sprint(i, j, k))
			}
		}
	}
	return
}

func defers() (s string) {
	defer func() { s += "|end" }()
	for i := range n(3) {
		for j := range n(2) {
			defer func() { s += fmt.Sprint(i, j, ",") }()
		}
	}
	s = "body|"
	return s
}

func recovered() (err error) {
	defer func() {
		if e := recover(); e != nil {
			err = fmt.Errorf("caught %v at depth %d", e, depth)
		}
	}()
	for i := range n(3) {
		for j := range n(3) {
			if i+j == 3 {
				panic(fmt.Sprintf("sum at %d,%d", i, j))
			}
		}
	}
	return nil
}

func closures() (fs []func() int) {
	for i := range n(3) {
		fs = append(fs, func() int { i += 10; return i })
	}
	return
}

func mixed(m map[string]int, c chan int) (total int) {
	for i := range n(3) {
		for v := range c {
			total += v * i
			if v == 3 {
				break
			}
		}
		for range m {
			total += 100
		}
		select {
		case v, ok := <-c:
			if !ok {
				continue
			}
			total += v
		default:
			return total
		}
	}
	return -total
}

func main() {
	fmt.Println(find(67))
	fmt.Println(find(500))
	fmt.Println(labelled())
	fmt.Println(defers())
	fmt.Println(recovered())
	for _, f := range closures() {
		fmt.Print(f(), f(), " ")
	}
	fmt.Println()
	c := make(chan int, 10)
	for i := range 8 {
		c <- i
	}
	close(c)
	fmt.Println(mixed(map[string]int{"a": 1, "b": 2}, c))
	fmt.Println("depth", depth)
}
