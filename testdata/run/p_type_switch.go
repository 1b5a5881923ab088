// run

// Type switches over concrete types, interfaces, nil, lists and generic parameters.
package main

type T struct{ a, b int }
type E interface{ Error() string }
type S interface{ String() string }
type es struct{}

func (es) Error() string  { return "es.Error" }
func (es) String() string { return "es.String" }

type named string

func (n named) String() string { return "named:" + string(n) }

func kind(x any) string {
	switch v := x.(type) {
	case nil:
		return "nil"
	case bool:
		if v {
			return "true"
		}
		return "false"
	case int, int8, int16, int32:
		return "signed"
	case uint8:
		return "byte " + string(rune(v))
	case string:
		return "string " + v
	case float64:
		if v > 1 {
			return "big float"
		}
		return "float"
	case []int:
		return "slice"
	case [2]int:
		return "array"
	case map[string]int:
		return "map"
	case func() string:
		return "func " + v()
	case chan<- int:
		return "send chan"
	case *T:
		v.a++
		return "*T"
	case T:
		return "T"
	case struct{ X int }:
		return "anon"
	case E:
		return "E " + v.Error()
	case S:
		return "S " + v.String()
	case *int:
		return "ptr"
	}
	return "other"
}

func generic[P any](x P) string {
	switch any(x).(type) {
	case P:
		switch any(x).(type) {
		case int:
			return "P=int"
		case []P:
			return "never"
		case string:
			return "P=string"
		}
		return "P"
	}
	return "nil P"
}

func count(xs ...any) (n, m, o int) {
	for _, x := range xs {
		switch x.(type) {
		case int, string:
			n++
		default:
			o++
		case error:
			m++
			break
		}
	}
	return
}

func main() {
	t := &T{1, 2}
	i := 5
	all := []any{nil, true, false, 1, int8(2), 'r', byte('b'), "s", 0.5, 2.5, []int{}, [2]int{}, map[string]int{}, func() string { return "called" },
		make(chan<- int), make(chan int), t, *t, struct{ X int }{1}, es{}, named("n"), &i, uint(1), float32(1), []any{}, [3]int{}}
	for i, x := range all {
		println(i, kind(x))
	}
	println(t.a)
	println(generic(1), generic("x"), generic(2.5), generic[any](nil), generic[error](es{}))
	println(count(1, "a", es{}, 2.5, nil, 3))
	switch x := any(t).(type) {
	case interface{ missing() }:
		println("no", x)
	case *T:
		println("fallthrough is not allowed, breaks are", x.b)
	}
	switch any(1).(type) {
	}
}
