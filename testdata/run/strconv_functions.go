// run

package main

import (
	"errors"
	"fmt"
	"math"
	"strconv"
)

func main() {
	for _, s := range []string{"0", "42", "-17", "+5", "9223372036854775807", "9223372036854775808", "abc", "", "1_000", "0x10", " 1"} {
		n, err := strconv.Atoi(s)
		fmt.Println(n, err)
	}
	for _, c := range []struct {
		s    string
		base int
		bits int
	}{{"ff", 16, 64}, {"0xff", 0, 64}, {"0b101", 0, 8}, {"777", 8, 16}, {"zz", 36, 32}, {"128", 10, 8}, {"-129", 10, 8}, {"1_000", 0, 64}, {"9", 8, 64}, {"1", 1, 0}} {
		n, err := strconv.ParseInt(c.s, c.base, c.bits)
		u, err2 := strconv.ParseUint(c.s, c.base, c.bits)
		fmt.Println(n, err, u, err2)
	}
	for _, s := range []string{"1.5", "-0", "1e308", "1e309", "inf", "NaN", "0x1p-2", ".5", "5.", "1e", "", "1_0.5", "123456789012345678901234567890", "4.9e-324", "2e-324", "0.1e-1", "179769313486231570000e289"} {
		f, err := strconv.ParseFloat(s, 64)
		g, err2 := strconv.ParseFloat(s, 32)
		fmt.Println(f, err, g, err2)
	}
	for _, f := range []float64{0, 1, 0.1, 1e21, 1e20, 123456.789, math.Pi, 5e-324, math.MaxFloat64, -2.5} {
		fmt.Println(strconv.FormatFloat(f, 'g', -1, 64), strconv.FormatFloat(f, 'e', 3, 64), strconv.FormatFloat(f, 'f', -1, 32), strconv.FormatFloat(f, 'f', 2, 64), strconv.FormatFloat(f, 'x', -1, 64), strconv.FormatFloat(f, 'b', -1, 64))
	}
	for _, b := range []int{2, 7, 8, 10, 16, 36} {
		fmt.Print(strconv.FormatInt(-123456789, b), " ", strconv.FormatUint(math.MaxUint64, b), " ")
	}
	fmt.Println()
	for _, s := range []string{"true", "T", "0", "FALSE", "yes"} {
		b, err := strconv.ParseBool(s)
		fmt.Print(b, " ", err, "; ")
	}
	fmt.Println(strconv.FormatBool(true))
	for _, s := range []string{"plain", "tab\t\"quote\"", "é€\x00\xff", "\u2028😀", "`back`"} {
		fmt.Println(strconv.Quote(s), strconv.QuoteToASCII(s), strconv.QuoteToGraphic(s), strconv.CanBackquote(s))
		u, err := strconv.Unquote(strconv.Quote(s))
		fmt.Println(u == s, err)
	}
	for _, s := range []string{`"a\nb"`, "`raw\\n`", `'x'`, `'xy'`, `"bad`, `"\x41\u00e9\101"`, `"\q"`} {
		u, err := strconv.Unquote(s)
		fmt.Printf("%q %v\n", u, err)
	}
	fmt.Println(strconv.QuoteRune('☺'), strconv.QuoteRuneToASCII('☺'), strconv.Itoa(-45), string(strconv.AppendInt([]byte("x="), 5, 10)), string(strconv.AppendQuote(nil, "q")))
	_, err := strconv.Atoi("12x")
	var ne *strconv.NumError
	fmt.Println(errors.As(err, &ne), ne.Func, ne.Num, ne.Err == strconv.ErrSyntax, errors.Is(err, strconv.ErrSyntax))
	c, err := strconv.ParseComplex("1.5+2i", 128)
	fmt.Println(c, err)
}
