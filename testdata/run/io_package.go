// run

package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
)

type upper struct{ r io.Reader }

func (u upper) Read(p []byte) (int, error) {
	n, err := u.r.Read(p)
	copy(p, bytes.ToUpper(p[:n]))
	return n, err
}

type counter int

func (c *counter) Write(p []byte) (int, error) {
	*c += counter(len(p))
	return len(p), nil
}

func main() {
	data, err := io.ReadAll(upper{strings.NewReader("shout this")})
	fmt.Println(string(data), err)
	var c counter
	n, err := io.Copy(io.MultiWriter(&c, os.Stdout), io.MultiReader(strings.NewReader("one "), strings.NewReader("two\n")))
	fmt.Println(n, err, c)
	lr := io.LimitReader(strings.NewReader("limited text"), 7)
	data, _ = io.ReadAll(lr)
	fmt.Printf("%q\n", data)
	var log bytes.Buffer
	tr := io.TeeReader(strings.NewReader("tee"), &log)
	io.Copy(io.Discard, tr)
	fmt.Println(log.String())
	buf := make([]byte, 4)
	_, err = io.ReadFull(strings.NewReader("ab"), buf)
	fmt.Println(err, errors.Is(err, io.ErrUnexpectedEOF))
	_, err = io.ReadFull(strings.NewReader(""), buf)
	fmt.Println(err)
	k, err := io.ReadAtLeast(strings.NewReader("abcdef"), buf, 2)
	fmt.Println(k, err, string(buf))
	sr := io.NewSectionReader(strings.NewReader("0123456789"), 3, 4)
	data, _ = io.ReadAll(sr)
	fmt.Println(string(data), sr.Size())
	pr, pw := io.Pipe()
	go func() {
		for i := range 3 {
			fmt.Fprintf(pw, "line %d\n", i)
		}
		pw.CloseWithError(errors.New("pipe closed"))
	}()
	data, err = io.ReadAll(pr)
	fmt.Printf("%q %v\n", data, err)
	w := io.WriteString
	w(os.Stdout, "written\n")
	_, err = io.CopyN(os.Stdout, strings.NewReader("copyn..."), 5)
	fmt.Println(err)
	_, err = io.CopyN(io.Discard, strings.NewReader("x"), 5)
	fmt.Println(err)
	ow := io.NewOffsetWriter(nil, 3)
	fmt.Println(ow != nil, io.SeekStart, io.NopCloser(strings.NewReader("")).Close())
}
