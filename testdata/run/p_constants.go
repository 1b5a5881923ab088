// run

// Untyped constants are exact; iota counts specifications.
package main

const (
	a = iota
	b
	_
	d = iota * 10
	e
)

const (
	_  = iota
	KB = 1 << (10 * iota)
	MB
	GB
)

const huge = 1 << 100
const big = huge*huge + 1

type Weekday uint8

const (
	Sunday Weekday = iota
	Monday
	Tuesday
)

const (
	x, y = iota, iota + 100
	z, w
)

const third = 1.0 / 3
const str = "con" + "stant"

func main() {
	println(a, b, d, e)
	println(KB, MB, GB)
	println(huge>>98, big%10, big/huge == huge)
	println(Sunday, Monday, Tuesday)
	println(x, y, z, w)
	println(third*3 == 1.0, str, len(str))
	const f = 7 / 2
	const g = 7 / 2.0
	println(f, g == 3.5, 'a'+1, 'a' < 'b')
	const c = 2i * 2i
	println(int(c), real(3+4i) == 3)
	var u8 uint8 = 255
	const mask = ^uint8(0)
	println(u8 == mask, -5%3, -5/3, 5%-3)
	const maxU = ^uint64(0)
	println(maxU, int64(-1<<63), maxU>>63)
	println(len([huge >> 97]int{}), len([...]string{5: "x"}))
	const t = "a" < "b" && !false
	println(t, 1_000_000, 0x_ff, 0b1011, 0o17, 017, 0x1p4 == 16)
}
