// run

// Float arithmetic, infinities, NaN, negative zero.
package main

//go:noinline
func div(a, b float64) float64 { return a / b }

//go:noinline
func div32(a, b float32) float32 { return a / b }

func cmp(a, b float64) {
	println(a == b, a != b, a < b, a <= b, a > b, a >= b)
}

func main() {
	inf := div(1, 0)
	ninf := div(-1, 0)
	nan := div(0, 0)
	nz := div(-1, inf)
	println(inf, ninf, nan)
	println(nz == 0, 1/nz < 0, div(1, nz) == ninf)
	cmp(1, 2)
	cmp(2, 2)
	cmp(nan, nan)
	cmp(nan, 1)
	cmp(inf, ninf)
	cmp(0, nz)
	println(inf-inf != inf-inf, inf+1 == inf, inf*0 == inf*0)
	println(1.5, -0.25, 1e100, 1e-300, 123456789.0, 3.0)
	println(float32(0.1), float64(float32(0.1)), 0.1)
	println(div32(1, 3), div(1, 3))
	var f32 float32 = 16777216
	println(f32+1 == f32, float64(f32)+1 == 16777217)
	var small float64 = 5e-324
	println(small, small/2 == 0, small*2)
	max := 1.7976931348623157e308
	println(max, max*2 == inf, float32(max) == float32(inf))
	sum := 0.0
	for i := 1; i <= 1000; i++ {
		sum += 1 / float64(i)
	}
	println(sum)
	x := 0.1
	println(x+0.2 == 0.3, 0.1+0.2 == 0.3, x+0.2)
	if nan < 1 || nan > 1 || nan == 1 {
		println("wrong")
	} else {
		println("unordered")
	}
	if !(nan >= 1) {
		println("not ge")
	}
	switch nan {
	case nan:
		println("wrong")
	default:
		println("default")
	}
	println(min(1.0, nan) != min(1.0, nan), max > min(inf, 3), min(0, nz) == 0, 1/min(0, nz) == ninf)
}
