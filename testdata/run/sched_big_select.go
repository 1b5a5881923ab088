// run

// Selects with hundreds of cases, made by reflection, from several goroutines over the same channels in different orders.
package main

import (
	"fmt"
	"reflect"
	"sync"
)

func main() {
	const channels, each, readers = 300, 20, 4
	chans := make([]chan int, channels)
	for i := range chans {
		chans[i] = make(chan int, i%3)
	}
	quit := make(chan bool)
	var senders, wg sync.WaitGroup
	for i, c := range chans {
		senders.Go(func() {
			for j := range each {
				c <- i*each + j
			}
		})
	}
	var mu sync.Mutex
	seen := make([]int, channels*each)
	for r := range readers {
		cases := make([]reflect.SelectCase, channels+1)
		for i := range chans {
			c := chans[(i*(2*r+7)+r)%channels]
			cases[i] = reflect.SelectCase{Dir: reflect.SelectRecv, Chan: reflect.ValueOf(c)}
		}
		cases[channels] = reflect.SelectCase{Dir: reflect.SelectRecv, Chan: reflect.ValueOf(quit)}
		wg.Go(func() {
			for {
				i, v, ok := reflect.Select(cases)
				if i == channels {
					return
				}
				if !ok {
					panic("closed")
				}
				mu.Lock()
				seen[v.Int()]++
				mu.Unlock()
			}
		})
	}
	senders.Wait()
	for _, c := range chans {
		for len(c) > 0 {
			select {
			case v := <-c:
				mu.Lock()
				seen[v]++
				mu.Unlock()
			default:
			}
		}
	}
	close(quit)
	wg.Wait()
	for v, n := range seen {
		if n != 1 {
			fmt.Println("value", v, "arrived", n, "times")
		}
	}
	fmt.Println("done")
}
