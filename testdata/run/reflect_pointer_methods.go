// run

// Reflection finds the methods of a pointer to a type without a name that embeds types with methods.
package main

import (
	"encoding/json"
	"fmt"
	"reflect"
)

type Text struct{ s string }

func (t *Text) MarshalText() ([]byte, error) { return []byte("text " + t.s), nil }
func (t *Text) String() string               { return "string " + t.s }

type inner struct{ *Text }

type value int

func (v value) Error() string { return fmt.Sprint("value ", int(v)) }

func main() {
	var y struct{ Text }
	y.s = "y"
	v := reflect.New(reflect.TypeOf(y))
	v.Elem().Field(0).Set(reflect.New(reflect.TypeFor[Text]()).Elem())
	s, ok := v.Interface().(fmt.Stringer)
	fmt.Println(ok, s)
	fmt.Println(reflect.PointerTo(reflect.TypeOf(struct{ value }{})).Implements(reflect.TypeFor[error]()))
	fmt.Println(reflect.PointerTo(reflect.TypeOf(struct{ inner }{})).NumMethod())
	fmt.Println(reflect.PointerTo(reflect.TypeOf([]struct{ Text }{})).NumMethod())

	b, err := json.Marshal(&struct{ X struct{ Text } }{struct{ Text }{Text{"a"}}})
	fmt.Println(string(b), err)
	b, err = json.Marshal(map[string]*struct{ Text }{"k": {Text{"b"}}})
	fmt.Println(string(b), err)
	list := []struct{ Text }{{Text{"c"}}, {Text{"d"}}}
	b, err = json.Marshal(list)
	fmt.Println(string(b), err)
	fmt.Println(&list[0], list[1].String())
}
