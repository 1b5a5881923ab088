// run

// Value.Call, CallSlice, MakeFunc, Method, method by name, Select.
package main

import (
	"errors"
	"fmt"
	"reflect"
	"strings"
)

type calc struct{ base int }

func (c calc) Add(a, b int) int { return c.base + a + b }
func (c *calc) Inc(n int)       { c.base += n }
func (c calc) Div(a, b int) (int, error) {
	if b == 0 {
		return 0, errors.New("division by zero")
	}
	return a / b, nil
}

type big struct{ a, b, c, d, e int }

func mix(i int, f float64, s string, b big, p *int, e any, sl []int, ok bool, u8 uint8, f32 float32, fn func() int) (string, big, float64) {
	b.a += i
	*p++
	return fmt.Sprint(i, f, s, p != nil, e, sl, ok, u8, f32, fn()), b, f * 2
}

func join(sep string, parts ...string) string { return strings.Join(parts, sep) }

type shape interface{ Area() float64 }
type sq float64

func (s sq) Area() float64 { return float64(s * s) }

func main() {
	c := &calc{100}
	v := reflect.ValueOf(c)
	in := func(xs ...any) (vs []reflect.Value) {
		for _, x := range xs {
			vs = append(vs, reflect.ValueOf(x))
		}
		return
	}
	fmt.Println(v.MethodByName("Add").Call(in(1, 2))[0].Int())
	v.MethodByName("Inc").Call(in(5))
	out := v.MethodByName("Div").Call(in(7, 0))
	fmt.Println(c.base, out[0], out[1])
	fmt.Println(v.Method(0).Type(), v.NumMethod(), v.MethodByName("None").IsValid())
	m, _ := reflect.TypeOf(c).MethodByName("Add")
	fmt.Println(m.Func.Call(in(c, 10, 20))[0])
	n := 1
	res := reflect.ValueOf(mix).Call(in(1, 2.5, "s", big{1, 2, 3, 4, 5}, &n, any("e"), []int{1}, true, uint8(8), float32(1.5), func() int { return 77 }))
	fmt.Println(res[0], res[1], res[2], n)
	fmt.Println(reflect.ValueOf(join).Call(in("-", "a", "b")), reflect.ValueOf(join).CallSlice(in("+", []string{"x", "y"})), reflect.ValueOf(join).Call(in("-")))
	swap := func(args []reflect.Value) []reflect.Value { return []reflect.Value{args[1], args[0]} }
	var intSwap func(int, string) (string, int)
	reflect.ValueOf(&intSwap).Elem().Set(reflect.MakeFunc(reflect.TypeOf(intSwap), swap))
	fmt.Println(intSwap(1, "one"))
	var bigSwap func(big, float64) (float64, big)
	reflect.ValueOf(&bigSwap).Elem().Set(reflect.MakeFunc(reflect.TypeOf(bigSwap), swap))
	fmt.Println(bigSwap(big{e: 9}, 2.5))
	f := v.Method(0).Interface().(func(int, int) int)
	c.base = 0
	fmt.Println(f(1, 1))
	var s shape = sq(3)
	fmt.Println(reflect.ValueOf(&s).Elem().Method(0).Call(nil)[0], reflect.TypeFor[shape]().NumMethod(), reflect.TypeOf(s).Implements(reflect.TypeFor[shape]()))
	try := func(f func()) {
		defer func() { fmt.Println("panic:", recover()) }()
		f()
	}
	try(func() { v.MethodByName("Add").Call(in(1)) })
	try(func() { v.MethodByName("Add").Call(in(1, "x")) })
	try(func() { reflect.ValueOf(func() { panic("inside") }).Call(nil) })
	ch1, ch2 := make(chan int, 1), make(chan string, 1)
	ch2 <- "selected"
	i, r, ok := reflect.Select([]reflect.SelectCase{{Dir: reflect.SelectRecv, Chan: reflect.ValueOf(ch1)}, {Dir: reflect.SelectRecv, Chan: reflect.ValueOf(ch2)}})
	fmt.Println(i, r, ok)
	reflect.ValueOf(ch1).Send(reflect.ValueOf(3))
	x, ok := reflect.ValueOf(ch1).TryRecv()
	fmt.Println(x, ok)
	st := reflect.StructOf([]reflect.StructField{{Name: "X", Type: reflect.TypeOf(0), Tag: `k:"v"`}, {Name: "Y", Type: reflect.TypeOf("")}})
	sv := reflect.New(st).Elem()
	sv.Field(0).SetInt(5)
	fmt.Printf("%+v %v\n", sv, st)
	mt := reflect.MapOf(reflect.TypeOf(""), reflect.SliceOf(reflect.TypeOf(0)))
	mv := reflect.MakeMap(mt)
	mv.SetMapIndex(reflect.ValueOf("k"), reflect.ValueOf([]int{1, 2}))
	fmt.Println(mt, mv, reflect.FuncOf([]reflect.Type{mt}, nil, false), reflect.ArrayOf(3, mt), reflect.ChanOf(reflect.RecvDir, mt))
	for k, e := range mv.Seq2() {
		fmt.Println(k, e)
	}
	sl := []int{3, 1, 2}
	reflect.Swapper(sl)(0, 2)
	fmt.Println(sl)
}
