// run

// Maps print in key order whatever the order of insertion.
package main

import (
	"fmt"
)

type key struct {
	a int
	b string
}

func main() {
	m := map[string]int{}
	for _, w := range []string{"zeta", "alpha", "mid", "beta", ""} {
		m[w] = len(w)
	}
	fmt.Println(m)
	fmt.Println(map[int]string{3: "c", -1: "z", 0: "o"})
	fmt.Println(map[float64]bool{2.5: true, -1: false, 1e10: true})
	fmt.Println(map[bool]int{true: 1, false: 0})
	fmt.Println(map[key]int{{2, "a"}: 1, {1, "z"}: 2, {1, "b"}: 3})
	fmt.Println(map[[2]int]int{{1, 2}: 3, {0, 9}: 4})
	fmt.Println(map[any]string{3: "three", nil: "nil", 1: "one", -2: "minus two"})
	fmt.Printf("%v %+v %d %s\n", map[string][]int{"x": {1, 2}, "a": nil}, map[string]key{"q": {1, "s"}}, map[int]int{1: 2}, map[string]string{"a": "b"})
	fmt.Printf("%#v\n", map[string]map[int]bool{"b": {2: true, 1: false}, "a": nil})
	var nilm map[string]int
	fmt.Println(nilm, len(nilm))
	nested := map[string]any{"list": []any{1, "two"}, "map": map[string]any{"z": nil, "y": 1.5}}
	fmt.Println(nested)
}
