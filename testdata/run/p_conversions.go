// run

// Conversions between named types, integers of all widths, structs, functions, channels.
package main

type celsius float64
type ids []int
type pair struct{ a, b int }
type pair2 struct {
	a int `tag:"x"`
	b int
}
type op func(int) int
type str string

//go:noinline
func widen(i8 int8, u8 uint8, i16 int16, u16 uint16, i32 int32, u32 uint32) {
	println(int64(i8), int64(u8), int64(i16), int64(u16), int64(i32), int64(u32))
	println(uint64(i8), uint64(u8), uint64(i16), uint64(u16), uint64(i32), uint64(u32))
	println(uint16(i8), int16(u8), int32(u16), uint32(i16), int32(u32), uint32(i32))
	println(uint8(i8), int8(u8), uint16(i16), int16(u16))
	println(float64(i8), float64(u8), float32(u32), float64(i32))
}

//go:noinline
func narrow(x int64) {
	println(int8(x), uint8(x), int16(x), uint16(x), int32(x), uint32(x), uint64(x), x != 0)
}

func main() {
	widen(-1, 255, -1, 65535, -1, 1<<32-1)
	widen(-128, 128, -32768, 32768, -1<<31, 1<<31)
	for _, x := range []int64{0, -1, 128, 255, 256, 32768, 65535, 65536, 1 << 31, 1<<32 - 1, 1 << 32, -1 << 63, 0x123456789abcdef} {
		narrow(x)
	}
	c := celsius(36.6)
	println(float64(c), int(c), celsius(float32(c)) == c)
	l := ids{1, 2}
	raw := []int(l)
	raw[0] = 9
	println(l[0])
	p := pair2(pair{1, 2})
	println(p.a, pair(p) == pair{1, 2})
	pp := (*pair2)(&pair{3, 4})
	println(pp.b)
	f := op(func(x int) int { return x + 1 })
	g := (func(int) int)(f)
	println(g(1))
	ch := make(chan int, 1)
	(chan<- int)(ch) <- 5
	println(<-(<-chan int)(ch))
	println(str("a")+"b", string(str("x")+"y"), []byte(str("z"))[0])
	println(string(rune('a'+1)), string(rune(0x4e16)))
	s := []int{1, 2, 3, 4}
	a := [2]int(s)
	ap := (*[3]int)(s)
	ap[0] = 100
	println(a[0], s[0], len(ap))
	println((*[0]int)(nil) == nil, (*[0]int)([]int{}) != nil)
	var i any = p
	_, ok := i.(pair)
	println(ok)
	var x uint8 = 200
	println(int8(x)>>1, x>>1, -x, ^x, int(x)<<4, x<<4)
	var n int = -7
	println(uint8(n), uint(n)>>60, n>>1, n/2)
	type e struct{ error }
	var b = struct{ a, b int }{5, 6}
	println(pair(b).b, pair2(b).a)
}
