// run

package main

import (
	"fmt"
	"reflect"
	"sort"
	"strings"
)

type inner struct{ Z float64 }
type T struct {
	A int `json:"a,omitempty" db:"col_a"`
	B string
	c bool
	inner
	P *inner
	S []int
	M map[string]int
	F func(int) string
	I any
}

func (t T) Hello(name string) string { return "hello " + name + " from " + t.B }
func (t *T) SetA(n int)              { t.A = n }
func (t T) Sum(ns ...int) (s int) {
	for _, n := range ns {
		s += n
	}
	return s + t.A
}

type myInt int

func walk(v reflect.Value, depth int) {
	pre := strings.Repeat("  ", depth)
	switch v.Kind() {
	case reflect.Struct:
		for i := range v.NumField() {
			f := v.Type().Field(i)
			fmt.Println(pre+f.Name, f.Type, f.Anonymous, f.IsExported(), f.Index)
			walk(v.Field(i), depth+1)
		}
	case reflect.Pointer:
		if !v.IsNil() {
			walk(v.Elem(), depth+1)
		}
	case reflect.Slice:
		for i := range v.Len() {
			fmt.Println(pre, i, v.Index(i))
		}
	case reflect.Map:
		keys := v.MapKeys()
		sort.Slice(keys, func(i, j int) bool { return keys[i].String() < keys[j].String() })
		for _, k := range keys {
			fmt.Println(pre, k, v.MapIndex(k))
		}
	case reflect.Interface:
		fmt.Println(pre, "elem", v.Elem().Kind())
	}
}

func main() {
	t := T{A: 1, B: "b", inner: inner{2.5}, P: &inner{7}, S: []int{4, 5}, M: map[string]int{"x": 1, "y": 2}, I: myInt(3)}
	walk(reflect.ValueOf(t), 0)
	rt := reflect.TypeOf(t)
	f, _ := rt.FieldByName("A")
	fmt.Println(f.Tag, f.Tag.Get("db"), rt.NumMethod(), reflect.TypeOf(&t).NumMethod(), rt.Name(), rt.PkgPath(), rt.Kind(), rt)
	for i := range reflect.TypeOf(&t).NumMethod() {
		m := reflect.TypeOf(&t).Method(i)
		fmt.Println(m.Name, m.Type)
	}
	v := reflect.ValueOf(&t).Elem()
	v.Field(0).SetInt(42)
	v.FieldByName("B").SetString("changed")
	v.FieldByName("S").Set(reflect.Append(v.FieldByName("S"), reflect.ValueOf(6)))
	v.FieldByName("M").SetMapIndex(reflect.ValueOf("z"), reflect.ValueOf(9))
	fmt.Println(t.A, t.B, t.S, t.M, v.FieldByName("Z"), v.FieldByName("c").CanSet(), v.Field(0).CanSet())
	for _, x := range []any{1, "s", 2.5, []int{}, map[int]int{}, [2]int{}, nil, t, &t, main, make(chan int), true, 'x', 1i, myInt(1), struct{}{}} {
		if x == nil {
			fmt.Println(reflect.ValueOf(x).IsValid())
			continue
		}
		ty := reflect.TypeOf(x)
		fmt.Println(ty, ty.Kind(), ty.Size() > 0, ty.Comparable())
	}
	fmt.Println(reflect.DeepEqual([]any{1, map[string][]int{"a": {1}}}, []any{1, map[string][]int{"a": {1}}}), reflect.DeepEqual(t, T{}), reflect.DeepEqual(nil, nil))
	fmt.Println(reflect.Zero(rt).Field(1), reflect.New(reflect.TypeOf(0)).Elem().Int(), reflect.ValueOf(myInt(5)).Convert(reflect.TypeOf(0.0)))
	try := func(f func()) {
		defer func() { fmt.Println("panic:", recover()) }()
		f()
	}
	try(func() { reflect.ValueOf(t).Field(0).SetInt(1) })
	try(func() { v.Field(2).SetBool(true) })
	try(func() { reflect.ValueOf(1).Len() })
	try(func() { v.Field(0).SetString("x") })
	try(func() { reflect.ValueOf(nil).Type() })
}
