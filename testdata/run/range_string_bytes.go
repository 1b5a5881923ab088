// run

// A loop over the bytes of a converted string works on the string itself; what the loop does must not show.
package main

import "fmt"

type text string
type octets []byte

func sum(s string) (n int) {
	for i, c := range []byte(s) {
		n += i * int(c)
	}
	return n
}

func main() {
	s := "héllo, wörld, this is longer than thirty-two bytes \xff\x00"
	fmt.Println(sum(s), sum(""))
	for i, c := range []byte(s) {
		s = "changed" // the loop goes on over the old text
		if i < 3 || i > 50 {
			fmt.Print(i, ":", c, " ")
		}
	}
	fmt.Println(s)
	for i := range octets(text("ab")) {
		fmt.Print(i, " ")
	}
	for _, c := range []byte("const") {
		c++
		fmt.Print(string(rune(c)))
	}
	f := func() string { fmt.Print("[f]"); return "xyz" }
	for range []byte(f()) {
		fmt.Print(".")
	}
	for _, c := range ([]byte)(f() + s[:2]) {
		fmt.Print(" ", c)
	}
	fmt.Println()
}
