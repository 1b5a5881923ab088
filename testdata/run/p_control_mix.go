// run

// Iterator functions, labels, defers, loop variables and switches mixed.
package main

import (
	"fmt"
	"iter"
)

func seq(n int) iter.Seq[int] {
	return func(yield func(int) bool) {
		defer fmt.Println("seq done", n)
		for i := 0; i < n; i++ {
			if !yield(i) {
				fmt.Println("stopped at", i)
				return
			}
		}
	}
}

func seq2(n int) iter.Seq2[int, string] {
	return func(yield func(int, string) bool) {
		for i := range n {
			if !yield(i, fmt.Sprint("v", i)) {
				return
			}
		}
	}
}

func find(n int) (res int, err error) {
	defer func() { res *= 10 }()
	for i := range seq(10) {
		defer fmt.Println("deferred in loop", i)
		for j := range seq(10) {
			if i*j == n {
				return i + j, nil
			}
			if j > i {
				break
			}
		}
	}
	return -1, fmt.Errorf("none")
}

func labels() string {
	s := ""
outer:
	for i := range seq(4) {
	mid:
		for j, v := range seq2(4) {
			for k := range seq(3) {
				switch {
				case k == 1 && j == 1:
					continue mid
				case k == 2 && j == 2 && i == 0:
					continue outer
				case i == 2:
					break outer
				case i == 1 && j == 3:
					break mid
				}
				s += fmt.Sprint(i, j, v, k, ";")
			}
		}
	}
	return s
}

func gotos() (r int) {
	n := 0
again:
	for i := range seq(3) {
		n++
		if n < 5 && i == 1 {
			goto again
		}
		if n > 7 {
			goto end
		}
	}
	n += 100
end:
	return n
}

func panics() (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("recovered %v", r)
		}
	}()
	for i := range seq(5) {
		defer func() {
			r := recover()
			fmt.Println("inner recover", i, r)
			if r != nil {
				panic(fmt.Sprint("again ", r))
			}
		}()
		if i == 2 {
			panic("boom")
		}
	}
	return nil
}

func nestedPanic() {
	defer func() { fmt.Println("outer", recover()) }()
	for range seq(3) {
		func() {
			defer func() { fmt.Println("mid", recover()) }()
			for j := range seq(3) {
				if j == 1 {
					panic(j)
				}
			}
		}()
	}
	var bad iter.Seq[int] = func(yield func(int) bool) {
		yield(1)
		yield(2)
	}
	for x := range bad {
		fmt.Println("bad", x)
		break
	}
}

func loopvars() {
	var fs []func() int
	for i := 0; i < 3; i++ {
		fs = append(fs, func() int { i += 10; return i })
		i := i * 2
		fs = append(fs, func() int { return i })
	}
	for _, f := range fs {
		fmt.Print(f(), " ", f(), " ")
	}
	fmt.Println()
	fs = nil
	for i, p := 0, new(int); i < 3; i, p = i+1, &i {
		*p += 0
		fs = append(fs, func() int { return i*100 + *p })
	}
	for _, f := range fs {
		fmt.Print(f(), " ")
	}
	fmt.Println()
	fs = nil
	for i := 0; i < 6; i++ {
		f := func() { i++ }
		f()
		fs = append(fs, func() int { return i })
		if i == 3 {
			continue
		}
	}
	for _, f := range fs {
		fmt.Print(f(), " ")
	}
	fmt.Println()
	for i := range 3 {
		defer func() { fmt.Println("d", i); i++ }()
	}
	for i := range seq(3) {
		fs = append(fs, func() int { i++; return i })
	}
	for _, f := range fs[len(fs)-3:] {
		fmt.Print(f(), f(), " ")
	}
	fmt.Println()
}

func recoverLoop() (n int, s string) {
	for n < 5 {
		func() {
			defer func() {
				if r := recover(); r != nil {
					s += fmt.Sprint(r)
				}
			}()
			n++
			var a []int
			if n%2 == 0 {
				_ = a[n]
			}
			s += "ok"
		}()
	}
	return
}

func named() (a int, b string, err error) {
	defer func() {
		r := recover()
		err = fmt.Errorf("%v %v %v", r, a, b)
	}()
	a, b = 5, "x"
	var p *int
	return 6, "y", fmt.Errorf("%d", *p)
}

func named2() (a int) {
	defer func() { recover(); a++ }()
	a = 1
	defer func() { a *= 10 }()
	return a + 1
}

func named3() (a [5]int, m map[string]int) {
	defer func() { recover(); a[1]++ }()
	a[0] = 1
	m["x"] = 1
	return
}

func shadow() int {
	x := 1
	{
		x := x + 1
		x++
		if x := x * 2; x > 5 {
			x := x + 1
			return x
		}
	}
	return x
}

func sw(x any) string {
	switch y := x.(type) {
	case nil:
		return "nil"
	case int, int8:
		return fmt.Sprintf("int-ish %T %v", y, y)
	case []int:
		return fmt.Sprint("slice ", len(y))
	case error:
		return "error " + y.Error()
	case fmt.Stringer:
		return "stringer " + y.String()
	case func() int:
		return fmt.Sprint("func ", y())
	case map[string]int:
		y["k"]++
		return fmt.Sprint(y)
	case [3]int:
		y[0] = 100
		return fmt.Sprint(y, x)
	case *int:
		return fmt.Sprint(*y)
	case struct{ a, b int }:
		return fmt.Sprint(y.a + y.b)
	default:
		return fmt.Sprintf("other %T", y)
	}
}

type S string

func (s S) String() string { return "S:" + string(s) }

func fall(n int) string {
	s := ""
	switch {
	case n > 5:
		s += "a"
		fallthrough
	case n > 100:
		s += "b"
		if n == 7 {
			break
		}
		fallthrough
	default:
		s += "d"
	case n == 3:
		s += "c"
		fallthrough
	case n == 4:
		s += "e"
	}
	return s
}

func main() {
	fmt.Println(find(6))
	fmt.Println(find(1000))
	fmt.Println(labels())
	fmt.Println(gotos())
	fmt.Println(panics())
	nestedPanic()
	loopvars()
	fmt.Println(recoverLoop())
	fmt.Println(named())
	fmt.Println(named2())
	fmt.Println(named3())
	fmt.Println(shadow())
	x := 4
	for _, v := range []any{nil, 1, int8(2), []int{1}, fmt.Errorf("e"), S("q"), func() int { return 3 }, map[string]int{"k": 1}, [3]int{1, 2, 3}, &x, struct{ a, b int }{1, 2}, 2.5, S.String} {
		fmt.Println(sw(v))
	}
	for _, n := range []int{3, 4, 5, 6, 7, 200} {
		fmt.Println(n, fall(n))
	}
	next, stop := iter.Pull(seq(4))
	fmt.Println(next())
	fmt.Println(next())
	stop()
	fmt.Println(next())
	i := 0
loop:
	if i < 3 {
		defer func(n int) { fmt.Println("loop defer", n, i) }(i)
		i++
		goto loop
	}
	func() {
		for i := range seq(3) {
			if i == 1 {
				func() {
					for j := range seq(2) {
						defer fmt.Println("jj", j)
						return
					}
				}()
				return
			}
		}
	}()
}
