// run

// Labelled break and continue, goto, nested switches and loops.
package main

func classify(n int) string {
	i := 0
loop:
	if i < n {
		i += 3
		goto loop
	}
	if i == n {
		goto multiple
	}
	return "not a multiple"
multiple:
	return "multiple of 3"
}

func search(m [][]int, x int) (int, int) {
rows:
	for i, row := range m {
		for j, v := range row {
			switch {
			case v > x:
				continue rows
			case v == x:
				return i, j
			case v < 0:
				break rows
			}
		}
	}
	return -1, -1
}

func machine(input string) (out string) {
	i := 0
start:
	if i >= len(input) {
		goto end
	}
	switch input[i] {
	case 'a':
		i++
		goto stateA
	case 'b':
		i++
		goto stateB
	}
	out += "?"
	goto end
stateA:
	out += "A"
	goto start
stateB:
	out += "B"
	if i < len(input) && input[i] == 'b' {
		i++
		goto stateB
	}
	goto start
end:
	return out + "."
}

func main() {
	println(classify(9), classify(10))
	m := [][]int{{1, 5, 9}, {2, 4, 6}, {3, -1, 7}, {8}}
	println(search(m, 4))
	println(search(m, 7))
	println(search(m, 9))
	println(machine("abba"), machine(""), machine("abxa"))
	n := 0
outer:
	for {
		switch {
		case n > 5:
			break outer
		case n%2 == 0:
			n += 3
			continue outer
		default:
			n++
			break
		}
		n++
	}
	println(n)
block:
	switch {
	default:
		if n > 3 {
			break block
		}
		println("skipped")
	}
sw:
	switch n {
	case 8, 9, 6, 7:
		for i := range 10 {
			if i == 4 {
				println("leaving switch")
				break sw
			}
		}
		println("skipped")
	}
	c := make(chan int, 4)
	for i := range 4 {
		c <- i
	}
sel:
	for {
		select {
		case v := <-c:
			if v == 2 {
				break sel
			}
			if v == 0 {
				continue sel
			}
			println("received", v)
		}
	}
	println(len(c))
	for i := 0; ; i++ {
		for j := 0; ; j++ {
			if i*j > 20 {
				println(i, j)
				goto out
			}
			if j > 5 {
				break
			}
		}
	}
out:
	println("out")
}
