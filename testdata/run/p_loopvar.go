// run

// Every iteration has its own variables.
package main

func main() {
	var fs []func() int
	for i := 0; i < 3; i++ {
		fs = append(fs, func() int { i += 10; return i })
	}
	for _, f := range fs {
		print(f(), " ", f(), " ")
	}
	println()
	// A closure that changes the variable during the iteration changes the loop.
	n := 0
	for i := 0; i < 10; i++ {
		func() { i++ }()
		n++
	}
	println(n)
	// The copy to the next iteration happens before the post statement.
	var ps []*int
	for i, j := 0, 10; i < j; i, j = i+1, j-2 {
		ps = append(ps, &i, &j)
	}
	for _, p := range ps {
		print(*p, " ")
	}
	println()
	var gs []func() string
	for i, s := range []string{"a", "b", "c"} {
		gs = append(gs, func() string { s += s; return s[:1] + string(rune('0'+i+len(s))) })
	}
	for _, g := range gs {
		print(g(), g(), " ")
	}
	println()
	// A variable declared outside is shared.
	var k int
	var hs []func() int
	for k = 0; k < 3; k++ {
		hs = append(hs, func() int { return k })
	}
	println(hs[0](), hs[1](), hs[2]())
	var cs []func() int
	for i := 0; i < 6; i++ {
		if i%2 == 0 {
			continue
		}
		cs = append(cs, func() int { return i })
		if i == 3 {
			i++
		}
	}
	for _, c := range cs {
		print(c(), " ")
	}
	println()
outer:
	for i := range 3 {
		for j := range 3 {
			if j > i {
				continue outer
			}
			defer func() { print(i, j, ";") }()
		}
	}
	for i := range 2 {
		p := &i
		*p += 5
		print(i, " ")
	}
	println()
}
