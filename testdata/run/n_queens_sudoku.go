// run

package main

import (
	"fmt"
)

type solver struct {
	n            int
	cols, d1, d2 []bool
	pos          []int
	count        int
	first        []int
}

func (s *solver) place(row int) {
	if row == s.n {
		if s.count == 0 {
			s.first = append([]int(nil), s.pos...)
		}
		s.count++
		return
	}
	for c := range s.n {
		a, b := row+c, row-c+s.n
		if s.cols[c] || s.d1[a] || s.d2[b] {
			continue
		}
		s.cols[c], s.d1[a], s.d2[b] = true, true, true
		s.pos[row] = c
		s.place(row + 1)
		s.cols[c], s.d1[a], s.d2[b] = false, false, false
	}
}

type grid [9][9]byte

func (g *grid) ok(r, c int, v byte) bool {
	for i := range 9 {
		if g[r][i] == v || g[i][c] == v || g[r/3*3+i/3][c/3*3+i%3] == v {
			return false
		}
	}
	return true
}

func (g *grid) solve(steps *int) bool {
	for r := range g {
		for c := range g[r] {
			if g[r][c] != '.' {
				continue
			}
			for v := byte('1'); v <= '9'; v++ {
				if g.ok(r, c, v) {
					*steps++
					g[r][c] = v
					if g.solve(steps) {
						return true
					}
				}
			}
			g[r][c] = '.'
			return false
		}
	}
	return true
}

func main() {
	for n := 4; n <= 8; n++ {
		s := &solver{n: n, cols: make([]bool, n), d1: make([]bool, 2*n), d2: make([]bool, 2*n+1), pos: make([]int, n)}
		s.place(0)
		fmt.Println(n, s.count, s.first)
	}
	puzzle := []string{"53..7....", "6..195...", ".98....6.", "8...6...3", "4..8.3..1", "7...2...6", ".6....28.", "...419..5", "....8..79"}
	var g grid
	for i, row := range puzzle {
		copy(g[i][:], row)
	}
	steps := 0
	fmt.Println(g.solve(&steps), steps)
	for _, row := range g {
		fmt.Println(string(row[:]))
	}
}
