// run

// Range over integers and functions, with every way of leaving the body.
package main

func upto(n int) func(func(int) bool) {
	return func(yield func(int) bool) {
		defer println("cleanup", n)
		for i := 0; i < n; i++ {
			if !yield(i) {
				println("stopped at", i)
				return
			}
		}
	}
}

func pairs(s []string) func(func(int, string) bool) {
	return func(yield func(int, string) bool) {
		for i, v := range s {
			if !yield(i, v) {
				return
			}
		}
	}
}

func twice(yield func() bool) {
	if yield() {
		yield()
	}
}

func find(n int) string {
	for i := range upto(10) {
		if i == n {
			return "found " + string(rune('0'+i))
		}
	}
	return "none"
}

func deferInside() {
	for i := range upto(3) {
		defer println("deferred in body", i)
	}
	println("end of deferInside")
}

func labels() {
outer:
	for i := range upto(4) {
		for j := range upto(4) {
			if j == 2 {
				continue outer
			}
			if i == 2 {
				break outer
			}
			println("ij", i, j)
		}
	}
}

func gotoOut() {
	for i := range upto(5) {
		if i == 1 {
			goto done
		}
	}
	println("skipped")
done:
	println("done")
}

func named() (r int, s string) {
	for i, v := range pairs([]string{"a", "b", "c"}) {
		r += i
		s += v
		if v == "b" {
			return
		}
	}
	return -1, "never"
}

func main() {
	for i := range 3 {
		print(i, " ")
	}
	for range 2 {
		print("x ")
	}
	var n8 int8 = 4
	for i := range n8 {
		n8 = 1
		print(i*40, " ")
	}
	for i := range uint64(2) {
		i += 5
		print(i, " ")
	}
	for i := range -5 {
		print("never", i)
	}
	println()
	sum := 0
	for i := range upto(4) {
		if i == 1 {
			continue
		}
		sum += i
	}
	println(sum)
	println(find(3))
	println(find(20))
	deferInside()
	labels()
	gotoOut()
	println(named())
	k := 0
	for range twice {
		k++
	}
	println(k)
	for range upto(2) {
		k++
	}
	println(k)
	var i int
	var s string
	for i, s = range pairs([]string{"p", "q"}) {
	}
	println(i, s)
	func() {
		defer func() { println("recovered", recover().(string)) }()
		for i := range upto(3) {
			if i == 1 {
				panic("in body")
			}
		}
	}()
}
