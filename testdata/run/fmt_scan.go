// run

package main

import (
	"fmt"
	"os"
	"strings"
)

func main() {
	var a, b int
	var s string
	var f float64
	n, err := fmt.Sscan("12 -7 word 2.5", &a, &b, &s, &f)
	fmt.Println(n, err, a, b, s, f)
	n, err = fmt.Sscanf("10-abc:0x1F", "%d-%3s:%v", &a, &s, &b)
	fmt.Println(n, err, a, s, b)
	n, err = fmt.Sscanln("1 2", &a, &b)
	fmt.Println(n, err, a, b)
	n, err = fmt.Sscanln("1\n2", &a, &b)
	fmt.Println(n, err)
	n, err = fmt.Sscan("x", &a)
	fmt.Println(n, err)
	n, err = fmt.Sscan("", &a)
	fmt.Println(n, err)
	var c rune
	var t bool
	var u uint8
	n, err = fmt.Sscanf("é true 200", "%c %t %d", &c, &t, &u)
	fmt.Println(n, err, string(c), t, u)
	n, err = fmt.Sscanf("300", "%d", &u)
	fmt.Println(n, err)
	var bs []byte
	var q string
	n, err = fmt.Sscanf(`bytes "quoted str" ff`, "%s %q %x", &bs, &q, &a)
	fmt.Println(n, err, string(bs), q, a)
	r := strings.NewReader("1 2 3\n4 5 6\n")
	sum := 0
	for {
		var x int
		if _, err := fmt.Fscan(r, &x); err != nil {
			fmt.Println(err)
			break
		}
		sum += x
	}
	fmt.Println(sum)
	var h, m int
	n, err = fmt.Sscanf("12:34", "%2d:%2d", &h, &m)
	fmt.Println(n, err, h, m)
	n, err = fmt.Sscanf("12.34", "%2d:%2d", &h, &m)
	fmt.Println(n, err)
	var cp complex128
	n, err = fmt.Sscan("(1+2i)", &cp)
	fmt.Println(n, err, cp)
	fmt.Fprintln(os.Stderr, "to stderr", sum)
	fmt.Fprintf(os.Stdout, "%d%%\n", 50)
}
