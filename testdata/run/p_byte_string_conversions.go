// run

// Conversions between strings and byte slices copy; comparisons and lookups need not.
package main

type Name string
type Raw []byte

func upper(b []byte) {
	for i, c := range b {
		if 'a' <= c && c <= 'z' {
			b[i] = c - 32
		}
	}
}

func join(parts [][]byte, sep string) string {
	var out []byte
	for i, p := range parts {
		if i > 0 {
			out = append(out, sep...)
		}
		out = append(out, p...)
	}
	return string(out)
}

func main() {
	s := "immutable"
	b := []byte(s)
	upper(b)
	println(s, string(b))
	t := string(b)
	b[0] = 'x'
	println(t, string(b))
	m := map[string]int{"key": 7, "KEY": 9}
	k := []byte("key")
	println(m[string(k)])
	upper(k)
	println(m[string(k)], string(k) == "KEY")
	println(join([][]byte{[]byte("a"), nil, []byte("bc")}, "--"))
	n := Name("named")
	r := Raw(n)
	r[0] = 'N'
	println(string(n), string(r), Name(r) == "Named")
	for i, c := range []byte("xyz") {
		print(i, c, " ")
	}
	println()
	var nilb []byte
	println(string(nilb) == "", len([]byte("")), []byte("") == nil)
	long := make([]byte, 100)
	for i := range long {
		long[i] = byte('a' + i%26)
	}
	ls := string(long)
	println(ls, len(ls))
	long[0] = '!'
	println(ls[0] == 'a', "<"+string(long[:3])+">")
	switch string(long[1:4]) {
	case "bcd":
		println("bcd")
	}
	arr := [4]byte{'w', 'o', 'r', 'd'}
	println(string(arr[:]))
	a4 := [3]byte([]byte("abc"))
	println(a4[0], a4[2], string(a4[1:]))
	var sum int
	for i := range len(s) {
		sum += int(s[i])
	}
	println(sum)
}
