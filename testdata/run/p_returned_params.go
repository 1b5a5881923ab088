// run

// Functions that return their parameters: an object whose pointer comes back as a result lives as long as the
// result, in the frame or on the heap.

package main

import "fmt"

type num struct {
	v    [4]int
	next *num
}

//go:noinline
func (z *num) add(x, y *num) *num {
	for i := range z.v {
		z.v[i] = x.v[i] + y.v[i]
	}
	return z
}

//go:noinline
func (z *num) link(n *num) *num {
	z.next = n
	return z
}

//go:noinline
func pick(c bool, a, b *num) *num {
	if c {
		return a
	}
	return b
}

//go:noinline
func last(n *num) *num {
	for n.next != nil {
		n = n.next
	}
	return n
}

//go:noinline
func second(n *num) *num { return n.next }

//go:noinline
func both(a, b *num) (*num, *num) { return b, a }

//go:noinline
func wrap(n *num) *num { return &num{next: n} }

//go:noinline
func fill(buf []byte, n int) []byte {
	for i := 0; i < n; i++ {
		buf = append(buf, byte('a'+i%26))
	}
	return buf
}

//go:noinline
func deferred(n *num, p bool) (out *num) {
	defer func() {
		if recover() != nil {
			out = n
		}
	}()
	if p {
		panic("p")
	}
	return nil
}

var kept *num

//go:noinline
func grow(n int) int {
	var a [64]int
	if n > 0 {
		a[n%64] = grow(n - 1)
	}
	return a[n%64] + n
}

//go:noinline
func local(k int) int {
	x, y := &num{v: [4]int{1, 2, 3, 4}}, &num{v: [4]int{k, k, k, k}}
	z := new(num).add(x, y).add(x, x)
	grow(200)
	a, b := both(x, z)
	return z.v[0] + a.v[1] + b.v[2] + pick(k > 2, x, y).v[3]
}

//go:noinline
func out(k int) *num {
	x, y := &num{v: [4]int{k}}, &num{v: [4]int{k + 1}}
	return pick(k%2 == 0, x, y)
}

//go:noinline
func chain(n int) *num {
	var head *num
	for i := 0; i < n; i++ {
		head = new(num).add(&num{v: [4]int{i}}, &num{}).link(head)
	}
	return head
}

//go:noinline
func iterations(n int) []*num {
	var all []*num
	for i := 0; i < n; i++ {
		p := pick(i%2 == 0, &num{v: [4]int{i}}, &num{v: [4]int{-i}})
		all = append(all, p)
	}
	return all
}

//go:noinline
func previous(n int) int {
	prev, sum := &num{}, 0
	for i := 0; i < n; i++ {
		cur := pick(true, &num{v: [4]int{i}}, prev)
		sum += cur.v[0] * 10
		sum += prev.v[0]
		prev = cur
	}
	return sum
}

func main() {
	fmt.Println(local(1), local(5))
	fmt.Println(out(3).v, out(4).v)
	n := 0
	for p := chain(5); p != nil; p = p.next {
		n = n*10 + p.v[0]
	}
	fmt.Println(n, last(chain(7)).v, second(chain(3)).v)
	for _, p := range iterations(4) {
		fmt.Print(p.v[0], " ")
	}
	fmt.Println(previous(6))
	inner := &num{v: [4]int{9}}
	w := wrap(inner)
	kept = second(w)
	grow(300)
	fmt.Println(kept.v, w.next == inner)
	stack := num{v: [4]int{7}}
	l := second(new(num).link(&stack))
	grow(300)
	l.v[1] = 8
	fmt.Println(stack.v)
	buf := fill(make([]byte, 0, 16), 10)
	grow(100)
	fmt.Println(string(buf), string(fill(make([]byte, 0, 16), 40)))
	fmt.Println(deferred(&num{v: [4]int{6}}, true).v, deferred(&num{}, false) == nil)
}
