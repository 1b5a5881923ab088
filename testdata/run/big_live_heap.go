// run

package main

import (
	"fmt"
	"runtime"
	"runtime/debug"
)

// A gibibyte that is alive: small objects with and without pointers, slices of slices, a map, objects of a type header,
// large ones with pointers at both ends. All of it is looked at again after collections between which other memory is used.

const mib = 1 << 20

type small struct {
	next *small
	n    int
	text string
}

// wide has its type in front of it.
type wide struct {
	n    int
	pad  [100]int
	last *small
	up   *wide
}

type world struct {
	lists [64]*small
	grid  [][]*small
	wides []*wide
	byKey map[int]*[256]byte
	large [][]*small
	bytes [][]byte
}

func (w *world) build() {
	// 64 lists of 32768 elements of 32 bytes, with a text of their own now and then: 64 MiB.
	for l := range w.lists {
		for i := range 1 << 15 {
			s := &small{next: w.lists[l], n: l<<15 + i}
			if i%64 == 0 {
				s.text = fmt.Sprint("text ", s.n)
			}
			w.lists[l] = s
		}
	}
	// 512 x 1024 elements of 32 bytes, and pointers to them: 20 MiB.
	w.grid = make([][]*small, 512)
	for y := range w.grid {
		w.grid[y] = make([]*small, 1024)
		for x := range w.grid[y] {
			w.grid[y][x] = &small{next: w.lists[y%64], n: y * x}
		}
	}
	// 128 MiB of 1 KiB.
	var up *wide
	for i := range 128 << 10 {
		up = &wide{n: i, last: w.grid[i%512][i/512], up: up}
		if i%1024 == 1023 {
			w.wides = append(w.wides, up)
			up = nil
		}
	}
	// 64 MiB in a map.
	w.byKey = map[int]*[256]byte{}
	for i := range 256 << 10 {
		p := new([256]byte)
		p[i%256] = byte(i >> 8)
		w.byKey[i*7] = p
	}
	// 256 MiB of large objects of pointers.
	for i := range 64 {
		b := make([]*small, 4*mib/8)
		b[0], b[len(b)/2], b[len(b)-1] = w.lists[i], &small{n: i}, &small{n: -i, text: fmt.Sprint(i)}
		w.large = append(w.large, b)
	}
	// 512 MiB of bytes, of sizes from 4 KiB to 1 MiB.
	for i, total := 0, 0; total < 512*mib; i++ {
		b := make([]byte, 4096<<(i%9))
		b[0], b[len(b)-1] = byte(i), byte(i+1)
		w.bytes = append(w.bytes, b)
		total += len(b)
	}
}

func must(ok bool, what string) {
	if !ok {
		panic(what)
	}
}

func (w *world) check() (sum int) {
	for l, s := range w.lists {
		for i := 1<<15 - 1; i >= 0; i-- {
			must(s.n == l<<15+i && (i%64 == 0) == (s.text != ""), "list")
			sum += s.n + len(s.text)
			s = s.next
		}
		must(s == nil, "end of a list")
	}
	for y, row := range w.grid {
		for x, s := range row {
			must(s.n == x*y && s.next == w.lists[y%64], "grid")
		}
	}
	for _, v := range w.wides {
		for ; v != nil; v = v.up {
			must(v.last == w.grid[v.n%512][v.n/512], "wide")
			sum += v.n
		}
	}
	for i := range len(w.byKey) {
		must(w.byKey[i*7][i%256] == byte(i>>8), "map")
	}
	for i, b := range w.large {
		m, e := b[len(b)/2], b[len(b)-1]
		must(b[0] == w.lists[i] && m.n == i && e.n == -i && e.text == fmt.Sprint(i), "large")
	}
	for i, b := range w.bytes {
		must(b[0] == byte(i) && b[len(b)-1] == byte(i+1), "bytes")
	}
	return sum
}

//go:noinline
func churn() {
	var keep [512]*wide
	for i := range 100_000 {
		keep[i%512] = &wide{n: i, last: &small{n: i}}
	}
	for _, v := range keep {
		must(v.n == v.last.n, "churn")
	}
}

func inUse() int {
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int(m.HeapAlloc / mib)
}

func main() {
	debug.SetGCPercent(25)
	w := new(world)
	w.build()
	runtime.GC()
	n := inUse()
	fmt.Println("alive", n >= 1024, n < 1150)
	churn()
	runtime.GC()
	fmt.Println(w.check())

	// Half of it dies; what remains is intact, and the memory is used again.
	for i := range w.bytes {
		if i%2 == 0 {
			w.bytes[i] = nil
		}
	}
	for i := range w.large {
		if i%2 == 0 {
			w.large[i] = nil
		}
	}
	runtime.GC()
	fmt.Println("less", n-inUse() > 300)
	for i := range w.bytes {
		if i%2 == 0 {
			w.bytes[i] = make([]byte, 4096<<(i%9))
			b := w.bytes[i]
			must(b[0] == 0 && b[len(b)-1] == 0 && b[len(b)/2] == 0, "new bytes")
			b[0], b[len(b)-1] = byte(i), byte(i+1)
		}
	}
	for i := range w.large {
		if i%2 == 0 {
			b := make([]*small, 4*mib/8)
			must(b[0] == nil && b[len(b)/2] == nil && b[len(b)-1] == nil, "new pointers")
			b[0], b[len(b)/2], b[len(b)-1] = w.lists[i], &small{n: i}, &small{n: -i, text: fmt.Sprint(i)}
			w.large[i] = b
		}
	}
	runtime.GC()
	fmt.Println("again", inUse()-n < 30, w.check())
	*w = world{}
	runtime.GC()
	fmt.Println("freed", inUse() < 10)
}
