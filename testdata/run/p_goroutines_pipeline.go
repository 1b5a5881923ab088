// run

// Pipelines, worker pools, sieve: deterministic results of concurrent work.
package main

func generate(n int) <-chan int {
	c := make(chan int)
	go func() {
		for i := 2; i < n; i++ {
			c <- i
		}
		close(c)
	}()
	return c
}

func filter(in <-chan int, p int) <-chan int {
	out := make(chan int)
	go func() {
		for v := range in {
			if v%p != 0 {
				out <- v
			}
		}
		close(out)
	}()
	return out
}

func sieve(n int) (count, last int) {
	c := generate(n)
	for {
		p, ok := <-c
		if !ok {
			return
		}
		count++
		last = p
		c = filter(c, p)
	}
}

func pool(workers, jobs int) int {
	in, out := make(chan int, 4), make(chan int, 4)
	for range workers {
		go func() {
			for j := range in {
				s := 0
				for i := range j {
					s += i * i
				}
				out <- s
			}
		}()
	}
	go func() {
		for j := range jobs {
			in <- j
		}
		close(in)
	}()
	total := 0
	for range jobs {
		total += <-out
	}
	return total
}

func mergeSort(a []int) []int {
	if len(a) < 2 {
		return a
	}
	l, r := make(chan []int), make(chan []int)
	m := len(a) / 2
	go func() { l <- mergeSort(a[:m]) }()
	go func() { r <- mergeSort(a[m:]) }()
	x, y := <-l, <-r
	out := make([]int, 0, len(a))
	for len(x) > 0 && len(y) > 0 {
		if x[0] <= y[0] {
			out, x = append(out, x[0]), x[1:]
		} else {
			out, y = append(out, y[0]), y[1:]
		}
	}
	return append(append(out, x...), y...)
}

func ring(n int) int {
	first := make(chan int)
	in := first
	for range n {
		out := make(chan int)
		go func(in, out chan int) { out <- 1 + <-in }(in, out)
		in = out
	}
	go func() { first <- 0 }()
	return <-in
}

func main() {
	println(sieve(400))
	println(pool(1, 50), pool(8, 50))
	a := make([]int, 300)
	x := uint32(1)
	for i := range a {
		x = x*1664525 + 1013904223
		a[i] = int(x >> 16)
	}
	s := mergeSort(a)
	ok := true
	for i := 1; i < len(s); i++ {
		ok = ok && s[i-1] <= s[i]
	}
	println(len(s), ok, s[0], s[299])
	println(ring(10000))
}
