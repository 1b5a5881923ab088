// run

package main

import (
	"fmt"
	"sort"
	"strings"
)

type tree struct {
	r           rune
	n           int
	left, right *tree
}

func build(s string) *tree {
	freq := map[rune]int{}
	for _, r := range s {
		freq[r]++
	}
	var nodes []*tree
	for r, n := range freq {
		nodes = append(nodes, &tree{r: r, n: n})
	}
	less := func(i, j int) bool {
		if nodes[i].n != nodes[j].n {
			return nodes[i].n < nodes[j].n
		}
		return nodes[i].r < nodes[j].r
	}
	for len(nodes) > 1 {
		sort.Slice(nodes, less)
		a, b := nodes[0], nodes[1]
		nodes = append(nodes[2:], &tree{min(a.r, b.r), a.n + b.n, a, b})
	}
	return nodes[0]
}

func (t *tree) codes(prefix string, out map[rune]string) {
	if t.left == nil {
		out[t.r] = prefix
		return
	}
	t.left.codes(prefix+"0", out)
	t.right.codes(prefix+"1", out)
}

func (t *tree) decode(bits string) string {
	var b strings.Builder
	n := t
	for _, c := range bits {
		if c == '0' {
			n = n.left
		} else {
			n = n.right
		}
		if n.left == nil {
			b.WriteRune(n.r)
			n = t
		}
	}
	return b.String()
}

type trie struct {
	kids map[rune]*trie
	end  bool
}

func (t *trie) insert(w string) {
	for _, r := range w {
		if t.kids == nil {
			t.kids = map[rune]*trie{}
		}
		k := t.kids[r]
		if k == nil {
			k = new(trie)
			t.kids[r] = k
		}
		t = k
	}
	t.end = true
}

func (t *trie) complete(p string) (out []string) {
	for _, r := range p {
		if t = t.kids[r]; t == nil {
			return nil
		}
	}
	var walk func(*trie, string)
	walk = func(t *trie, s string) {
		if t.end {
			out = append(out, s)
		}
		for r, k := range t.kids {
			walk(k, s+string(r))
		}
	}
	walk(t, p)
	sort.Strings(out)
	return
}

func main() {
	s := "she sells sea shells by the sea shore, é!"
	t := build(s)
	codes := map[rune]string{}
	t.codes("", codes)
	var enc strings.Builder
	for _, r := range s {
		enc.WriteString(codes[r])
	}
	fmt.Println(enc.Len(), len(s)*8, t.decode(enc.String()) == s)
	var rs []rune
	for r := range codes {
		rs = append(rs, r)
	}
	sort.Slice(rs, func(i, j int) bool { return rs[i] < rs[j] })
	for _, r := range rs {
		fmt.Printf("%q:%s ", r, codes[r])
	}
	fmt.Println()
	var tr trie
	for _, w := range strings.Fields("car cart care cat dog do dot über über-cool") {
		tr.insert(w)
	}
	fmt.Println(tr.complete("car"), tr.complete("do"), tr.complete("ü"), tr.complete("x"))
}
