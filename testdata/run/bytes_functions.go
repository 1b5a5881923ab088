// run

package main

import (
	"bytes"
	"fmt"
	"io"
)

func main() {
	b := []byte("hello, bytes world")
	fmt.Println(bytes.Contains(b, []byte("bytes")), bytes.Index(b, []byte("o")), bytes.LastIndex(b, []byte("o")), bytes.Count(b, []byte("l")))
	fmt.Println(bytes.Equal([]byte("a"), []byte("a")), bytes.Compare([]byte("a"), []byte("b")), bytes.Equal(nil, []byte{}))
	fmt.Printf("%s %s %s\n", bytes.ToUpper(b), bytes.Title([]byte("abc def")), bytes.Repeat([]byte("ab"), 3))
	fmt.Printf("%q\n", bytes.Split([]byte("a b c"), []byte(" ")))
	fmt.Printf("%q %q\n", bytes.Fields([]byte(" x  y ")), bytes.TrimSpace([]byte("\t z ")))
	fmt.Printf("%s\n", bytes.Join([][]byte{[]byte("x"), []byte("y")}, []byte("++")))
	fmt.Printf("%s %s\n", bytes.ReplaceAll(b, []byte("l"), []byte("L")), bytes.Map(func(r rune) rune { return r + 1 }, []byte("HAL")))
	var buf bytes.Buffer
	buf.WriteString("line one\nline two\nrest")
	buf.WriteByte('!')
	buf.Write([]byte("??"))
	fmt.Fprintf(&buf, " %d", 42)
	fmt.Println(buf.Len())
	for {
		line, err := buf.ReadString('\n')
		fmt.Printf("%q %v\n", line, err)
		if err != nil {
			break
		}
	}
	buf.Reset()
	buf.WriteString("abcdef")
	p := make([]byte, 4)
	n, err := buf.Read(p)
	fmt.Println(n, err, string(p[:n]), buf.String())
	c, _ := buf.ReadByte()
	buf.UnreadByte()
	fmt.Println(c, buf.String())
	buf.Truncate(1)
	fmt.Println(buf.String(), string(buf.Next(5)), buf.Len())
	_, err = buf.ReadByte()
	fmt.Println(err == io.EOF)
	r := bytes.NewReader([]byte("seekable"))
	r.Seek(-4, io.SeekEnd)
	rest, _ := io.ReadAll(r)
	fmt.Println(string(rest), r.Size())
	var out bytes.Buffer
	n64, err := io.Copy(&out, bytes.NewBufferString("copied"))
	fmt.Println(n64, err, out.String())
	big := bytes.Repeat([]byte{'x'}, 10000)
	big[7777] = 'y'
	fmt.Println(bytes.IndexByte(big, 'y'), bytes.IndexByte(big[7778:], 'y'), bytes.Count(big, []byte("x")), bytes.IndexAny(big, "yz"))
	before, after, ok := bytes.Cut([]byte("k:v"), []byte(":"))
	fmt.Printf("%s %s %v\n", before, after, ok)
	fmt.Println(bytes.HasPrefix(b, []byte("he")), bytes.EqualFold([]byte("ABC"), []byte("abc")), bytes.ContainsRune(b, 'w'))
	clone := bytes.Clone(b)
	clone[0] = 'J'
	fmt.Println(string(b[:1]), string(clone[:1]), bytes.Runes([]byte("é€")))
}
