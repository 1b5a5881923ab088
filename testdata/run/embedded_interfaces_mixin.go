// run

// Interfaces embedded in interfaces and structs, overriding one method of many.
package main

import (
	"fmt"
	"io"
	"sort"
	"strings"
)

type namer interface{ Name() string }
type sizer interface{ Size() int }
type both interface {
	namer
	sizer
	fmt.Stringer
}

type file struct {
	name string
	data []byte
}

func (f *file) Name() string   { return f.name }
func (f *file) Size() int      { return len(f.data) }
func (f *file) String() string { return fmt.Sprintf("%s(%d)", f.Name(), f.Size()) }

type doubled struct{ both }

func (d doubled) Size() int { return 2 * d.both.Size() }

type loud struct {
	both
	calls *int
}

func (l loud) Name() string { *l.calls++; return strings.ToUpper(l.both.Name()) }

type countingWriter struct {
	io.Writer
	n int
}

func (c *countingWriter) Write(p []byte) (int, error) {
	n, err := c.Writer.Write(p)
	c.n += n
	return n, err
}

type reverse struct{ sort.Interface }

func (r reverse) Less(i, j int) bool { return r.Interface.Less(j, i) }

type swapCounter struct {
	sort.Interface
	swaps int
}

func (s *swapCounter) Swap(i, j int) { s.swaps++; s.Interface.Swap(i, j) }

type readOnly struct{ io.ReadWriter }

func (readOnly) Write([]byte) (int, error) { return 0, io.ErrClosedPipe }

type rw struct {
	*strings.Reader
	*strings.Builder
}

func (r rw) Len() int { return r.Reader.Len()*100 + r.Builder.Len() }

func main() {
	f := &file{"notes", []byte("12345")}
	calls := 0
	var b both = loud{doubled{doubled{f}}, &calls}
	fmt.Println(b.Name(), b.Size(), b, calls)
	var s sizer = b
	n, ok := s.(namer)
	fmt.Println(n.Name(), ok, calls)
	_, ok = s.(io.Reader)
	fmt.Println(ok)
	var sb strings.Builder
	cw := &countingWriter{Writer: &sb}
	fmt.Fprintf(io.MultiWriter(cw, cw), "%d-%s", 42, "x")
	fmt.Println(sb.String(), cw.n)
	xs := []int{3, 1, 4, 1, 5}
	sort.Sort(reverse{sort.IntSlice(xs)})
	fmt.Println(xs)
	sc := &swapCounter{Interface: reverse{reverse{sort.IntSlice(xs)}}}
	sort.Sort(sc)
	fmt.Println(xs, sc.swaps > 0)
	r := rw{strings.NewReader("input"), &strings.Builder{}}
	r.WriteString("out")
	buf := make([]byte, 2)
	k, _ := r.Read(buf)
	fmt.Println(k, string(buf), r.Len(), r.String())
	_, err := readOnly{r}.Write([]byte("no"))
	k, _ = readOnly{r}.Read(buf)
	fmt.Println(err, k, string(buf))
	get := both.Size
	fmt.Println(get(b), namer.Name(f), (*file).Size(f), doubled.Name(doubled{f}))
	func() {
		defer func() { fmt.Println("recovered:", recover()) }()
		fmt.Println(doubled{}.Name())
	}()
	var e both
	func() {
		defer func() { fmt.Println("recovered:", recover()) }()
		_ = e.Size
	}()
}
