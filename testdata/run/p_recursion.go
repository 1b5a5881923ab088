// run

// Deep recursion: the stack grows to tens of megabytes and shrinks to results.
package main

type node struct {
	l, r *node
	v    int
}

func build(n int) *node {
	var head *node
	for i := range n {
		head = &node{l: head, v: i}
	}
	return head
}

func (n *node) sum() int {
	if n == nil {
		return 0
	}
	return n.v + n.l.sum() + n.r.sum()
}

func depth(n int, pad [10]int) int {
	if n == 0 {
		return pad[0]
	}
	pad[n%10] = n
	return depth(n-1, pad) + pad[n%10]%2
}

func ack(m, n int) int {
	if m == 0 {
		return n + 1
	}
	if n == 0 {
		return ack(m-1, 1)
	}
	return ack(m-1, ack(m, n-1))
}

func even(n int) bool {
	if n == 0 {
		return true
	}
	return odd(n - 1)
}

func odd(n int) bool {
	if n == 0 {
		return false
	}
	return even(n - 1)
}

func withPointer(n int, p *int) {
	var local int
	if n > 0 {
		withPointer(n-1, &local)
	}
	*p += local + 1
}

func fib(n int) int {
	if n < 2 {
		return n
	}
	return fib(n-1) + fib(n-2)
}

func hanoi(n int, a, b, c string, moves *int) {
	if n == 0 {
		return
	}
	hanoi(n-1, a, c, b, moves)
	*moves++
	hanoi(n-1, c, b, a, moves)
}

func main() {
	println(build(100000).sum())
	println(depth(100000, [10]int{5}))
	println(ack(2, 300), ack(3, 6))
	println(even(500000), odd(500001))
	var r int
	withPointer(200000, &r)
	println(r)
	println(fib(25))
	m := 0
	hanoi(12, "a", "b", "c", &m)
	println(m)
	c := make(chan int)
	for i := range 4 {
		go func() { c <- depth(20000*(i+1), [10]int{}) }()
	}
	println(<-c + <-c + <-c + <-c)
	var perm func([]int, int) int
	perm = func(a []int, k int) int {
		if k == len(a) {
			return 1
		}
		n := 0
		for i := k; i < len(a); i++ {
			a[k], a[i] = a[i], a[k]
			n += perm(a, k+1)
			a[k], a[i] = a[i], a[k]
		}
		return n
	}
	println(perm([]int{1, 2, 3, 4, 5, 6, 7}, 0))
}
