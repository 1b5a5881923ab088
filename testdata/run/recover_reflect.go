// run

// Deferred functions that reflection made recover like others; what they call does not.
package main

import (
	"fmt"
	"reflect"
)

type T struct{ name string }

func (t T) Value()    { fmt.Println(t.name, "value", recover()) }
func (t *T) Pointer() { fmt.Println(t.name, "pointer", recover()) }
func (t T) Deep()     { func() { fmt.Println(t.name, "deep", recover()) }() }

func run(name string, f func()) {
	defer func() {
		if r := recover(); r != nil {
			fmt.Println(name, "did not recover", r)
		}
	}()
	func() {
		defer f()
		panic(name)
	}()
}

func main() {
	t := &T{"t"}
	v := reflect.ValueOf(t)
	for i := range v.NumMethod() {
		name := v.Type().Method(i).Name
		run("method value "+name, v.Method(i).Interface().(func()))
		run("method func "+name, func() { v.Type().Method(i).Func.Call([]reflect.Value{v}) })
	}
	run("expr", func() {})
	f := v.Type().Method(1).Func.Interface().(func(*T))
	func() {
		defer func() { fmt.Println("outer", recover()) }()
		defer f(t)
		panic("method expression")
	}()
	made := reflect.MakeFunc(reflect.TypeFor[func()](), func([]reflect.Value) []reflect.Value {
		fmt.Println("made", recover())
		return nil
	}).Interface().(func())
	run("makefunc", made)
}
