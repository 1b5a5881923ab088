// run

// A scheduler loop with labelled breaks out of select, switch and for.
package main

import (
	"fmt"
)

type cmd struct {
	op  string
	arg int
	ack chan int
}

func server(cmds <-chan cmd, ticks <-chan int) (log []string) {
	sum, paused := 0, false
loop:
	for round := 0; ; round++ {
		in := ticks
		if paused {
			in = nil
		}
		select {
		case c, ok := <-cmds:
			if !ok {
				break loop
			}
			switch c.op {
			case "pause", "resume":
				paused = c.op == "pause"
			case "get":
				c.ack <- sum
				continue loop
			case "drain":
			drain:
				for n := 0; n < c.arg; n++ {
					select {
					case v, ok := <-ticks:
						if !ok {
							break drain
						}
						sum += v * 100
					}
				}
			case "stop":
				log = append(log, "stopping")
				break loop
			default:
				log = append(log, "unknown "+c.op)
			}
			log = append(log, fmt.Sprint(c.op, " ", sum))
			c.ack <- -1
		case v := <-in:
			sum += v
		}
	}
	return log
}

func main() {
	cmds, ticks := make(chan cmd), make(chan int)
	done := make(chan []string)
	go func() { done <- server(cmds, ticks) }()
	do := func(op string, arg int) int {
		c := cmd{op, arg, make(chan int)}
		cmds <- c
		return <-c.ack
	}
	for i := range 5 {
		ticks <- i
	}
	fmt.Println(do("get", 0))
	fmt.Println(do("pause", 0))
	sent := make(chan bool)
	go func() {
		for i := range 3 {
			ticks <- i + 1
		}
		close(sent)
	}()
	fmt.Println(do("get", 0), do("drain", 3), do("get", 0))
	<-sent
	fmt.Println(do("what", 0), do("resume", 0))
	ticks <- 7
	fmt.Println(do("get", 0))
	cmds <- cmd{op: "stop"}
	for _, l := range <-done {
		fmt.Println(l)
	}
	go func() { done <- server(cmds, nil) }()
	close(cmds)
	fmt.Println(<-done)
}
