// run

// Operands that are converted to interfaces through their address, and structs and arrays that are compared, are
// copied before later calls of the statement; words, strings and slices are read after them. Elements of a range
// clause are read after the calls of its left sides.

package main

import "fmt"

type S struct {
	a, b int
	p    *S
}

type wide [5]int

var (
	i    = 1
	flag = true
	u8   = uint8(3)
	c    = complex(1, 2)
	f    = 1.5
	str  = "s"
	cur  = &S{a: 1}
	val  = S{a: 10}
	arr  = wide{1, 2, 3, 4, 5}
	any1 any
	m    = map[int]*S{1: {a: 5}}
)

//go:noinline
func change() int {
	i++
	flag = !flag
	u8++
	c++
	f++
	str += "x"
	cur = &S{a: cur.a + 1, p: cur}
	val.a++
	arr[0]++
	any1 = cur
	m[1] = &S{a: m[1].a + 1}
	return i
}

func show(vs ...any) {
	for _, v := range vs {
		switch v := v.(type) {
		case *S:
			fmt.Print(" *", v.a)
		case S:
			fmt.Print(" ", v.a, v.b)
		default:
			fmt.Print(" ", v)
		}
	}
	fmt.Println()
}

func try(name string, f func()) {
	defer func() {
		if e := recover(); e != nil {
			fmt.Println(name, e, i)
		}
	}()
	f()
}

func main() {
	show(flag == true, u8+1, int16(i), int32(i+1), i*2, f*2, c*2, str+"!", change())
	show(cur.p == nil, m[1], *cur, S{a: i, b: val.a}, [2]int{i, i}, [1]string{str}, change())
	show(&cur.a == &val.a, cur, val, arr == wide{1, 2, 3, 4, 5}, change())
	show([]any{S{a: i}, u8 == 4, cur.p.a, change(), S{a: i}}...)
	show(any(S{a: i}), any(flag && true), any(i), change())

	x, y := wide{i, u8conv()} == wide{val.a, change()}, change()
	show(x, y)
	var s any = S{a: i}
	show(s == S{a: i}, change(), s == any(S{a: i - change() + 1}))

	try("assert", func() { any1 = 7; show(any1.(*S), change()) })
	try("deref", func() { var p *S; show(*p, change()) })
	try("index", func() { show(arr == wide{[]int{}[i]}, change()) })

	var k [2]int
	j := 0
	next := func() int { change(); j ^= 1; return j }
	src := []*S{cur, cur, &val}
	for k[next()], any1 = range src {
		src[2] = cur
		show(k[0], k[1], any1)
	}
	nums := [3]int{1, 2, 3}
	for k[func() int { nums[1] += 10; return 0 }()], k[1] = range &nums {
		show(k[0], k[1])
	}
	show(cap([]byte("constant")), len([]byte("")), cap(append([]byte("abc"), "d"...)) >= 4)
}

//go:noinline
func u8conv() int { return int(u8) }
