// run

// An index out of range in a nested call, with its line.
package main

type matrix [][]int

func (m matrix) at(i, j int) int {
	return m[i][j]
}

func trace(m matrix) (t int) {
	for i := range m {
		t += m.at(i, i)
	}
	return
}

func main() {
	println(trace(matrix{{1, 2}, {3, 4}}))
	println(trace(matrix{{1, 2}, {3}}))
}
