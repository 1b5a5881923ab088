// run

// Reflection finds the methods of a pointer to a type without a name that embeds types with methods.
package main

import (
	"encoding/json"
	"fmt"
	"reflect"
)

type text struct{ s string }

func (t *text) MarshalText() ([]byte, error) { return []byte("text " + t.s), nil }
func (t *text) String() string               { return "string " + t.s }

type inner struct{ *text }

type value int

func (v value) Error() string { return fmt.Sprint("value ", int(v)) }

func main() {
	var y struct{ text }
	y.s = "y"
	v := reflect.New(reflect.TypeOf(y))
	v.Elem().Field(0).Set(reflect.New(reflect.TypeFor[text]()).Elem())
	s, ok := v.Interface().(fmt.Stringer)
	fmt.Println(ok, s)
	fmt.Println(reflect.PointerTo(reflect.TypeOf(struct{ value }{})).Implements(reflect.TypeFor[error]()))
	fmt.Println(reflect.PointerTo(reflect.TypeOf(struct{ inner }{})).NumMethod())
	fmt.Println(reflect.PointerTo(reflect.TypeOf([]struct{ text }{})).NumMethod())

	b, err := json.Marshal(&struct{ X struct{ text } }{struct{ text }{text{"a"}}})
	fmt.Println(string(b), err)
	b, err = json.Marshal(map[string]*struct{ text }{"k": {text{"b"}}})
	fmt.Println(string(b), err)
	list := []struct{ text }{{text{"c"}}, {text{"d"}}}
	b, err = json.Marshal(list)
	fmt.Println(string(b), err)
	fmt.Println(&list[0], list[1].String())
}
