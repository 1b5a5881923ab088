// run

package main

import (
	"encoding/json"
	"fmt"
	"strings"
)

type addr struct {
	Street string `json:"street"`
	Zip    *int   `json:"zip,omitempty"`
}
type person struct {
	Name   string         `json:"name"`
	Age    int            `json:"age"`
	Emails []string       `json:"emails"`
	Addr   *addr          `json:"addr,omitempty"`
	Meta   map[string]any `json:"meta,omitempty"`
	skip   int
	Ignore string            `json:"-"`
	Score  float64           `json:",string"`
	Tags   map[string]string `json:"tags"`
}
type color int

func (c color) MarshalText() ([]byte, error) { return []byte(fmt.Sprintf("color-%d", int(c))), nil }
func (c *color) UnmarshalText(b []byte) error {
	_, err := fmt.Sscanf(string(b), "color-%d", (*int)(c))
	return err
}

func main() {
	zip := 123
	p := person{Name: "Ann <&>", Age: 30, Emails: []string{"a@b"}, Addr: &addr{"Main", &zip}, Meta: map[string]any{"z": 1, "a": []int{1}}, Score: 2.5}
	b, err := json.Marshal(p)
	fmt.Println(string(b), err)
	b, _ = json.MarshalIndent(map[string]any{"b": []any{1, "x", nil, true}, "a": map[string]any{}}, "", "  ")
	fmt.Println(string(b))
	var q person
	err = json.Unmarshal([]byte(`{"name":"Bob","AGE":5,"emails":["x","y"],"addr":{"street":"S"},"meta":{"k":[1,2.5,{"n":null}]},"Score":"1.5","unknown":1}`), &q)
	fmt.Println(q.Name, q.Age, q.Emails, q.Addr.Street, q.Addr.Zip, q.Meta, q.Score, err)
	var v any
	for _, s := range []string{`{"a":[1,2,{"b":"\u00e9\n"}],"c":1e3}`, `[1,`, `{"a" 1}`, `tru`, `"x`, `1 2`, ``, `[1.5,-0,true,null,"s"]`} {
		v = nil
		err := json.Unmarshal([]byte(s), &v)
		fmt.Println(v, err)
	}
	err = json.Unmarshal([]byte(`{"age":"str"}`), &q)
	fmt.Println(err)
	c, _ := json.Marshal(map[color]color{1: 2})
	var cm map[color]color
	err = json.Unmarshal(c, &cm)
	fmt.Println(string(c), len(cm), int(cm[1]), err)
	dec := json.NewDecoder(strings.NewReader(`{"name":"one"} {"name":"two"} x`))
	for {
		var p person
		if err := dec.Decode(&p); err != nil {
			fmt.Println(err)
			break
		}
		fmt.Println(p.Name)
	}
	_, err = json.Marshal(make(chan int))
	fmt.Println(err)
	fmt.Println(json.Valid([]byte(`{"x":[]}`)), json.Valid([]byte(`{x}`)))
	var raw struct{ R json.RawMessage }
	json.Unmarshal([]byte(`{"R": {"keep": [1] }}`), &raw)
	fmt.Println(string(raw.R))
}
