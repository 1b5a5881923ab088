// run

// os.Exit skips deferred functions.
package main

import (
	"fmt"
	"os"
)

func main() {
	defer fmt.Println("not printed")
	fmt.Fprintln(os.Stderr, "failing")
	func() {
		defer func() {
			recover()
			os.Exit(37)
		}()
		panic("x")
	}()
}
