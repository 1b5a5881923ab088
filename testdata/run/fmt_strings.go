// run

package main

import (
	"fmt"
)

type st string
type by []byte

func main() {
	for _, s := range []string{"", "hello", "h\u00e9llo €", "tab\t\"q\" `b`\n", "\xff\x00\u200b", "日本語"} {
		fmt.Printf("%s|%q|%#q|%+q|%x|%X|% x|%#x|%10s|%-10s|%.3s|%8.2q\n", s, s, s, s, s, s, s, s, s, s, s, s)
	}
	fmt.Printf("%s %q %x %v %d\n", []byte("bytes"), []byte("by"), []byte("by"), []byte("by"), []byte("by"))
	fmt.Printf("%s %v %q\n", []string{"a", "b c"}, []string{"a", "b c"}, []string{"a", "b c"})
	fmt.Printf("%s %v %s %d\n", st("named"), st("named"), by("named"), by("n"))
	fmt.Printf("%v %s %#v %#v\n", [3]byte{65, 66, 67}, [3]byte{65, 66, 67}, [3]byte{65}, []byte("x"))
	fmt.Printf("%5s|%-5s|%05s|%.0s|%5.1s|\n", "ab", "ab", "ab", "ab", "ab")
	fmt.Printf("%5c|%-5c|%05d|%c\n", 'x', 'y', 'z', []rune("hi"))
	fmt.Printf("%s|%v|%d\n", nil, nil, nil)
	fmt.Printf("%s %s\n", error(nil), any(nil))
	fmt.Printf("%v %v\n", 'a', "a"[0])
	fmt.Printf("%-15s|%15s|\n", "日本語", "日本語")
	fmt.Printf("%x %X %x\n", "hello", []byte("hello"), st("hi"))
	fmt.Printf("%#v %#v %#v\n", "quoted \"s\"", st("t"), 'x')
	fmt.Printf("%t %t\n", "x", 1)
	fmt.Printf("%6.3s|%-6.3s|%.10s|\n", "abcdef", "abcdef", "abc")
	s := fmt.Sprintf("%s=%d;", "k", 1) + fmt.Sprint("a", 1, 2, "b", "c", 3.0) + fmt.Sprintln("x", 1)
	fmt.Printf("%q\n", s)
	fmt.Println(string(fmt.Appendf(nil, "%03d-%s", 7, "x")), string(fmt.Append([]byte("p"), 1, 2)), string(fmt.Appendln(nil, "y")))
	fmt.Printf("%s\n", fmt.Errorf("wrapped: %w, %v", fmt.Errorf("inner %d", 1), 2))
}
