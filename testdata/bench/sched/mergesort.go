// Merge sort with a goroutine for one half of each part above 64 elements.
package main

import "sync"

func sort(a, tmp []uint32) {
	if len(a) <= 64 {
		for i := 1; i < len(a); i++ {
			x, j := a[i], i
			for j > 0 && a[j-1] > x {
				a[j] = a[j-1]
				j--
			}
			a[j] = x
		}
		return
	}
	m := len(a) / 2
	var wg sync.WaitGroup
	wg.Add(1)
	go func() {
		sort(a[:m], tmp[:m])
		wg.Done()
	}()
	sort(a[m:], tmp[m:])
	wg.Wait()
	copy(tmp, a)
	i, j := 0, m
	for k := range a {
		if j == len(tmp) || i < m && tmp[i] <= tmp[j] {
			a[k] = tmp[i]
			i++
		} else {
			a[k] = tmp[j]
			j++
		}
	}
}

func main() {
	a := make([]uint32, 1<<20)
	tmp := make([]uint32, len(a))
	x := uint32(1)
	for range 2 {
		for i := range a {
			x = x*1664525 + 1013904223
			a[i] = x
		}
		sort(a, tmp)
		for i := 1; i < len(a); i++ {
			if a[i-1] > a[i] {
				panic(i)
			}
		}
	}
}
