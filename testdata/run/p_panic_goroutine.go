// run

// A panic in another goroutine ends the program.
package main

func worker(n int, done chan bool) {
	if n == 3 {
		panic("worker failed")
	}
	done <- true
}

func main() {
	done := make(chan bool)
	for i := range 3 {
		go worker(i, done)
		<-done
	}
	println("three done")
	go worker(3, done)
	<-done
	println("unreachable")
}
