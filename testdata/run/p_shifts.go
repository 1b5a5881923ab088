// run

// Shift counts at and beyond the width, of every type.
package main

//go:noinline
func shl(x int64, s uint) int64 { return x << s }

//go:noinline
func shr(x int64, s uint) int64 { return x >> s }

//go:noinline
func ushr(x uint64, s uint8) uint64 { return x >> s }

//go:noinline
func shl8(x int8, s int) int8 { return x << s }

//go:noinline
func shr8(x int8, s uint64) int8 { return x >> s }

//go:noinline
func ushr16(x uint16, s uint32) uint16 { return x >> s }

//go:noinline
func shl32(x int32, s int16) int32 { return x << s }

func try(s int) {
	defer func() {
		if e := recover(); e != nil {
			println("recovered:", e.(error).Error())
		}
	}()
	println(shl8(1, s))
}

func main() {
	for _, s := range []uint{0, 1, 31, 32, 63, 64, 65, 1 << 40} {
		println(s, shl(1, s), shl(-3, s), shr(-1, s), shr(1<<62, s), shr(-1<<63, s))
	}
	println(ushr(1<<63, 63), ushr(1<<63, 64), ushr(1<<63, 255))
	println(shl8(1, 7), shl8(1, 8), shl8(3, 6), shl8(-1, 100))
	println(shr8(-128, 7), shr8(-128, 8), shr8(-128, 1<<63), shr8(127, 64))
	println(ushr16(0x8000, 15), ushr16(0x8000, 16), ushr16(0xffff, 4))
	println(shl32(1, 31), shl32(1, 32), shl32(5, 30))
	try(3)
	try(-1)
	var s uint = 33
	var i = 1 << s
	var j int32 = 1 << s
	var k = uint64(1 << s)
	var w int64 = 1.0 << 33
	println(i, j, k, w)
	x := uint8(0x81)
	println(x<<1|x>>7, x>>1|x<<7)
	x <<= 3
	println(x)
	x >>= 3
	println(x)
	r := uint32(0x12345678)
	for n := range 4 {
		println(r<<(8*n) | r>>(32-8*n))
	}
}
