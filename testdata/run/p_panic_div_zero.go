// run

// Integer division by zero.
package main

//go:noinline
func div(a, b int) int { return a / b }

//go:noinline
func mod(a, b uint8) uint8 { return a % b }

func try(f func()) {
	defer func() { println(recover().(error).Error()) }()
	f()
}

func main() {
	println(div(7, 2), mod(200, 7))
	try(func() { println(mod(1, 0)) })
	try(func() { var x int64; x /= x })
	try(func() { var x int32 = 5; x %= int32(mod(5, 5)) })
	println(div(1, 0))
}
