// run

// Goexit on the main goroutine lets the others go on, and then it is a deadlock.
package main

import (
	"fmt"
	"runtime"
	"time"
)

func main() {
	start := make(chan bool)
	defer close(start)
	defer fmt.Println("deferred in main")
	go func() {
		<-start
		time.Sleep(time.Millisecond)
		fmt.Println("other goroutine still runs")
	}()
	runtime.Goexit()
}
