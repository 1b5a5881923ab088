// run

package main

import (
	"fmt"
	"strings"
	"unicode"
)

func main() {
	s := "The quick brown fox jumps over the lazy dog"
	fmt.Println(strings.Contains(s, "fox"), strings.Index(s, "o"), strings.LastIndex(s, "o"), strings.Count(s, "o"), strings.Count("abc", ""))
	fmt.Println(strings.HasPrefix(s, "The"), strings.HasSuffix(s, "cat"), strings.IndexByte(s, 'q'), strings.IndexAny(s, "xyz"), strings.IndexRune("aé€", '€'))
	fmt.Printf("%q\n", strings.Split("a,b,,c", ","))
	fmt.Printf("%q %q %q\n", strings.SplitN("a,b,c,d", ",", 2), strings.SplitAfter("a,b,c", ","), strings.Split("é€x", ""))
	fmt.Printf("%q %q\n", strings.Fields("  a  b\tc\n d "), strings.FieldsFunc("a1b22c", unicode.IsDigit))
	fmt.Println(strings.Join([]string{"x", "y", "z"}, "-"), strings.Repeat("=-", 5), strings.ToUpper("straße é"), strings.ToLower("ÀÉ İ"), strings.ToTitle("ǆ"))
	fmt.Println(strings.Replace("aaaa", "a", "b", 2), strings.ReplaceAll("banana", "an", "<>"), strings.ReplaceAll("abc", "", "."))
	fmt.Printf("%q %q %q %q %q\n", strings.TrimSpace(" \t x \n"), strings.Trim("xxhixx", "x"), strings.TrimLeft("aabc", "ab"), strings.TrimPrefix("prefix", "pre"), strings.TrimSuffix("file.go", ".go"))
	fmt.Printf("%q %q\n", strings.TrimFunc("123abc456", unicode.IsDigit), strings.TrimRight("12.500", "0"))
	fmt.Println(strings.EqualFold("Straße", "STRASSE"), strings.EqualFold("Go", "GO"), strings.EqualFold("K", "\u212a"), strings.Compare("a", "b"))
	fmt.Println(strings.Map(func(r rune) rune {
		if r == 'a' {
			return -1
		}
		return unicode.ToUpper(r)
	}, "banana split"))
	before, after, ok := strings.Cut("key=value=x", "=")
	fmt.Println(before, after, ok)
	_, _, ok = strings.Cut("none", "=")
	rest, ok2 := strings.CutPrefix("prefix-x", "prefix-")
	fmt.Println(ok, rest, ok2)
	r := strings.NewReplacer("<", "&lt;", ">", "&gt;", "&", "&amp;")
	fmt.Println(r.Replace("<a & b>"))
	fmt.Println(strings.NewReplacer("a", "1", "b", "2", "abc", "x").Replace("abcab"), strings.NewReplacer("aaa", "3", "aa", "2", "a", "1").Replace("aaaaaab"))
	var b strings.Builder
	for i := range 3 {
		fmt.Fprintf(&b, "%d;", i)
	}
	b.WriteByte('!')
	b.WriteRune('€')
	b.WriteString("end")
	fmt.Println(b.String(), b.Len())
	rd := strings.NewReader("reader text")
	buf := make([]byte, 6)
	n, _ := rd.Read(buf)
	fmt.Println(n, string(buf), rd.Len())
	for part := range strings.SplitSeq("x:y:z", ":") {
		fmt.Print(part, ";")
	}
	for l := range strings.Lines("one\ntwo\nthree") {
		fmt.Printf("%q ", l)
	}
	fmt.Println()
	fmt.Println(strings.ToValidUTF8("a\xffb", "?"), strings.Title("hello world"), strings.ContainsAny("abc", "xyzc"), strings.ContainsFunc("ab1", unicode.IsDigit))
	fmt.Println(strings.LastIndexByte("abcabc", 'b'), strings.IndexFunc("abc1", unicode.IsDigit), strings.LastIndexAny("golang", "gn"), strings.Index(strings.Repeat("ab", 100)+"needle", "needle"))
}
