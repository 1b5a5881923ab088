// run

package main

import (
	"fmt"
	"math/bits"
)

func main() {
	for _, x := range []uint64{0, 1, 2, 0xff, 0x8000000000000000, 0xdeadbeefcafebabe, 1<<64 - 1, 1 << 32} {
		fmt.Println(x, bits.LeadingZeros64(x), bits.TrailingZeros64(x), bits.OnesCount64(x), bits.Len64(x), bits.Reverse64(x), bits.ReverseBytes64(x), bits.RotateLeft64(x, 13), bits.RotateLeft64(x, -7))
		y := uint32(x)
		fmt.Println(" ", bits.LeadingZeros32(y), bits.TrailingZeros32(y), bits.OnesCount32(y), bits.Len32(y), bits.Reverse32(y), bits.ReverseBytes32(y), bits.RotateLeft32(y, 5))
		z := uint16(x)
		fmt.Println(" ", bits.LeadingZeros16(z), bits.TrailingZeros16(z), bits.OnesCount16(z), bits.Len16(z), bits.Reverse16(z), bits.ReverseBytes16(z), bits.RotateLeft16(z, 5))
		w := uint8(x)
		fmt.Println(" ", bits.LeadingZeros8(w), bits.TrailingZeros8(w), bits.OnesCount8(w), bits.Len8(w), bits.Reverse8(w), bits.RotateLeft8(w, 3))
	}
	s, c := bits.Add64(1<<63, 1<<63, 1)
	d, b := bits.Sub64(1, 2, 1)
	hi, lo := bits.Mul64(1<<63+5, 1<<40+3)
	q, r := bits.Div64(5, 7, 11)
	fmt.Println(s, c, d, b, hi, lo, q, r, bits.Rem64(1<<63, 9, 1000))
	s32, c32 := bits.Add32(1<<31, 1<<31, 0)
	h32, l32 := bits.Mul32(1<<31, 6)
	q32, r32 := bits.Div32(1, 2, 3)
	fmt.Println(s32, c32, h32, l32, q32, r32, bits.UintSize)
	func() {
		defer func() { fmt.Println(recover()) }()
		var zero uint64
		bits.Div64(1, 1, zero)
	}()
	func() {
		defer func() { fmt.Println(recover()) }()
		bits.Div64(5, 1, 5)
	}()
	// 128-bit factorial with carries.
	var h, l uint64 = 0, 1
	for i := uint64(1); i <= 30; i++ {
		ph, pl := bits.Mul64(l, i)
		h, l = h*i+ph, pl
	}
	fmt.Printf("%x%016x\n", h, l)
	n := 0
	for i := range uint(1000) {
		n += bits.OnesCount(i) * bits.TrailingZeros(i|1024)
	}
	fmt.Println(n)
}
