// run

// Which assignments of a list happen before a panic of a later one.
package main

import "fmt"

//go:noinline
func id[T any](x T) T { return x }

//go:noinline
func f1(a, b []int, zero int) {
	a[0], b[0] = 10, 20/zero
}

//go:noinline
func f2(a, b []int, p *int) {
	a[0], b[0] = 10, *p
}

//go:noinline
func f3(a, b []int, zero int) (x int) {
	defer func() { recover() }()
	x, b[0] = 10, 20/zero
	return
}

//go:noinline
func f4(a, b []int, zero int) {
	a[0], b[1/zero] = 10, 20
}

//go:noinline
func f5(a, b []int, zero uint) {
	a[0], b[1] = 10, 20<<int(zero)
}

//go:noinline
func f6(a, b []int, x any) {
	a[0], b[1] = 10, x.(int)
}

var G int

//go:noinline
func f7(a, b []int, zero int) {
	G, b[1] = 10, 5/zero
}

//go:noinline
func f8(a, b []int, zero int) {
	a[0], b[1] = 10, 5%zero
}

//go:noinline
func f9(a, b []int, zero int8) {
	a[0], b[1] = 10, 5<<zero
}

type I interface{ M() }
type C chan int

func (C) M() {}
func f10(a, b []int, x any) {
	var c C
	a[0], c = 10, x.(C)
	_ = c
}
func f11(a, b []int, x any) {
	var c I
	a[0], c = 10, x.(I)
	_ = c
}
func f12(a, b []int, p *[4]int) {
	a[0], p[0] = 10, 5
}
func f13(a, b []int, p **int) {
	a[0], **p = 10, 5
}
func f14(a, b []int, p *struct{ x *int }) {
	a[0], *p.x = 10, 5
}
func f15(a, b []int, m map[string]int) {
	a[0], m["x"] = 10, 5
}
func f16(a, b []int, m map[any]int) {
	a[0], m[any(b)] = 10, 5
}

func try(n int, f func(a []int)) {
	a := []int{1, 2, 3}
	defer func() { r := recover(); fmt.Println(n, a, G, r) }()
	f(a)
}

func main() {
	b := []int{4, 5, 6}
	try(1, func(a []int) { f1(a, b, 0) })
	try(2, func(a []int) { f2(a, b, nil) })
	try(3, func(a []int) { fmt.Println(f3(a, b, 0)) })
	try(4, func(a []int) { f4(a, b, 0) })
	try(6, func(a []int) { f6(a, b, "") })
	try(7, func(a []int) { f7(a, b, 0) })
	try(8, func(a []int) { f8(a, b, 0) })
	try(9, func(a []int) { f9(a, b, -1) })
	try(10, func(a []int) { f10(a, b, -1) })
	try(11, func(a []int) { f11(a, b, -1) })
	try(12, func(a []int) { f12(a, b, nil) })
	try(13, func(a []int) { f13(a, b, nil) })
	try(130, func(a []int) { f13(a, b, new(*int)) })
	try(14, func(a []int) { f14(a, b, nil) })
	try(140, func(a []int) { f14(a, b, &struct{ x *int }{}) })
	try(15, func(a []int) { f15(a, b, nil) })
	try(16, func(a []int) { f16(a, b, nil) })
	try(161, func(a []int) { f16(a, b, map[any]int{}) })
}
