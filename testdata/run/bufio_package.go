// run

package main

import (
	"bufio"
	"fmt"
	"os"
	"strings"
)

func main() {
	sc := bufio.NewScanner(strings.NewReader("line one\nline two\r\n\nlast"))
	for sc.Scan() {
		fmt.Printf("%q ", sc.Text())
	}
	fmt.Println(sc.Err())
	sc = bufio.NewScanner(strings.NewReader("the  quick\nbrown\tfox"))
	sc.Split(bufio.ScanWords)
	n := 0
	for sc.Scan() {
		n++
		fmt.Print(sc.Text(), "|")
	}
	fmt.Println(n)
	sc = bufio.NewScanner(strings.NewReader("aé\xff"))
	sc.Split(bufio.ScanRunes)
	for sc.Scan() {
		fmt.Printf("%q ", sc.Text())
	}
	fmt.Println()
	sc = bufio.NewScanner(strings.NewReader(strings.Repeat("x", 100)))
	sc.Buffer(make([]byte, 10), 20)
	fmt.Println(sc.Scan(), sc.Err())
	sc = bufio.NewScanner(strings.NewReader("1,2,3"))
	sc.Split(func(data []byte, eof bool) (int, []byte, error) {
		if i := strings.IndexByte(string(data), ','); i >= 0 {
			return i + 1, data[:i], nil
		}
		if eof && len(data) > 0 {
			return len(data), data, bufio.ErrFinalToken
		}
		return 0, nil, nil
	})
	for sc.Scan() {
		fmt.Print(sc.Text(), ";")
	}
	fmt.Println()
	r := bufio.NewReaderSize(strings.NewReader("hello\nworld\nend"), 16)
	p, _ := r.Peek(3)
	fmt.Println(string(p), r.Buffered())
	s, err := r.ReadString('\n')
	fmt.Printf("%q %v\n", s, err)
	line, pre, err := r.ReadLine()
	fmt.Printf("%q %v %v\n", line, pre, err)
	c, sz, _ := r.ReadRune()
	r.UnreadRune()
	d, _ := r.Discard(1)
	rest, err := r.ReadString(0)
	fmt.Println(string(c), sz, d, rest, err)
	w := bufio.NewWriter(os.Stdout)
	fmt.Fprintf(w, "buffered %d ", w.Buffered())
	fmt.Fprintf(w, "now %d\n", w.Buffered())
	w.WriteByte('x')
	w.WriteRune('é')
	w.WriteString("\n")
	w.Flush()
	big := bufio.NewScanner(strings.NewReader(strings.Repeat("word ", 50000)))
	big.Buffer(nil, 1<<20)
	big.Split(bufio.ScanWords)
	n = 0
	for big.Scan() {
		n += len(big.Bytes())
	}
	fmt.Println(n)
	rw := bufio.NewReadWriter(bufio.NewReader(strings.NewReader("in")), bufio.NewWriter(os.Stdout))
	b, _ := rw.ReadByte()
	rw.WriteString(string(b) + "\n")
	rw.Flush()
}
