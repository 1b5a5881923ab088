// run

// Loading through a nil pointer is a memory fault turned into a panic.
package main

type node struct {
	val         int
	left, right *node
}

func (n *node) depth() int {
	return n.left.val + n.right.val
}

func main() {
	n := &node{1, &node{val: 2}, nil}
	println(n.left.val)
	println(n.depth())
}
