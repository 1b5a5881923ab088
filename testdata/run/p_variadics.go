// run

// Variadic functions.
package main

func sum(xs ...int) (t int) {
	for _, x := range xs {
		t += x
	}
	return
}

func info(pre string, xs ...string) {
	print(pre, " ", len(xs), " ", xs == nil)
	for _, x := range xs {
		print(" ", x)
	}
	println()
}

func set(xs ...int) {
	if len(xs) > 0 {
		xs[0] = 100
	}
}

func anys(xs ...any) (n int) {
	for _, x := range xs {
		switch v := x.(type) {
		case int:
			n += v
		case []any:
			n += 1000 * len(v)
		case nil:
			n += 10000
		}
	}
	return
}

type T struct{ k int }

func (t T) add(xs ...int) int       { return t.k + sum(xs...) }
func (t *T) grow(d int, xs ...T) *T { t.k += d * len(xs); return t }

func multi() (int, int, int) { return 1, 2, 3 }
func strs() (string, string) { return "p", "q" }
func fns(fs ...func(int) int) (x int) {
	for _, f := range fs {
		x = f(x)
	}
	return
}

type variadic interface{ add(...int) int }

func main() {
	println(sum(), sum(1), sum(1, 2, 3), sum(multi()))
	info("none")
	info("one", "a")
	info(strs())
	info("nil", nil...)
	info("empty", []string{}...)
	s := []int{1, 2, 3}
	set(s...)
	println(s[0])
	set(s[1], s[2])
	println(s[1])
	println(anys(1, 2, nil), anys([]any{1, 2}), anys([]any{1, 2}...), anys(nil), anys(nil...), anys([]any(nil)))
	t := T{10}
	println(t.add(1, 2), T.add(t, 5), (*T).grow(&t, 2, T{}, T{}).k)
	f := t.add
	println(f(s...), f())
	var v variadic = t
	println(v.add(1, 1))
	println(fns(func(x int) int { return x + 5 }, func(x int) int { return x * x }))
	defer func(xs ...string) { println(len(xs), xs[1]) }("d", "e")
	go func(xs ...int) {}(1, 2, 3)
	println(append([]int(nil), s...)[0], len(append(s, s...)), max(3, 1, 2), min(2.5, 1))
}
