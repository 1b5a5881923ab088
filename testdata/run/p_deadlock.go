// run

// All goroutines asleep.
package main

func main() {
	c := make(chan int)
	println("waiting")
	<-c
}
