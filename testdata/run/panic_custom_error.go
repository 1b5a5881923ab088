// run

package main

import (
	"errors"
	"fmt"
)

type codeErr struct {
	code int
	err  error
}

func (c codeErr) Error() string { return fmt.Sprintf("code %d: %v", c.code, c.err) }
func (c codeErr) Unwrap() error { return c.err }

var base = errors.New("disk on fire")

func step(n int) (err error) {
	defer func() {
		if e := recover(); e != nil {
			err = fmt.Errorf("step %d: %w", n, e.(error))
		}
	}()
	if n > 2 {
		panic(codeErr{n, base})
	}
	return nil
}

func main() {
	for i := range 4 {
		fmt.Println(i, step(i))
	}
	err := step(5)
	var ce codeErr
	fmt.Println(errors.Is(err, base), errors.As(err, &ce), ce.code)
	panic(err)
}
