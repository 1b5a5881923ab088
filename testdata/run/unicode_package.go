// run

package main

import (
	"fmt"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"
)

func main() {
	for _, r := range []rune{'a', 'Z', '5', ' ', '\n', 'é', 'ß', '€', '日', '٣', 'ǅ', '\u200b', '😀', '_', 'Ω', '½', 0x301, -1, 0x10ffff} {
		fmt.Printf("%U L%t U%t l%t T%t D%t N%t S%t P%t Y%t M%t C%t G%t p%t %U %U %U\n", r, unicode.IsLetter(r), unicode.IsUpper(r), unicode.IsLower(r), unicode.IsTitle(r),
			unicode.IsDigit(r), unicode.IsNumber(r), unicode.IsSpace(r), unicode.IsPunct(r), unicode.IsSymbol(r), unicode.IsMark(r), unicode.IsControl(r), unicode.IsGraphic(r), unicode.IsPrint(r),
			unicode.ToUpper(r), unicode.ToLower(r), unicode.ToTitle(r))
	}
	fmt.Println(unicode.Is(unicode.Han, '日'), unicode.Is(unicode.Cyrillic, 'ж'), unicode.In('α', unicode.Latin, unicode.Greek), unicode.Is(unicode.Scripts["Thai"], 'ก'))
	fmt.Println(unicode.SimpleFold('K'), unicode.SimpleFold('k'), unicode.SimpleFold('\u212a'), unicode.TurkishCase.ToUpper('i'))
	s := "aé€😀\xff"
	fmt.Println(utf8.RuneCountInString(s), utf8.ValidString(s), utf8.ValidString(s[:10]), utf8.FullRuneInString("\xe2\x82"))
	for i := 0; i < len(s); {
		r, n := utf8.DecodeRuneInString(s[i:])
		fmt.Print(r, "/", n, " ")
		i += n
	}
	for t := s; len(t) > 0; {
		r, n := utf8.DecodeLastRuneInString(t)
		fmt.Print(r, "/", n, " ")
		t = t[:len(t)-n]
	}
	fmt.Println()
	b := utf8.AppendRune(nil, '€')
	buf := make([]byte, 4)
	n := utf8.EncodeRune(buf, '😀')
	fmt.Println(b, buf[:n], utf8.RuneLen('é'), utf8.RuneLen(0xd800), utf8.ValidRune(0xdfff), utf8.RuneStart(0x82))
	u := utf16.Encode([]rune("a😀€"))
	fmt.Printf("%x %q %v\n", u, string(utf16.Decode(u)), utf16.IsSurrogate(rune(u[1])))
	letters, upper := 0, 0
	for r := rune(0); r < 0x3000; r++ {
		if unicode.IsLetter(r) {
			letters++
		}
		if unicode.IsUpper(r) {
			upper++
		}
	}
	fmt.Println(letters, upper, unicode.MaxRune, unicode.Version)
}
