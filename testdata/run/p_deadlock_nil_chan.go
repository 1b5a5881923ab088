// run

// Nil channels block for ever.
package main

func main() {
	var c chan string
	defer println("not run")
	c <- "x"
}
