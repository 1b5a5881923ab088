// run

// Decoding of malformed UTF-8 gives U+FFFD, one byte at a time.
package main

func dump(s string) {
	print(len(s), " bytes:")
	for i, r := range s {
		print(" ", i, "=", r)
	}
	println(" runes", len([]rune(s)))
}

func bytesOf(s string) {
	for i := 0; i < len(s); i++ {
		print(s[i], " ")
	}
	println()
}

func main() {
	dump("ok")
	dump("\xff")
	dump("a\x80b")
	dump("\xc3")
	dump("\xc3(")
	dump("\xe2\x82")
	dump("\xe2\x82\xacx")
	dump("\xe2(\xa1")
	dump("\xed\xa0\x80")
	dump("\xf0\x9d\x84\x9e")
	dump("\xf0\x9d\x84")
	dump("\xf4\x90\x80\x80")
	dump("\xc0\x80")
	dump("\xc1\xbf")
	dump("\xe0\x80\x80")
	dump("\xf8\x88\x80\x80\x80")
	bytesOf(string(rune(0xd800)))
	bytesOf(string(rune(-1)))
	bytesOf(string(rune(0x110000)))
	bytesOf(string(rune(0x10ffff)))
	bytesOf(string(rune(0x7f)))
	bytesOf(string(rune(0x80)))
	bytesOf(string(rune(0x7ff)))
	bytesOf(string(rune(0x800)))
	bytesOf(string(rune(0xffff)))
	bytesOf(string(rune(0x10000)))
	bytesOf(string([]rune("a\xffb")))
	r := []rune{'x', 0xdfff, 0x20ac, -5, 'y'}
	bytesOf(string(r))
	dump(string(r))
	type myBytes []byte
	type myRunes []rune
	bytesOf(string(myBytes{0xe2, 0x82, 0xac}))
	bytesOf(string(myRunes{0xe9}))
	n := 0
	for range "\xff\xfe€" {
		n++
	}
	println(n)
}
