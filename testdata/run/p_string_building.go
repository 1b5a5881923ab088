// run

// Concatenation in loops, of many operands, in place, through slices of bytes and runes.
package main

func itoa(n int) string {
	if n == 0 {
		return "0"
	}
	neg := n < 0
	if neg {
		n = -n
	}
	var b [20]byte
	i := len(b)
	for n > 0 {
		i--
		b[i] = byte('0' + n%10)
		n /= 10
	}
	s := string(b[i:])
	if neg {
		s = "-" + s
	}
	return s
}

func join(xs []string, sep string) string {
	n := 0
	for _, x := range xs {
		n += len(x) + len(sep)
	}
	b := make([]byte, 0, n)
	for i, x := range xs {
		if i > 0 {
			b = append(b, sep...)
		}
		b = append(b, x...)
	}
	return string(b)
}

func split(s string, sep byte) (out []string) {
	start := 0
	for i := 0; i < len(s); i++ {
		if s[i] == sep {
			out = append(out, s[start:i])
			start = i + 1
		}
	}
	return append(out, s[start:])
}

func caesar(s string, k int) string {
	b := []byte(s)
	for i, c := range b {
		switch {
		case c >= 'a' && c <= 'z':
			b[i] = 'a' + (c-'a'+byte(k))%26
		case c >= 'A' && c <= 'Z':
			b[i] = 'A' + (c-'A'+byte(k))%26
		}
	}
	return string(b)
}

func palindrome(s string) bool {
	r := []rune(s)
	for i := range len(r) / 2 {
		if r[i] != r[len(r)-1-i] {
			return false
		}
	}
	return true
}

func wordFreq(s string) string {
	m := map[string]int{}
	var order []string
	for _, w := range split(s, ' ') {
		if m[w] == 0 {
			order = append(order, w)
		}
		m[w]++
	}
	out := ""
	for _, w := range order {
		out += w + "=" + itoa(m[w]) + " "
	}
	return out
}

func main() {
	s := ""
	for i := range 20 {
		s += itoa(i*i) + ","
	}
	println(s)
	a, b, c, d, e, f, g := "1", "22", "", "4444", "5", "é", "\x00"
	t := a + b + c + d + e + f + g
	println(len(t), t[:9])
	println(a+c, c+a, c+c == "")
	println(join(split("the quick brown fox", ' '), "--"))
	println(caesar("Hello, World", 13), caesar(caesar("Hello", 5), 21))
	println(palindrome("été"), palindrome("abca"), palindrome(""))
	println(wordFreq("a rose is a rose is a rose"))
	println(itoa(-9223372036854775807), itoa(0), itoa(1000000))
	p := &s
	*p = "p" + *p
	println((*p)[:10])
	m := map[string]string{"k": "v"}
	m["k"] += "w"
	m["n"] += "x"
	println(m["k"], m["n"])
	arr := [2]string{"x", "y"}
	for i := range arr {
		arr[i] += arr[1-i] + itoa(i)
	}
	println(arr[0], arr[1])
	big := "0123456789"
	for len(big) < 100000 {
		big += big
	}
	println(len(big), big[99999], big[50:60] == "0123456789")
	sub := big[10:20]
	big = ""
	println(sub)
}
