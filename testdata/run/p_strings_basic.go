// run

// Indexing, slicing, comparison, concatenation, iteration.
package main

func rev(s string) string {
	r := []rune(s)
	for i, j := 0, len(r)-1; i < j; i, j = i+1, j-1 {
		r[i], r[j] = r[j], r[i]
	}
	return string(r)
}

func repeat(s string, n int) (out string) {
	for range n {
		out += s
	}
	return
}

func index(s, sub string) int {
	for i := 0; i+len(sub) <= len(s); i++ {
		if s[i:i+len(sub)] == sub {
			return i
		}
	}
	return -1
}

func main() {
	s := "hello, world"
	println(len(s), s[0], s[4:], s[:5], s[3:8], s[:], s[5:5] == "")
	println(s < "hello, xorld", s > "hello", "" < "a", "abc" >= "abd", "Z" < "a")
	println(rev("añb€c𝄞d"), repeat("ab", 5))
	println(index(s, "wor"), index(s, "xyz"), index(s, ""))
	for i, r := range "aé€𝄞z" {
		print(i, ":", r, " ")
	}
	println()
	b := []byte(s)
	b[0] = 'J'
	println(string(b), s)
	t := s + "!" + string(b[:5]) + "?" + rev("123") + "."
	println(t, len(t))
	var e string
	println(e == "", len(e), e+"x")
	e += "y"
	e += string(rune(8364))
	println(e, len(e))
	raw := `line1\n
line2`
	println(raw, len(raw))
	println("tab\there", "quote\"q\"", "\x41\102\u0043\U00000044")
	switch s[7:] {
	case "world":
		println("matched")
	default:
		println("not matched")
	}
	m := map[string]int{}
	for _, w := range []string{"a", "b", "a", string([]byte{'a'}), "b"} {
		m[w]++
	}
	println(m["a"], m["b"])
	println(max("pear", "apple", "zoo"), min("pear", "apple"))
	n := copy(b[2:], "LLO")
	println(n, string(b))
	b = append(b, " tail"...)
	println(string(b))
}
