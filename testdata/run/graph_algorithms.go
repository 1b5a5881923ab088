// run

package main

import (
	"container/heap"
	"fmt"
	"math"
	"slices"
	"sort"
)

type edge struct {
	to string
	w  int
}
type graph map[string][]edge

func (g graph) add(a, b string, w int) {
	g[a] = append(g[a], edge{b, w})
	g[b] = append(g[b], edge{a, w})
}

type item struct {
	node string
	dist int
}
type pq []item

func (p pq) Len() int           { return len(p) }
func (p pq) Less(i, j int) bool { return p[i].dist < p[j].dist }
func (p pq) Swap(i, j int)      { p[i], p[j] = p[j], p[i] }
func (p *pq) Push(x any)        { *p = append(*p, x.(item)) }
func (p *pq) Pop() (x any)      { o := *p; x = o[len(o)-1]; *p = o[:len(o)-1]; return }

func (g graph) dijkstra(from string) (map[string]int, map[string]string) {
	dist, prev := map[string]int{}, map[string]string{}
	for n := range g {
		dist[n] = math.MaxInt
	}
	dist[from] = 0
	q := &pq{{from, 0}}
	for q.Len() > 0 {
		it := heap.Pop(q).(item)
		if it.dist > dist[it.node] {
			continue
		}
		for _, e := range g[it.node] {
			if d := it.dist + e.w; d < dist[e.to] {
				dist[e.to], prev[e.to] = d, it.node
				heap.Push(q, item{e.to, d})
			}
		}
	}
	return dist, prev
}

func (g graph) bfs(from string) (order []string) {
	seen := map[string]bool{from: true}
	for q := []string{from}; len(q) > 0; q = q[1:] {
		n := q[0]
		order = append(order, n)
		next := slices.Clone(g[n])
		sort.Slice(next, func(i, j int) bool { return next[i].to < next[j].to })
		for _, e := range next {
			if !seen[e.to] {
				seen[e.to] = true
				q = append(q, e.to)
			}
		}
	}
	return
}

func topo(deps map[string][]string) (order []string, err error) {
	state := map[string]int{}
	var visit func(string) error
	visit = func(n string) error {
		switch state[n] {
		case 1:
			return fmt.Errorf("cycle at %s", n)
		case 2:
			return nil
		}
		state[n] = 1
		for _, d := range deps[n] {
			if err := visit(d); err != nil {
				return fmt.Errorf("%s -> %w", n, err)
			}
		}
		state[n] = 2
		order = append(order, n)
		return nil
	}
	var names []string
	for n := range deps {
		names = append(names, n)
	}
	sort.Strings(names)
	for _, n := range names {
		if err := visit(n); err != nil {
			return nil, err
		}
	}
	return order, nil
}

type dsu []int

func (d dsu) find(x int) int {
	for d[x] != x {
		d[x] = d[d[x]]
		x = d[x]
	}
	return x
}

func main() {
	g := graph{}
	for _, e := range []struct {
		a, b string
		w    int
	}{{"A", "B", 4}, {"A", "C", 2}, {"B", "C", 1}, {"B", "D", 5}, {"C", "D", 8}, {"C", "E", 10}, {"D", "E", 2}, {"D", "F", 6}, {"E", "F", 3}} {
		g.add(e.a, e.b, e.w)
	}
	dist, prev := g.dijkstra("A")
	fmt.Println(dist)
	path := []string{}
	for n := "F"; n != ""; n = prev[n] {
		path = append([]string{n}, path...)
	}
	fmt.Println(path, g.bfs("F"))
	fmt.Println(topo(map[string][]string{"app": {"lib", "log"}, "lib": {"core"}, "log": {"core", "io"}, "core": nil}))
	fmt.Println(topo(map[string][]string{"a": {"b"}, "b": {"c"}, "c": {"a"}}))
	d := make(dsu, 10)
	for i := range d {
		d[i] = i
	}
	for _, p := range [][2]int{{1, 2}, {3, 4}, {2, 3}, {7, 8}} {
		d[d.find(p[0])] = d.find(p[1])
	}
	fmt.Println(d.find(1) == d.find(4), d.find(1) == d.find(7))
}
