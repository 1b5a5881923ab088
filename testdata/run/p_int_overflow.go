// run

// Integer arithmetic wraps around in every width.
package main

//go:noinline
func add8(a, b int8) int8 { return a + b }

//go:noinline
func mul16(a, b int16) int16 { return a * b }

//go:noinline
func sub32(a, b int32) int32 { return a - b }

//go:noinline
func neg64(a int64) int64 { return -a }

//go:noinline
func addu8(a, b uint8) uint8 { return a + b }

//go:noinline
func div64(a, b int64) (int64, int64) { return a / b, a % b }

//go:noinline
func div8(a, b int8) (int8, int8) { return a / b, a % b }

//go:noinline
func div32(a, b int32) (int32, int32) { return a / b, a % b }

//go:noinline
func divu(a, b uint64) (uint64, uint64) { return a / b, a % b }

func main() {
	println(add8(127, 1), add8(-128, -1), add8(100, 100))
	println(mul16(300, 300), mul16(-32768, -1), mul16(255, 257))
	println(sub32(-1<<31, 1), sub32(1<<31-1, -1))
	println(neg64(-1<<63), neg64(5))
	println(addu8(255, 1), addu8(200, 100), addu8(0, 255))
	q, r := div64(-1<<63, -1)
	println(q, r)
	q, r = div64(-7, 2)
	println(q, r)
	q, r = div64(7, -2)
	println(q, r)
	q8, r8 := div8(-128, -1)
	println(q8, r8)
	q32, r32 := div32(-1<<31, -1)
	println(q32, r32)
	uq, ur := divu(1<<64-1, 10)
	println(uq, ur)
	var u16 uint16 = 0
	u16--
	println(u16)
	var i8 int8 = 127
	i8++
	println(i8)
	var u uint = 0
	println(u-1 == ^uint(0), uint32(u)-1)
	x := uint64(0xdeadbeefcafebabe)
	println(uint8(x), int8(x), uint16(x), int16(x), uint32(x), int32(x), int64(x))
	println(x*x, x*0x9e3779b97f4a7c15, ^x, x&^0xff)
	h := uint32(2166136261)
	for _, c := range []byte("wrap around") {
		h ^= uint32(c)
		h *= 16777619
	}
	println(h)
}
