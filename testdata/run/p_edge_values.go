// run

// Shifts, divisions, comparisons, complex numbers and conversions at their edges.
package main

import (
	"errors"
	"fmt"
	"math"
	"os"
	"runtime"
	"strings"
	"unsafe"
)

func try(name string, f func()) {
	defer func() {
		if r := recover(); r != nil {
			_, isrt := r.(runtime.Error)
			fmt.Printf("%s panic: %v %v\n", name, r, isrt)
		}
	}()
	f()
}

//go:noinline
func id[T any](x T) T { return x }

type bl struct {
	a int
	_ int
	b string
}
type bl2 struct {
	a int8
	_ [100]byte
	b int64
}
type fs struct{ f func() }
type st struct {
	x any
	y int
}
type named int

func shifts() {
	var u8 uint8 = 200
	var i8 int8 = -128
	var u64 uint64 = 1 << 63
	var i64 int64 = -1 << 63
	for _, c := range []uint{0, 1, 7, 8, 9, 31, 32, 33, 63, 64, 65, 1000, 1 << 63} {
		fmt.Println(c, u8<<c, u8>>c, i8<<c, i8>>c, u64<<c, u64>>c, i64<<c, i64>>c, int32(-5)>>c, uint16(0xffff)<<c, uint16(0xffff)>>c, int16(-3)<<c)
	}
	for _, c := range []int8{0, 1, 7, 8, 64, 127, -1, -128} {
		try("shl", func() { fmt.Println(c, u8<<c, i64>>c) })
	}
	for _, c := range []uint8{0, 8, 64, 255} {
		fmt.Println(u64>>c, i64>>c, u8>>c, uintptr(1)<<c)
	}
	var x int64 = math.MinInt64
	var m int64 = id(int64(-1))
	fmt.Println(x/m, x%m)
	var y int32 = math.MinInt32
	fmt.Println(y/int32(m), y%int32(m), int8(y>>24)/int8(m), int8(-128)%int8(m), int16(-32768)/int16(m))
	try("div0", func() { fmt.Println(x / id(int64(0))) })
	try("mod0", func() { fmt.Println(id(uint8(3)) % id(uint8(0))) })
	x *= x - 1
	fmt.Println(x, -x, ^x, +x)
	fmt.Println(id(7)/-2, id(7)%-2, id(-7)/2, id(-7)%2, id(-7)>>1, id(-7)/8, id(-7)%8, id(-8)/8)
	fmt.Println(id(uint32(7))&^id(uint32(5)), id(6)^id(3), id(int8(100))+id(int8(100)))
}

func cmp() {
	try("iface map", func() {
		m := map[any]int{}
		m[1] = 1
		m[1.0] = 2
		m["1"] = 3
		m[named(1)] = 4
		m[[2]int{1, 2}] = 5
		m[st{1, 2}] = 6
		m[nil] = 7
		m[math.NaN()] = 8
		m[math.NaN()] = 9
		fmt.Println(len(m), m[1], m[1.0], m["1"], m[named(1)], m[[2]int{1, 2}], m[st{1, 2}], m[nil], m[math.NaN()])
		delete(m, math.NaN())
		fmt.Println(len(m))
		clear(m)
		fmt.Println(len(m))
		m[[]int{1}] = 2
	})
	try("iface map2", func() { m := map[any]int{}; _ = m[func() {}] })
	try("iface map3", func() { m := map[any]int{}; fmt.Println(m[st{[]int{1}, 2}]) })
	try("iface del", func() { m := map[any]int{1: 1}; delete(m, any(map[int]int{})) })
	try("iface del nil", func() { var m map[any]int; delete(m, any(map[int]int{})) })
	try("iface get nil", func() { var m map[any]int; fmt.Println(m[any(map[int]int{})]) })
	try("eq1", func() { var a, b any = []int{1}, []int{1}; fmt.Println(a == b) })
	try("eq2", func() { var a, b any = []int{1}, 1; fmt.Println(a == b) })
	try("eq3", func() { var a, b any = fs{}, fs{}; fmt.Println(a == b) })
	try("eq4", func() { a, b := st{[]int{1}, 1}, st{[]int{1}, 2}; fmt.Println(a == b) })
	try("eq5", func() { a, b := st{[]int{1}, 1}, st{[]int{1}, 1}; fmt.Println(a == b) })
	try("eq6", func() { a, b := [2]any{1, func() {}}, [2]any{2, func() {}}; fmt.Println(a == b) })
	try("eq7", func() { a, b := [2]any{func() {}, 1}, [2]any{func() {}, 2}; fmt.Println(a == b) })
	try("eq8", func() { var a any = map[int]int{}; fmt.Println(a == any(nil), a != nil) })
	try("eq9", func() { var a error = errors.New("x"); var b any = a; fmt.Println(a == b, b == a) })
	try("blank", func() {
		a, b := bl{a: 1, b: "x"}, bl{a: 1, b: "x"}
		*(*int)(unsafe.Add(unsafe.Pointer(&a), 8)) = 55
		fmt.Println(a == b, any(a) == any(b))
		m := map[bl]int{a: 1}
		fmt.Println(m[b])
		c, d := bl2{a: 1, b: 2}, bl2{a: 1, b: 2}
		*(*byte)(unsafe.Add(unsafe.Pointer(&c), 1)) = 9
		*(*byte)(unsafe.Add(unsafe.Pointer(&c), 102)) = 9
		fmt.Println(c == d, any(c) == any(d), map[bl2]int{c: 4}[d])
	})
	nan := math.NaN()
	nz := math.Copysign(0, -1)
	fmt.Println(nan == nan, nan != nan, nan < 1, nan > 1, nan <= nan, 0.0 == nz, [1]float64{nan} == [1]float64{nan}, any(nan) == any(nan), any(nz) == any(0.0))
	fmt.Println(min(1.0, nan), max(nan, 1), min(nz, 0), max(nz, 0), min(0, nz), min(math.Inf(1), nan), min("b", "a", "c"), max("b", "a", "c"), min(3, 1, 2), max(uint8(3), 200))
	fmt.Println(1/min(id(0.0), nz), 1/max(nz, id(0.0)), min(id(float32(2)), 1))
	m := map[float64]int{nan: 1, 0: 2}
	m[nan] = 3
	m[nz] = 5
	fmt.Println(len(m), m[0], m[nan])
	clear(m)
	fmt.Println(len(m))
	fm := map[complex128]string{complex(0, nz): "z", complex(nan, 0): "n"}
	fmt.Println(fm[0], len(fm), fm[complex(nan, 0)])
	type zs struct{}
	var z1, z2 [0]int
	fmt.Println(z1 == z2, zs{} == zs{}, any(zs{}) == any(zs{}))
	s1, s2 := "abc", strings.Repeat("abc", id(1))
	fmt.Println(s1 == s2, s1 < s2+"a", s1 >= s2, s1 > "abb", "" < s1, s1[:0] == "", s1 != "abd", "ab" < s1, s1 == "abc", s1 < "abd", s1 < "abcd")
	var p1, p2 *int
	fmt.Println(p1 == p2, new(int) == p1, any(p1) == any(p2), any(p1) == nil)
	ch := make(chan int)
	var ro <-chan int = ch
	fmt.Println(ro == ch, any(ro) == any(ch))
	c1 := complex(1, nan)
	fmt.Println(c1 == c1, c1 != c1, complex(nz, 0) == complex(0, nz))
}

func cplx() {
	inf, nan := math.Inf(1), math.NaN()
	vals := []complex128{0, 1, -1, 1i, -1i, complex(inf, 0), complex(0, inf), complex(-inf, inf), complex(nan, 0), complex(inf, nan), 1e300 + 1e300i, 1e-300 + 1e-310i, complex(math.Copysign(0, -1), 0)}
	for _, a := range vals {
		for _, b := range vals {
			fmt.Println(a, b, a+b, a-b, a*b, a/b)
			fmt.Println(complex64(a)*complex64(b), complex64(a)/complex64(b))
		}
	}
	try("int/0", func() { fmt.Println(complex64(1) / complex64(id(complex64(0)))) })
	fmt.Println(real(vals[5]), imag(vals[7]), -vals[4], +vals[3])
	var c64 complex64 = 3 + 4i
	c64 *= c64
	c64++
	c64--
	c64 -= 1i
	fmt.Println(c64)
}

func conv() {
	try("arr1", func() { s := []int{1, 2}; fmt.Println([2]int(s)) })
	try("arr2", func() { s := []int{1, 2}; fmt.Println([3]int(s)) })
	try("arr3", func() { s := []int{1, 2}; p := (*[3]int)(s); fmt.Println(p) })
	try("arr4", func() {
		var s []int
		p := (*[0]int)(s)
		fmt.Println(p == nil)
		q := (*[0]int)([]int{})
		fmt.Println(q == nil)
	})
	try("arr5", func() {
		s := []int{1, 2, 3}
		p := (*[2]int)(s)
		p[0] = 9
		a := [3]int(s)
		s[1] = 8
		fmt.Println(s, a)
	})
	try("unsafe1", func() { var p *int; fmt.Println(unsafe.Slice(p, id(0)) == nil) })
	try("unsafe2", func() { var p *int; fmt.Println(unsafe.Slice(p, id(1))) })
	try("unsafe3", func() { x := 1; fmt.Println(unsafe.Slice(&x, id(-1))) })
	try("unsafe4", func() { x := 1; fmt.Println(len(unsafe.Slice(&x, id(math.MaxInt)))) })
	try("unsafe5", func() { var p *byte; fmt.Println(unsafe.String(p, id(1))) })
	try("unsafe6", func() { var p byte; fmt.Println(unsafe.String(&p, id(-1))) })
	try("unsafe7", func() { var p [0]int; fmt.Println(len(unsafe.Slice(&p, id(1<<40)))) })
	try("unsafe8", func() { x := [3]int{1, 2, 3}; fmt.Println(*(*int)(unsafe.Add(unsafe.Pointer(&x), 8))) })
	try("unsafe9", func() { x := 1; fmt.Println(len(unsafe.Slice(&x, id(uint64(1<<63))))) })
	for i, r := range "a\xffb\xc0\xafc\xed\xa0\x80d\xf4\x90\x80\x80e\u00e9\U0001F600\xe2\x82" {
		fmt.Print(i, ":", r, " ")
	}
	fmt.Println()
	s := id("a\xffé\xe2\x82")
	fmt.Println([]rune(s), []byte(s), string([]rune{0x110000, -1, 0xd800, 'x'}), string(rune(id(-5))), len([]rune(s)))
	for range s {
		fmt.Print(".")
	}
	fmt.Println(string([]rune(s)), string(s[0]))
	f := id(1e20)
	fmt.Println(int64(int8(id(300))), uint8(id(-1)), int32(id(int64(1<<40+5))), uint16(id(70000)))
	fmt.Println(float32(id(uint64(math.MaxUint64))), float64(id(uint64(1<<63+1))), uint64(id(1.5e19)), int64(f), uint32(id(3.99)), int(id(-3.99)))
	fmt.Println(float32(id(16777217.0)), float64(float32(id(0.1))), id(float32(0.1))*3 == 0.3)
	var e any = 5
	try("as1", func() { fmt.Println(e.(string)) })
	try("as2", func() { fmt.Println(e.(fmt.Stringer)) })
	try("as3", func() { var n any; fmt.Println(n.(int)) })
	try("as4", func() { var n error; fmt.Println(n.(fmt.Stringer)) })
	try("as5", func() { var n error = os.ErrNotExist; fmt.Println(n.(interface{ Foo() })) })
	try("mk1", func() { _ = make([]int, id(-1)) })
	try("mk2", func() { _ = make([]int, 1, id(0)) })
	try("mk3", func() { _ = make([]int, id(5), id(3)) })
	try("mk4", func() { _ = make(chan int, id(-1)) })
	try("mk5", func() { _ = make([]int, id(math.MaxInt)) })
	try("mk6", func() { m := make(map[int]int, id(-1)); fmt.Println(len(m)) })
	try("mk7", func() { _ = make([]struct{}, id(uint64(1<<63))) })
	try("sl1", func() { s := []int{1, 2, 3}; fmt.Println(s[id(2):id(1)]) })
	try("sl2", func() { s := "abc"; fmt.Println(s[id(4):]) })
	try("sl3", func() { s := []int{1, 2, 3}; fmt.Println(s[:id(2):id(5)]) })
	try("sl4", func() { s := []int{1, 2, 3}; fmt.Println(s[id(-1):]) })
	try("sl5", func() { var a *[3]int; fmt.Println(len(a), cap(a)); _ = a[:] })
	try("sl6", func() { s := make([]int, 2, 10); fmt.Println(s[5:8], s[:10:10]) })
	try("sl7", func() { s := []int{1, 2, 3}; fmt.Println(s[id(uint8(200)):]) })
	try("ix1", func() { a := [3]int{}; fmt.Println(a[id(uint64(1<<63))]) })
	try("ix2", func() { a := "abc"; fmt.Println(a[id(int8(-3))]) })
	try("nil", func() {
		var p *struct {
			a [1 << 20]byte
			b int
		}
		p.b = 1
	})
	try("nilf", func() { var f func(); f() })
	try("nili", func() { var e error; _ = e.Error() })
	try("closenil", func() { var c chan int; close(c) })
	try("close2", func() { c := make(chan int); close(c); close(c) })
	try("sendclosed", func() { c := make(chan int, 1); close(c); c <- 1 })
	try("panicnil", func() { panic(nil) })
	try("panicerr", func() { panic(fmt.Errorf("wrapped %w", os.ErrExist)) })
}

func main() {
	shifts()
	cmp()
	cplx()
	conv()
}
