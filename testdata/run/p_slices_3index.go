// run

// Full slice expressions bound the capacity.
package main

func show(name string, s []int) {
	print(name, " len ", len(s), " cap ", cap(s), ":")
	for _, v := range s {
		print(" ", v)
	}
	println()
}

func main() {
	arr := [8]int{0, 1, 2, 3, 4, 5, 6, 7}
	s := arr[2:5:6]
	show("s", s)
	s = append(s, 50)
	show("s", s)
	println(arr[5])
	s = append(s, 60)
	show("s", s[:4])
	println(arr[6])
	s[0] = -1
	println(arr[2])
	t := arr[:0:0]
	show("t", t)
	t = append(t, 9)
	println(arr[0], t[0])
	u := arr[:]
	u = u[3:]
	show("u", u)
	u = u[:2]
	show("u", u)
	u = u[:cap(u)]
	show("u", u)
	u = u[len(u):]
	show("u", u)
	p := &arr
	v := p[1:3:4]
	show("v", v)
	v = v[1:2:2]
	show("v", v)
	m := make([]int, 2, 5)
	show("m", m[:5])
	n := m[2:2]
	show("n", n)
	n = append(n, 1, 2, 3)
	show("m", m[:5])
	n = append(n, 4)
	n[0] = 100
	show("m", m[:5])
	k := 4
	w := arr[k-1 : k+1 : k+2]
	show("w", w)
	var nilS []int
	show("nil", nilS[0:0:0])
	println(nilS[:] == nil, nilS[0:0] == nil, arr[:0] == nil)
	for i := 0; len(u) < 3 && i < 3; i++ {
		u = arr[i : i+3 : i+4]
	}
	show("u", u)
}
