// run

// print and println of every kind of value.
package main

type myInt int
type myStr string
type myBool bool
type myF float32

func main() {
	println()
	println("")
	print()
	print("a", "b", 1, 2, "\n")
	println("a", "b", 1, 2)
	println(true, false, myBool(true))
	println(int8(-128), int16(-32768), int32(-1<<31), int64(-1<<63), uint8(255), uint16(65535), uint32(1<<32-1), uint64(1<<64-1), uintptr(7))
	println(myInt(-5), myStr("my"), 'a', "tab\tx", "uni é €")
	println(0.0, 1.0, -1.5, 1e6, 123456.789, 1e21, 1e-7, 3.141592653589793, 0.1, 100.0, 12345678.9)
	println(float32(0.1), myF(2.5), float32(16777216), float32(1e-10), float32(3.4e38))
	zero := 0.0
	println(1/zero, -1/zero, zero/zero, -zero, 1/(-1/zero))
	println(1i, 2-3.5i, complex64(1+1i), complex(zero, 1/zero))
	var p *int
	var m map[string]int
	var c chan int
	var f func()
	println(p == nil, m == nil, c == nil, f == nil)
	println(p, m, c, f)
	var e any
	var er error
	println(e == nil, er == nil)
	const big = 1 << 40
	println(big, 1<<62, -1<<63, 5.0, 7/2, 7/2.0, "const"+"ant")
	x := 5
	print(x, x+1, "\n")
	print(1.5, "x", true, nil == p, "\n")
	for i := range 3 {
		print(i)
		if i < 2 {
			print(", ")
		}
	}
	println()
	println(len("abc"), cap([]int{1, 2}), 3 > 2, "x" < "y", 10%4)
}
