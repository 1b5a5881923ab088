// run

// What gc gives for float values outside the integer's range on amd64.
package main

//go:noinline
func conv(f float64) {
	println(f, int64(f), int32(f), int16(f), int8(f))
	println("  u", uint64(f), uint32(f), uint16(f), uint8(f), int(f), uint(f))
}

//go:noinline
func conv32(f float32) {
	println(f, int64(f), int32(f), int16(f), int8(f))
	println("  u", uint64(f), uint32(f), uint16(f), uint8(f))
}

func main() {
	zero := 0.0
	inf := 1 / zero
	for _, f := range []float64{1e19, -1e19, 1e20, 1e300, -1e300, inf, -inf, zero / zero, 1 << 31, 1 << 32, 1<<32 + 7.5, -1<<31 - 1, -1, -1.5,
		128, 255, 256, 300, -129, 32768, 65535, 65536, 70000, 1 << 63, 1 << 64, 1.5 * (1 << 63)} {
		conv(f)
	}
	for _, f := range []float32{3e9, -3e9, 5e9, 1e19, 2e19, -1e19, 1e38, 300, -300} {
		conv32(f)
	}
}
