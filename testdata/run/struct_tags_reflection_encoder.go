// run

// A small encoder driven by struct tags.
package main

import (
	"fmt"
	"reflect"
	"strconv"
	"strings"
)

type address struct {
	Street string `enc:"street"`
	No     int    `enc:"no,omitzero"`
}
type user struct {
	Name    string         `enc:"name"`
	Age     uint8          `enc:"age,omitzero"`
	Score   float64        `enc:"score"`
	Admin   bool           `enc:"admin"`
	Home    address        `enc:"home"`
	Work    *address       `enc:"work"`
	Tags    []string       `enc:"tags"`
	Props   map[string]int `enc:"props"`
	Any     any            `enc:"any"`
	Matrix  [2][2]int      `enc:"matrix"`
	secret  string
	Skipped string `enc:"-"`
}

func encode(b *strings.Builder, v reflect.Value, depth int) {
	switch v.Kind() {
	case reflect.String:
		b.WriteString(strconv.Quote(v.String()))
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		b.WriteString(strconv.FormatInt(v.Int(), 10))
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		b.WriteString(strconv.FormatUint(v.Uint(), 10))
	case reflect.Float32, reflect.Float64:
		b.WriteString(strconv.FormatFloat(v.Float(), 'g', -1, v.Type().Bits()))
	case reflect.Bool:
		b.WriteString(strconv.FormatBool(v.Bool()))
	case reflect.Pointer, reflect.Interface:
		if v.IsNil() {
			b.WriteString("null")
			return
		}
		encode(b, v.Elem(), depth)
	case reflect.Slice, reflect.Array:
		b.WriteByte('[')
		for i := range v.Len() {
			if i > 0 {
				b.WriteByte(' ')
			}
			encode(b, v.Index(i), depth)
		}
		b.WriteByte(']')
	case reflect.Map:
		b.WriteString("map(")
		b.WriteString(strconv.Itoa(v.Len()))
		b.WriteByte(')')
	case reflect.Struct:
		b.WriteString("{\n")
		t := v.Type()
		for i := range t.NumField() {
			f := t.Field(i)
			tag, ok := f.Tag.Lookup("enc")
			if !f.IsExported() || !ok || tag == "-" {
				continue
			}
			name, opts, _ := strings.Cut(tag, ",")
			if opts == "omitzero" && v.Field(i).IsZero() {
				continue
			}
			b.WriteString(strings.Repeat("  ", depth+1) + name + ": ")
			encode(b, v.Field(i), depth+1)
			b.WriteByte('\n')
		}
		b.WriteString(strings.Repeat("  ", depth) + "}")
	default:
		fmt.Fprintf(b, "<%s>", v.Kind())
	}
}

func set(p any, values map[string]string) (err error) {
	v := reflect.ValueOf(p).Elem()
	for i := range v.NumField() {
		s, ok := values[v.Type().Field(i).Tag.Get("enc")]
		if !ok {
			continue
		}
		switch f := v.Field(i); f.Kind() {
		case reflect.String:
			f.SetString(s)
		case reflect.Float64:
			x, err := strconv.ParseFloat(s, 64)
			if err != nil {
				return err
			}
			f.SetFloat(x)
		case reflect.Bool:
			f.SetBool(s == "yes")
		default:
			return fmt.Errorf("cannot set %s", f.Type())
		}
	}
	return nil
}

func main() {
	u := user{Name: "Ann \"A\"", Score: 1.5, Work: &address{"W", 5}, Tags: []string{"x", "y"}, Props: map[string]int{"p": 1}, Any: []any{1, nil, address{"in any", 0}}, secret: "s"}
	var b strings.Builder
	encode(&b, reflect.ValueOf(u), 0)
	fmt.Println(b.String())
	fmt.Println(set(&u, map[string]string{"name": "Bob", "score": "9.25", "admin": "yes"}), u.Name, u.Score, u.Admin)
	fmt.Println(set(&u, map[string]string{"score": "x"}), set(&u, map[string]string{"tags": "x"}))
	b.Reset()
	encode(&b, reflect.ValueOf(map[string]int{}), 0)
	encode(&b, reflect.ValueOf(make(chan int)), 0)
	fmt.Println(b.String())
}
