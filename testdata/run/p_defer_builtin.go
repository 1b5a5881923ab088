// run

// Deferred and spawned calls of built-in functions, with operands from calls of several results.
package main

import "fmt"

type S struct {
	a [6]int
	s string
}

var n int

func two() ([]int, []int)           { n++; return buf[:2], []int{7, 8, 9} }
func key() (map[string]int, string) { n++; return m, "k" }
func vals() (int, string, bool, S)  { n++; return 1, "a", true, S{} }
func three() (int, string, float64) { n++; return 1, "a", 2.5 }
func pr() (s []int, e int)          { return buf, 3 }
func parts() (float64, float64)     { return 1, 2 }
func ch() (c chan int)              { return make(chan int) }

var buf = make([]int, 3)
var m = map[string]int{"k": 1, "j": 2}

func deferred() {
	defer copy(two())
	defer delete(key())
	defer println(three())
	defer print(three())
	defer close(ch())
	defer clear(map[string]int{"a": 1})
	defer func() { fmt.Println("in", buf, m, n) }()
	defer delete(m, fmt.Sprint("none"))
	defer recover()
}

func rec() (err any) {
	defer func() { err = recover() }()
	defer panic(fmt.Sprint("deferred ", n))
	return nil
}

func main() {
	deferred()
	fmt.Println(buf, m, n)
	fmt.Println(rec())
	done := make(chan bool)
	go close(done)
	<-done
	c := make(chan struct{})
	go func() { defer close(c); copy(two()) }()
	<-c

	fmt.Println(append(pr()), complex(parts()))
}
