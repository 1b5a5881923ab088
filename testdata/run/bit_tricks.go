// run

package main

import (
	"fmt"
)

type set uint64

func (s set) has(i uint) bool { return s>>i&1 == 1 }
func (s *set) add(is ...uint) {
	for _, i := range is {
		*s |= 1 << i
	}
}
func (s *set) del(i uint) { *s &^= 1 << i }
func (s set) each(yield func(uint) bool) {
	for s != 0 {
		i := uint(0)
		for t := s & -s; t > 1; t >>= 1 {
			i++
		}
		if !yield(i) {
			return
		}
		s &= s - 1
	}
}

func popcount(x uint64) (n int) {
	x -= x >> 1 & 0x5555555555555555
	x = x&0x3333333333333333 + x>>2&0x3333333333333333
	x = (x + x>>4) & 0x0f0f0f0f0f0f0f0f
	return int(x * 0x0101010101010101 >> 56)
}

func crc(data string) uint32 {
	c := ^uint32(0)
	for i := range len(data) {
		c ^= uint32(data[i])
		for range 8 {
			c = c>>1 ^ 0xedb88320&-(c&1)
		}
	}
	return ^c
}

func xorshift(seed uint64) func() uint64 {
	return func() uint64 {
		seed ^= seed << 13
		seed ^= seed >> 7
		seed ^= seed << 17
		return seed * 2685821657736338717
	}
}

func isqrt(n uint32) uint32 {
	var r uint32
	for b := uint32(1) << 30; b > 0; b >>= 2 {
		if n >= r+b {
			n -= r + b
			r = r>>1 + b
		} else {
			r >>= 1
		}
	}
	return r
}

func gray(n uint) uint { return n ^ n>>1 }

func pow(b, e, m uint64) uint64 {
	r := uint64(1)
	for b %= m; e > 0; e >>= 1 {
		if e&1 == 1 {
			r = r * b % m
		}
		b = b * b % m
	}
	return r
}

func main() {
	var s set
	s.add(1, 5, 63, 0)
	s.del(5)
	for i := range s.each {
		fmt.Print(i, " ")
	}
	fmt.Println(s.has(63), s.has(5), uint64(s))
	fmt.Println(popcount(0), popcount(1<<64-1), popcount(0xdeadbeef))
	fmt.Printf("%08x %08x\n", crc(""), crc("123456789"))
	r := xorshift(42)
	fmt.Println(r(), r(), r()%100)
	fmt.Println(isqrt(0), isqrt(99), isqrt(1<<32-1))
	for i := range uint(8) {
		fmt.Printf("%03b ", gray(i))
	}
	fmt.Println(pow(3, 200, 1000007), pow(2, 63, 1<<62-1))
	var i8 int8 = -128
	fmt.Println(-i8, i8>>7, uint8(i8)>>7, ^i8, i8&0x7f, i8|1, i8^-1, i8&^-128)
	x, y := 12, 10
	x ^= y
	y ^= x
	x ^= y
	fmt.Println(x, y, x&y, x|y, x^y, x&^y, 7&-7, ^x)
}
