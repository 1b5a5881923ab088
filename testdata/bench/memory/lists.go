// A linked list of which parts are replaced all the time.
package main

import "fmt"

type elem struct {
	next  *elem
	value int
}

func main() {
	const lists, length = 1000, 200
	var heads [lists]*elem
	x := uint32(1)
	for round := 0; round < 60; round++ {
		for i := range heads {
			x = x*1664525 + 1013904223
			keep := int(x>>8) % length
			p := &heads[i]
			for n := 0; *p != nil && n < keep; n++ {
				p = &(*p).next
			}
			*p = nil
			for n := keep; n < length; n++ {
				heads[i] = &elem{heads[i], n}
			}
		}
	}
	sum := 0
	for _, e := range heads {
		for ; e != nil; e = e.next {
			sum += e.value
		}
	}
	fmt.Println(sum)
}
