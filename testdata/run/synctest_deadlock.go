// run

package main

import (
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

//go:noinline
func blocked(c chan int) {
	<-c
}

func main() {
	tests := []testing.InternalTest{{Name: "deadlock", F: func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			go blocked(make(chan int))
			var wg sync.WaitGroup
			wg.Add(1)
			time.Sleep(time.Hour)
			wg.Wait()
		})
	}}}
	testing.Main(func(pat, str string) (bool, error) { return true, nil }, tests, nil, nil)
}
