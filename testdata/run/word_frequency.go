// run

package main

import (
	"bufio"
	"fmt"
	"sort"
	"strings"
	"unicode"
)

const text = `It was the best of times, it was the worst of times, it was the age of
wisdom, it was the age of foolishness; "wisdom" -- said the Age -- isn't always wise.`

type entry struct {
	word  string
	count int
	lines []int
}

func main() {
	index := map[string]*entry{}
	sc := bufio.NewScanner(strings.NewReader(text))
	for line := 1; sc.Scan(); line++ {
		words := strings.FieldsFunc(sc.Text(), func(r rune) bool { return !unicode.IsLetter(r) && r != '\'' })
		for _, w := range words {
			w = strings.ToLower(w)
			e, ok := index[w]
			if !ok {
				e = &entry{word: w}
				index[w] = e
			}
			e.count++
			if n := len(e.lines); n == 0 || e.lines[n-1] != line {
				e.lines = append(e.lines, line)
			}
		}
	}
	var all []*entry
	for _, e := range index {
		all = append(all, e)
	}
	sort.Slice(all, func(i, j int) bool {
		if all[i].count != all[j].count {
			return all[i].count > all[j].count
		}
		return all[i].word < all[j].word
	})
	for _, e := range all {
		fmt.Printf("%-12s %2d %v\n", e.word, e.count, e.lines)
	}
	letters := [26]int{}
	for _, r := range strings.ToLower(text) {
		if r >= 'a' && r <= 'z' {
			letters[r-'a']++
		}
	}
	for i, n := range letters {
		if n > 5 {
			fmt.Printf("%c:%s ", 'a'+i, strings.Repeat("*", n))
		}
	}
	fmt.Println()
}
