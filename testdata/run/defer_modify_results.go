// run

// Deferred functions see and change named results whatever the way out.
package main

import (
	"errors"
	"fmt"
)

type closer struct {
	name string
	fail bool
	log  *[]string
}

func (c *closer) Close() error {
	*c.log = append(*c.log, "close "+c.name)
	if c.fail {
		return errors.New(c.name + " failed to close")
	}
	return nil
}

func use(fail ...bool) (n int, err error, log []string) {
	for i, f := range fail {
		c := &closer{fmt.Sprint("c", i), f, &log}
		defer func() { err = errors.Join(err, c.Close()) }()
		n++
	}
	if n > 2 {
		return -1, errors.New("too many"), log
	}
	return
}

func guarded(x int) (r int, s string, err error) {
	defer func() {
		if e := recover(); e != nil {
			r, err = r*100, fmt.Errorf("recovered: %v", e)
		}
		s += "."
	}()
	r, s = x, "set"
	if x > 2 {
		panic("big")
	}
	if x == 2 {
		return 50, "two", nil
	}
	r = 10 / (x - 1)
	return r, s + "!", nil
}

func big() (a [20]int, s []string, m map[string]int) {
	defer func() {
		recover()
		a[19] = 7
		m["deferred"] = len(s)
	}()
	m = map[string]int{}
	s = append(s, "x", "y")
	a[0] = 1
	panic("after partial results")
}

func nestedDefer() (s string) {
	defer func() {
		s += "1"
		defer func() {
			s += "2"
			defer func() { s += "3" }()
		}()
	}()
	return "r"
}

func loop() (out []int) {
	for i := range 5 {
		func() {
			defer func() { out = append(out, i*10) }()
			if i == 3 {
				return
			}
			out = append(out, i)
		}()
	}
	return
}

func shadow() (err error) {
	defer func() {
		if err != nil {
			err = fmt.Errorf("outer saw: %w", err)
		}
	}()
	if err := errors.New("inner"); err != nil {
		return err
	}
	return nil
}

type T struct{ v int }

func (t T) get() (r int) {
	defer func(old T) { r += old.v + t.v }(t)
	t.v = 100
	return 1
}

func main() {
	n, err, log := use(false, true)
	fmt.Println(n, err, log)
	n, err, log = use(true, false, true)
	fmt.Println(n, err, log)
	for x := range 4 {
		fmt.Println(guarded(x))
	}
	a, s, m := big()
	fmt.Println(a, s, m)
	fmt.Println(nestedDefer(), loop(), shadow(), T{5}.get())
}
