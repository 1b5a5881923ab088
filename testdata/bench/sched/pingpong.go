// Two goroutines that exchange values through two channels; the argument is the channels' capacity. With a capacity each
// sends that many values at a time.
package main

import (
	"os"
	"strconv"
)

func main() {
	capacity, err := strconv.Atoi(os.Args[1])
	if err != nil {
		panic(err)
	}
	there, back := make(chan int, capacity), make(chan int, capacity)
	burst := max(capacity, 1)
	rounds := 1_000_000 / burst
	if capacity > 0 {
		rounds *= 4
	}
	go func() {
		for range rounds {
			for range burst {
				back <- <-there + 1
			}
		}
		close(back)
	}()
	sum := 0
	for range rounds {
		if burst == 1 {
			there <- sum
			sum = <-back
			continue
		}
		for i := range burst {
			there <- i
		}
		for range burst {
			sum += <-back
		}
	}
	if sum == 0 {
		panic("nothing arrived")
	}
}
