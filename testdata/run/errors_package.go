// run

package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
)

type notFound struct{ name string }

func (e *notFound) Error() string        { return e.name + " not found" }
func (e *notFound) Is(target error) bool { return target == errGone }

type temporary struct{ error }

func (t temporary) Temporary() bool { return true }
func (t temporary) Unwrap() error   { return t.error }

var errGone = errors.New("gone")
var errBase = errors.New("base")

func find(n string) error {
	if n == "" {
		return errBase
	}
	return &notFound{n}
}

func main() {
	e1 := fmt.Errorf("layer 1: %w", find(""))
	e2 := fmt.Errorf("layer 2: %w", e1)
	fmt.Println(e2, errors.Is(e2, errBase), errors.Unwrap(e2) == e1, errors.Unwrap(errBase))
	e3 := fmt.Errorf("ctx: %w", find("x"))
	var nf *notFound
	fmt.Println(errors.As(e3, &nf), nf.name, errors.Is(e3, errGone), errors.Is(e3, errBase))
	j := errors.Join(e1, nil, e3)
	fmt.Println(j)
	fmt.Println(errors.Is(j, errBase), errors.Is(j, errGone), errors.Join(nil, nil) == nil)
	m := fmt.Errorf("%w and %w", errBase, io.EOF)
	fmt.Println(m, errors.Is(m, io.EOF), errors.Is(m, errBase), errors.Unwrap(m))
	t := temporary{e3}
	var tmp interface{ Temporary() bool }
	fmt.Println(errors.As(fmt.Errorf("%w", t), &tmp), tmp.Temporary(), errors.Is(t, errGone))
	_, err := os.Open("/nonexistent/file")
	var pe *fs.PathError
	fmt.Println(err, errors.Is(err, fs.ErrNotExist), errors.As(err, &pe), pe.Op, pe.Path, pe.Err)
	fmt.Println(errors.New("a") == errors.New("a"), errBase == errBase, errors.Is(nil, errBase), errors.Is(errBase, nil))
	func() {
		defer func() { fmt.Println("panic:", recover()) }()
		errors.As(errBase, nil)
	}()
	fmt.Printf("%v %+v %s %q %T\n", nf, nf, nf, nf, nf)
	if nf2, ok := errors.AsType[*notFound](e3); ok {
		fmt.Println("AsType", nf2.name)
	}
	fmt.Println(errors.ErrUnsupported)
}
