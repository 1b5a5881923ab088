// run

// Complex arithmetic, comparison, parts and printing.
package main

//go:noinline
func mul(a, b complex128) complex128 { return a * b }

//go:noinline
func quo(a, b complex128) complex128 { return a / b }

type C complex64

func (c C) conj() C { return C(complex(real(c), -imag(c))) }

type pair struct {
	name string
	z    complex128
}

func main() {
	a, b := complex(1, 2), 3-4i
	println(a, b, a+b, a-b, -a)
	println(mul(a, b), quo(a, b))
	println(a == b, a != b, a == complex(1, 2))
	println(real(a), imag(b))
	var c C = 1.5 + 2i
	println(c, c.conj(), c*c.conj())
	zero := 0.0
	z := complex(zero, zero)
	q := quo(1, z)
	println(real(q) > 1e308, imag(q) != imag(q) || imag(q) > 1e308)
	q = quo(a, complex(1/zero, 0))
	println(real(q) == 0, imag(q) == 0)
	nan := complex(zero/zero, 1)
	println(nan == nan, nan != nan)
	s := []complex128{1, 1i, -1, -1i}
	p := 1 + 0i
	for i := range 6 {
		println(i, p == s[i%4])
		p = mul(p, 1i)
	}
	m := map[complex128]string{1 + 1i: "a", 1 - 1i: "b"}
	println(m[1+1i], m[1-1i], len(m[2]))
	x := pair{"x", 2i}
	y := x
	println(x == y)
	y.z += 1
	println(x == y, y.z)
	x.z *= x.z
	println(x.z)
	var it any = a
	println(it == any(1+2i), it == any(complex64(1+2i)))
	n := 0
	for w := 0i; n < 50 && real(w)*real(w)+imag(w)*imag(w) <= 4; n++ {
		w = w*w + (0.3 + 0.5i)
	}
	println("mandelbrot", n)
	c64 := complex64(a) * complex64(b)
	println(c64, complex128(c64))
}
