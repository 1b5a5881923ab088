// run

package main

import (
	"fmt"
	"strings"
)

type board struct {
	w, h  int
	cells []bool
}

func newBoard(w, h int) *board { return &board{w, h, make([]bool, w*h)} }

func (b *board) at(x, y int) bool {
	x, y = (x+b.w)%b.w, (y+b.h)%b.h
	return b.cells[y*b.w+x]
}

func (b *board) set(x, y int) { b.cells[y*b.w+x] = true }

func (b *board) step() *board {
	n := newBoard(b.w, b.h)
	for y := range b.h {
		for x := range b.w {
			alive := 0
			for dy := -1; dy <= 1; dy++ {
				for dx := -1; dx <= 1; dx++ {
					if (dx != 0 || dy != 0) && b.at(x+dx, y+dy) {
						alive++
					}
				}
			}
			n.cells[y*b.w+x] = alive == 3 || alive == 2 && b.at(x, y)
		}
	}
	return n
}

func (b *board) String() string {
	var sb strings.Builder
	for y := range b.h {
		for x := range b.w {
			if b.at(x, y) {
				sb.WriteByte('#')
			} else {
				sb.WriteByte('.')
			}
		}
		sb.WriteByte('\n')
	}
	return sb.String()
}

func main() {
	b := newBoard(12, 8)
	for _, p := range [][2]int{{1, 0}, {2, 1}, {0, 2}, {1, 2}, {2, 2}, {8, 4}, {9, 4}, {10, 4}} {
		b.set(p[0], p[1])
	}
	seen := map[string]int{}
	for gen := 0; ; gen++ {
		s := b.String()
		if gen%20 == 0 {
			fmt.Printf("generation %d\n%s", gen, b)
		}
		if first, ok := seen[s]; ok {
			fmt.Println("cycle from", first, "to", gen)
			break
		}
		seen[s] = gen
		b = b.step()
	}
}
