// Small allocations of many sizes of which some survive for a while.
package main

import "fmt"

type small struct{ a, b int }
type linked struct {
	next *linked
	data []byte
	s    *small
}

func main() {
	const slots = 1 << 16
	live := make([]*linked, slots)
	names := make([]string, slots)
	x := uint64(88172645463325252)
	sum := 0
	for i := 0; i < 6_000_000; i++ {
		x ^= x << 13
		x ^= x >> 7
		x ^= x << 17
		at := int(x>>20) % slots
		switch x & 7 {
		case 0:
			live[at] = &linked{data: make([]byte, x>>8&127), s: &small{i, at}}
		case 1:
			live[at] = &linked{next: live[(at+1)%slots], s: &small{at, i}}
			if live[at].next != nil {
				live[at].next.next = nil
			}
		case 2:
			names[at] = string(make([]byte, 8+x>>8&31))
		case 3:
			live[at] = nil
		default:
			s := make([]int, x>>8&15+1)
			sum += len(s) + cap(s)
		}
	}
	for i := range live {
		if live[i] != nil {
			sum += len(live[i].data)
		}
		sum += len(names[i])
	}
	fmt.Println(sum)
}
