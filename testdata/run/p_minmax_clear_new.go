// run

// The newer built-ins: min, max, clear, new of an expression.
package main

type point struct{ x, y int }

func f() int { println("f called"); return 5 }

func mm[T int | float64 | string](a, b, c T) (T, T) { return min(a, b, c), max(a, b, c) }

func main() {
	println(min(3, 1, 2), max(3, 1, 2), min(7), max("a", "b"), min("b", "a", ""))
	var i8 int8 = -5
	println(min(i8, 3), max(i8, -100), min(2.5, 3), max(1, 2.5))
	println(mm(1, 2, 3))
	println(mm("z", "y", "x"))
	println(mm(0.5, -0.5, 0))
	const c = min(4, 5, 6.0)
	var arr [c]int
	println(len(arr))
	m := map[int]string{1: "a", 2: "b"}
	clear(m)
	println(len(m))
	m[3] = "c"
	println(len(m), m[3])
	s := []point{{1, 2}, {3, 4}, {5, 6}}
	t := s[:2]
	clear(t)
	println(s[0].x, s[1].y, s[2].y, len(t))
	ss := []string{"x", "y"}
	clear(ss[1:])
	println(ss[0], ss[1] == "")
	var nilm map[string]int
	clear(nilm)
	p := new(f())
	*p++
	println(*p)
	q := new("text")
	println(*q, len(*q))
	r := new(point{3, 4})
	r.x++
	println(r.x, r.y)
	u := new(uint8(250))
	*u += 10
	println(*u)
	v := new(int)
	println(*v)
	w := new(3.5)
	println(*w / 2)
	list := []*int{new(1), new(2), new(3)}
	sum := 0
	for _, x := range list {
		sum += *x
	}
	println(sum)
	type opt struct {
		name *string
		n    *int
	}
	o := opt{new("n"), new(len("four"))}
	println(*o.name, *o.n)
	zero := 0.0
	nz := -zero / 1
	println(max(zero, nz), min(zero, zero/1))
}
