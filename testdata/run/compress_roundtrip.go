// run

package main

import (
	"bytes"
	"compress/flate"
	"compress/gzip"
	"compress/zlib"
	"fmt"
	"io"
	"strings"
)

func main() {
	text := strings.Repeat("compressible text, again and again; ", 200)
	var z bytes.Buffer
	gw, _ := gzip.NewWriterLevel(&z, gzip.BestCompression)
	gw.Name = "name"
	n, err := io.WriteString(gw, text)
	fmt.Println(n, err, gw.Close(), z.Len() < 500)
	gr, err := gzip.NewReader(&z)
	data, err2 := io.ReadAll(gr)
	fmt.Println(gr.Name, err, err2, string(data) == text)
	for level := -2; level <= 9; level++ {
		var b bytes.Buffer
		w, err := flate.NewWriter(&b, level)
		w.Write([]byte(text))
		w.Close()
		out, err2 := io.ReadAll(flate.NewReader(&b))
		fmt.Print(level, err, err2, string(out) == text, " ")
	}
	fmt.Println()
	var zb bytes.Buffer
	zw := zlib.NewWriter(&zb)
	zw.Write([]byte("zlib"))
	zw.Close()
	zr, err := zlib.NewReader(bytes.NewReader(zb.Bytes()))
	out, _ := io.ReadAll(zr)
	fmt.Println(string(out), err)
	bad := zb.Bytes()
	bad[len(bad)-1] ^= 1
	zr, _ = zlib.NewReader(bytes.NewReader(bad))
	_, err = io.ReadAll(zr)
	fmt.Println(err)
	_, err = gzip.NewReader(strings.NewReader("not gzip data"))
	fmt.Println(err)
}
