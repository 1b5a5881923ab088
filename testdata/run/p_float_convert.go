// run

// Conversions between integers and floats, in range.
package main

//go:noinline
func i2f(i int64) float64 { return float64(i) }

//go:noinline
func u2f(u uint64) float64 { return float64(u) }

//go:noinline
func u2f32(u uint64) float32 { return float32(u) }

//go:noinline
func f2i(f float64) int64 { return int64(f) }

//go:noinline
func f2u(f float64) uint64 { return uint64(f) }

//go:noinline
func f2i32(f float64) int32 { return int32(f) }

//go:noinline
func f2u8(f float32) uint8 { return uint8(f) }

func main() {
	for _, i := range []int64{0, 1, -1, 1 << 53, 1<<53 + 1, 1<<63 - 1, -1 << 63, 9007199254740993} {
		f := i2f(i)
		println(i, f, f == float64(i))
	}
	for _, u := range []uint64{0, 1, 1 << 63, 1<<64 - 1, 1<<63 + 1, 1<<63 + 1025, 1<<64 - 1024, 1<<64 - 1025} {
		f := u2f(u)
		println(u, f, u2f32(u))
	}
	for _, f := range []float64{0.9, -0.9, 1.5, -1.5, 2.9999999, 1e15, -1e18, 4503599627370497.5} {
		println(f, f2i(f))
	}
	for _, f := range []float64{0.5, 3.99, 9.2e18, 9223372036854775808, 1.8e19, 18446744073709549568} {
		println(f, f2u(f))
	}
	println(f2i32(2147483647.9), f2i32(-2147483648.5), f2u8(255.9), f2u8(0.1))
	println(float32(16777217), float64(float32(33554435)), float32(1e-46) == 0)
	var u32 uint32 = 1<<32 - 1
	println(float32(u32), float64(u32), uint32(float64(u32)))
	var i16 int16 = -300
	println(float32(i16), int8(int16(float32(i16))))
	var n int
	for f := 0.0; f < 1; f += 0.1 {
		n++
	}
	println(n)
}
