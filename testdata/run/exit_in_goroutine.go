// run

package main

import (
	"fmt"
	"os"
	"sync"
)

func main() {
	var wg sync.WaitGroup
	wg.Add(1)
	go func() {
		defer wg.Done()
		fmt.Println("exiting with 3")
		os.Exit(3)
	}()
	wg.Wait()
	select {}
}
