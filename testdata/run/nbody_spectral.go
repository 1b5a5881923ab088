// run

// Floating point loops printed to nine digits.
package main

import (
	"fmt"
	"math"
)

type body struct{ x, y, z, vx, vy, vz, mass float64 }

const (
	solarMass = 4 * math.Pi * math.Pi
	days      = 365.24
)

func energy(bs []body) (e float64) {
	for i := range bs {
		b := &bs[i]
		e += 0.5 * b.mass * (b.vx*b.vx + b.vy*b.vy + b.vz*b.vz)
		for j := i + 1; j < len(bs); j++ {
			c := &bs[j]
			dx, dy, dz := b.x-c.x, b.y-c.y, b.z-c.z
			e -= b.mass * c.mass / math.Sqrt(dx*dx+dy*dy+dz*dz)
		}
	}
	return
}

func advance(bs []body, dt float64) {
	for i := range bs {
		b := &bs[i]
		for j := i + 1; j < len(bs); j++ {
			c := &bs[j]
			dx, dy, dz := b.x-c.x, b.y-c.y, b.z-c.z
			d2 := dx*dx + dy*dy + dz*dz
			mag := dt / (d2 * math.Sqrt(d2))
			b.vx -= dx * c.mass * mag
			b.vy -= dy * c.mass * mag
			b.vz -= dz * c.mass * mag
			c.vx += dx * b.mass * mag
			c.vy += dy * b.mass * mag
			c.vz += dz * b.mass * mag
		}
	}
	for i := range bs {
		b := &bs[i]
		b.x += dt * b.vx
		b.y += dt * b.vy
		b.z += dt * b.vz
	}
}

func a(i, j int) float64 { return 1 / float64((i+j)*(i+j+1)/2+i+1) }

func times(v []float64, transpose bool) []float64 {
	out := make([]float64, len(v))
	for i := range out {
		for j, x := range v {
			if transpose {
				out[i] += a(j, i) * x
			} else {
				out[i] += a(i, j) * x
			}
		}
	}
	return out
}

func mandelbrot(n, limit int) (in int) {
	for py := range n {
		for px := range n {
			c := complex(float64(px)*3/float64(n)-2, float64(py)*2.5/float64(n)-1.25)
			z := 0i
			k := 0
			for ; k < limit && real(z)*real(z)+imag(z)*imag(z) <= 4; k++ {
				z = z*z + c
			}
			if k == limit {
				in++
			}
		}
	}
	return
}

func simpson(f func(float64) float64, lo, hi float64, n int) float64 {
	h := (hi - lo) / float64(n)
	s := f(lo) + f(hi)
	for i := 1; i < n; i++ {
		s += f(lo+float64(i)*h) * float64(2+i%2*2)
	}
	return s * h / 3
}

func newton(f, df func(float64) float64, x float64) (float64, int) {
	for i := range 100 {
		d := f(x) / df(x)
		x -= d
		if math.Abs(d) < 1e-14 {
			return x, i
		}
	}
	return x, -1
}

func main() {
	bs := []body{
		{0, 0, 0, 0, 0, 0, solarMass},
		{4.84, -1.16, -0.10, 0.00166 * days, 0.00769 * days, -0.00002 * days, 0.00095 * solarMass},
		{8.34, 4.12, -0.4, -0.00276 * days, 0.00499 * days, 0.00002 * days, 0.00028 * solarMass},
	}
	fmt.Printf("%.9f\n", energy(bs))
	for range 5000 {
		advance(bs, 0.01)
	}
	fmt.Printf("%.9f %.9f %.9f\n", energy(bs), bs[1].x, bs[2].vy)
	u := make([]float64, 60)
	for i := range u {
		u[i] = 1
	}
	var v []float64
	for range 10 {
		v = times(times(u, false), true)
		u = times(times(v, false), true)
	}
	var vbv, vv float64
	for i := range u {
		vbv += u[i] * v[i]
		vv += v[i] * v[i]
	}
	fmt.Printf("%.9f\n", math.Sqrt(vbv/vv))
	fmt.Println(mandelbrot(80, 60))
	fmt.Printf("%.12f\n", simpson(math.Sin, 0, math.Pi, 1000))
	fmt.Println(newton(func(x float64) float64 { return x*x*x - 2 }, func(x float64) float64 { return 3 * x * x }, 1))
	var f32 float32
	for i := range 1000 {
		f32 += 1 / float32(i+1)
	}
	fmt.Println(f32)
}
