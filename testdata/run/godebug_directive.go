// run

//go:debug panicnil=1
//go:debug httplaxcontentlength=1

// The main package chooses settings of GODEBUG for the program.
package main

import (
	"fmt"
	"math/rand"
	"os"
)

func try() {
	defer func() { fmt.Println("recovered", recover()) }()
	panic(nil)
}

func main() {
	try()
	os.Setenv("GODEBUG", "panicnil=0")
	try()
	os.Setenv("GODEBUG", "")
	try()
	rand.Seed(1)
}
