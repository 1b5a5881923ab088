// run

// Switches that are searched: strings by length and bytes, types by hash, integers; comparisons with constant strings.
package main

import "fmt"

func s1(s string) int {
	switch s {
	case "", "a", "b", "c":
		return 0
	case "ab", "cd", "ba", "dc":
		return 1
	case "hello", "jello", "hellp":
		return 2
	case "hello, world, this is a long string over 32", "hello, world, this is a long string over 33", "jello, world, this is a long string over 33":
		return 3
	case "\x00", "\xff", "\x80":
		return 4
	case "exactly 8", "exactly8", "sixteen bytes ok", "sixteen bytes no":
		return 5
	default:
		return 6
	case "func", "type", "struct", "return", "switch", "select", "string":
		fallthrough
	case "x9":
		return 7
	}
}

type N string

func s2(s N) string {
	switch s {
	case "one", "two", "three", "four", "five", "six", "seven", "eight", "nine":
		return "num"
	}
	return "no"
}
func eq(s string) (r []bool) {
	return append(r, s == "", s == "a", s == "ab", s == "abc", s == "abcd", s == "abcde", s == "abcdefg", s == "abcdefgh", s == "abcdefghi", "abcdefghijklmnop" == s, s != "abcdefghijklmnopq", s == "abcdefghijklmnopqrstuvwxyzABCDEF", s == "abcdefghijklmnopqrstuvwxyzABCDEFG", s != "", s == "\xff\x80\x00\xff", s == "\xff\xff\xff\xff\xff\xff\xff\xff\xff", s == "\xff\xff")
}

type A struct{ x int }
type B struct{ x int }
type C int
type D string
type E []int

func (A) M()  {}
func (*B) M() {}
func (C) M()  {}
func (D) M()  {}
func (E) M()  {}

type M interface{ M() }
type G[T any] struct{ v T }

func (G[T]) M() {}

func t1(x any) string {
	switch v := x.(type) {
	case A, B:
		return fmt.Sprintf("AB %v", v)
	case *A:
		return fmt.Sprint("pA ", v.x)
	case C:
		return fmt.Sprint("C ", int(v))
	case D:
		return "D " + string(v)
	case E:
		return fmt.Sprint("E ", len(v))
	case int, uint:
		return fmt.Sprint("int ", v)
	case string:
		return "s " + v
	case nil:
		return "nil"
	case func(), chan int, map[string]int:
		return fmt.Sprintf("ref %T", v)
	case G[int]:
		return fmt.Sprint("Gi", v.v)
	case G[string]:
		return fmt.Sprint("Gs", v.v)
	case [3]int:
		return fmt.Sprint("arr", v[1])
	case float64:
		return fmt.Sprint("f", v)
	case M:
		return fmt.Sprintf("M %T", v)
	case *B, error:
		return "unreached"
	case struct{}:
		return "empty"
	case bool:
		return fmt.Sprint("bool", v)
	}
	return "?"
}
func t2(x M) string {
	switch v := x.(type) {
	case nil:
		return "nil"
	case A:
		return fmt.Sprint("A", v.x)
	case *B:
		return fmt.Sprint("B", v == nil)
	case C, D:
		return fmt.Sprint("CD", v)
	case E:
		return fmt.Sprint("E", v)
	case G[int]:
		return fmt.Sprint("G", v)
	case G[bool]:
		return fmt.Sprint("Gb", v)
	default:
		return fmt.Sprintf("other %T", v)
	}
}
func t3[X, Y any](x any) string {
	switch v := x.(type) {
	case X:
		return fmt.Sprintf("X %T", v)
	case Y:
		return fmt.Sprintf("Y %T", v)
	case []X:
		return "[]X"
	case []Y:
		return "[]Y"
	case map[string]X:
		return "map"
	case int:
		return "int"
	case string:
		return "string"
	}
	return "?"
}
func i1(x int) int {
	switch x {
	case -1 << 63, 1<<63 - 1:
		return 1
	case 0, 1, 2, 3, 5, 8, 13:
		return 2
	case 1000000, 1000001, -5, -6:
		return 3
	}
	return 4
}
func u1(x uint8) int {
	switch x {
	case 255, 254, 253, 128, 127, 1, 0:
		return int(x)
	}
	return -1
}
func i8(x int8) int {
	switch x {
	case -128, -127, -1, 0, 1, 126, 127:
		return int(x)
	}
	return -1000
}
func u64(x uint64) int {
	switch x {
	case 1<<64 - 1, 1 << 63, 1<<63 - 1, 0, 1, 2, 3, 4:
		return 1
	}
	return 0
}

func main() {
	for _, s := range []string{"", "a", "d", "ab", "ac", "cd", "hello", "hellq", "jello", "hello, world, this is a long string over 32", "hello, world, this is a long string over 33", "hello, world, this is a long string over 34", "jello, world, this is a long string over 33", "\x00", "\xff", "\x80", "\x81", "exactly 8", "exactly8", "exactly9", "sixteen bytes ok", "sixteen bytes no", "sixteen bytes xx", "func", "type", "select", "x9", "switch", "swatch", "strict", "string"} {
		fmt.Print(s1(s), s2(N(s)), " ")
		fmt.Println(eq(s))
	}
	for _, s := range []N{"one", "two", "six", "sit", "three", "seven", "eight", "eighy"} {
		fmt.Print(s2(s), " ")
	}
	full := "abcdefghijklmnopqrstuvwxyzABCDEFGH"
	for i := range full {
		fmt.Println(i, eq(full[:i]))
	}
	fmt.Println(eq("\xff\x80\x00\xff"), eq("\xff\xff\xff\xff\xff\xff\xff\xff\xff"), eq("\xff\xff"))
	var e error
	for _, x := range []any{nil, A{1}, B{2}, &A{3}, &B{4}, C(5), D("6"), E{7}, 8, uint(9), "10", func() {}, make(chan int), map[string]int{}, G[int]{1}, G[string]{"s"}, G[bool]{}, [3]int{1, 2, 3}, 2.5, struct{}{}, true, int8(1), e, fmt.Errorf("x"), []int{}} {
		fmt.Print(t1(x), "; ")
		if m, ok := x.(M); ok {
			fmt.Print(t2(m), "; ")
		}
		fmt.Println(t3[int, string](x), t3[string, string](x), t3[any, int](x), t3[error, bool](x))
	}
	fmt.Println(t2(nil))
	for _, x := range []int{-1 << 63, 1<<63 - 1, 0, 4, 13, 14, 1000001, -5, -7, 1 << 40} {
		fmt.Print(i1(x), " ", u1(uint8(x)), " ", i8(int8(x)), " ", u64(uint64(x)), ";")
	}
	for x := range 256 {
		fmt.Print(u1(uint8(x)), i8(int8(x)), " ")
	}
}
