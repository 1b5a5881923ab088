// run

// Text in several scripts: runes, bytes, widths, reversal by clusters, columns.
package main

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

func widths(s string) (runes, bytes, ascii int) {
	for _, r := range s {
		runes++
		bytes += utf8.RuneLen(r)
		if r < utf8.RuneSelf {
			ascii++
		}
	}
	return
}

func reverse(s string) string {
	var out []rune
	var cluster []rune
	flush := func() { out = append(append([]rune{}, cluster...), out...); cluster = cluster[:0] }
	for _, r := range s {
		if r < 0x300 || r > 0x36f {
			flush()
		}
		cluster = append(cluster, r)
	}
	flush()
	return string(out)
}

func wrap(s string, width int) (lines []string) {
	line := ""
	for _, w := range strings.Fields(s) {
		switch {
		case line == "":
			line = w
		case utf8.RuneCountInString(line)+1+utf8.RuneCountInString(w) <= width:
			line += " " + w
		default:
			lines = append(lines, line)
			line = w
		}
	}
	return append(lines, line)
}

func main() {
	for _, s := range []string{"plain", "naïve café", "Ελληνικά", "русский", "日本語テキスト", "עברית", "🙂👍🏽", "e\u0301te\u0301", "\xf0\x28\x8c\xbc", ""} {
		r, b, a := widths(s)
		fmt.Printf("%-20q %d %d %d %d %v %q\n", s, len(s), r, b, a, utf8.ValidString(s), reverse(s))
	}
	for i, l := range wrap("Das ist ein längerer Text über Größen, Maße und Äpfel — völlig willkürlich umbrochen.", 24) {
		fmt.Printf("%d|%-24s|\n", i, l)
	}
	s := "aß→🙂"
	for i := range len(s) {
		fmt.Print(utf8.RuneStart(s[i]), " ")
	}
	fmt.Println()
	fmt.Println([]byte(s), []rune(s), string([]rune(s)[1:3]))
	idx := map[rune][]int{}
	for i, r := range "banana ñandú" {
		idx[r] = append(idx[r], i)
	}
	fmt.Println(idx['a'], idx['ñ'], idx['ú'], len(idx))
	b := []byte("mutable ü")
	for i, r := range string(b) {
		b[len(b)-1-i] = byte(r)
	}
	fmt.Printf("%q\n", b)
	fmt.Println(strings.ToUpper("ǆ ß ŉ ı"), strings.ToLower("ΑΣ İ K"), strings.ToTitle("ǆ"), strings.EqualFold("Σ", "ς"))
}
