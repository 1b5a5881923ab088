// run

package main

import (
	"fmt"
)

func main() {
	fmt.Println("Hello, world")
	fmt.Printf("%s from %s, %d times\n", "greetings", "Grus", 3)
	name := "reader"
	fmt.Print("bye, ", name, "\n")
}
