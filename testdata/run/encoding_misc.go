// run

package main

import (
	"bytes"
	"encoding/base32"
	"encoding/base64"
	"encoding/binary"
	"encoding/csv"
	"encoding/hex"
	"fmt"
	"os"
	"strings"
)

type header struct {
	Magic [4]byte
	Ver   uint16
	Flags uint8
	_     uint8
	Size  int64
	Ratio float32
}

func main() {
	for _, s := range []string{"", "f", "fo", "foo", "foob", "\xff\xfe\xfd"} {
		e := base64.StdEncoding.EncodeToString([]byte(s))
		u := base64.RawURLEncoding.EncodeToString([]byte(s))
		d, err := base64.StdEncoding.DecodeString(e)
		fmt.Println(e, u, string(d) == s, err, base32.StdEncoding.EncodeToString([]byte(s)), hex.EncodeToString([]byte(s)))
	}
	_, err := base64.StdEncoding.DecodeString("a$b=")
	fmt.Println(err)
	_, err = hex.DecodeString("abc")
	fmt.Println(err)
	fmt.Print(hex.Dump([]byte("hexdump of some bytes\x00\x01")))
	var buf bytes.Buffer
	h := header{[4]byte{'G', 'R', 'U', 'S'}, 3, 0x81, 0, -5, 1.5}
	fmt.Println(binary.Write(&buf, binary.BigEndian, h), binary.Size(h))
	fmt.Printf("% x\n", buf.Bytes())
	var g header
	fmt.Println(binary.Read(&buf, binary.BigEndian, &g), g == h)
	b := binary.AppendUvarint(nil, 300)
	b = binary.AppendVarint(b, -300)
	n, k := binary.Uvarint(b)
	m, _ := binary.Varint(b[k:])
	fmt.Println(b, n, m)
	b = binary.LittleEndian.AppendUint32(nil, 0x01020304)
	fmt.Println(b, binary.BigEndian.Uint32(b), binary.LittleEndian.Uint16(b[2:]))
	r := csv.NewReader(strings.NewReader("a,b,c\n\"q \"\"x\"\"\",\"multi\nline\",3\n"))
	recs, err := r.ReadAll()
	fmt.Printf("%q %v\n", recs, err)
	_, err = csv.NewReader(strings.NewReader("a,b\nc\n")).ReadAll()
	fmt.Println(err)
	w := csv.NewWriter(os.Stdout)
	w.Write([]string{"plain", "with,comma", "quote\"", "", " sp"})
	w.Flush()
}
