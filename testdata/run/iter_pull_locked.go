// run

// Coroutines of goroutines that are locked to their threads.
package main

import (
	"fmt"
	"iter"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"sync"
	"syscall"
)

func exhaust(seq iter.Seq[int]) (sum int) {
	next, stop := iter.Pull(seq)
	defer stop()
	for {
		v, ok := next()
		if !ok {
			return sum
		}
		sum += v
	}
}

func locked(f func()) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	f()
}

func simple(yield func(int) bool) {
	for i := range 100 {
		if !yield(i) {
			return
		}
	}
}

// The iterator blocks: its thread waits for it.
func blocks(yield func(int) bool) {
	c := make(chan int)
	go func() {
		for i := range 100 {
			c <- i
		}
		close(c)
	}()
	for i := range c {
		runtime.Gosched()
		if !yield(i) {
			return
		}
	}
}

func nested(yield func(int) bool) {
	next, stop := iter.Pull(simple)
	defer stop()
	for {
		v, ok := next()
		if !ok || !yield(v) {
			return
		}
	}
}

// Locks, but is not locked when it yields.
func locks(yield func(int) bool) {
	for i := range 100 {
		runtime.LockOSThread()
		runtime.UnlockOSThread()
		if !yield(i) {
			return
		}
	}
}

// All of a locked goroutine's coroutines run on its thread.
func thread(yield func(int) bool) {
	for yield(syscall.Gettid()) {
		runtime.Gosched()
	}
}

func main() {
	if len(os.Args) > 1 {
		child(os.Args[1])
		return
	}
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for _, seq := range []iter.Seq[int]{simple, blocks, nested, locks} {
				if exhaust(seq) != 4950 {
					panic("free")
				}
				locked(func() {
					if exhaust(seq) != 4950 {
						panic("locked")
					}
					locked(func() {
						next, stop := iter.Pull(seq)
						next()
						next()
						stop()
					})
				})
			}
			locked(func() {
				next, stop := iter.Pull(thread)
				for range 100 {
					if id, _ := next(); id != syscall.Gettid() {
						panic("another thread")
					}
				}
				stop()
			})
		})
	}
	wg.Wait()
	// Goexit in a locked coroutine, and panics.
	wg.Go(func() {
		runtime.LockOSThread()
		defer func() { fmt.Println("deferred", recover()) }()
		next, _ := iter.Pull(func(yield func(int) bool) {
			yield(1)
			panic("in the iterator")
		})
		fmt.Println(next())
		fmt.Println(next())
	})
	wg.Wait()
	wg.Go(func() {
		runtime.LockOSThread()
		next, _ := iter.Pull(func(yield func(int) bool) {
			yield(1)
			runtime.Goexit()
		})
		fmt.Println(next())
		fmt.Println(next())
	})
	wg.Wait()
	mismatch()
}

// The thread's state is not that of the goroutine which made the coroutine.
func mismatch() {
	for _, how := range []string{"after", "yield", "other"} {
		cmd := exec.Command(os.Args[0], how)
		cmd.Env = append(os.Environ(), "GODEBUG=")
		out, err := cmd.CombinedOutput()
		fmt.Println(how, err)
		for line := range strings.Lines(string(out)) {
			if strings.HasPrefix(line, "coro: got lock") || strings.HasPrefix(line, "fatal error: ") {
				fmt.Print(line)
			}
		}
	}
}

func child(how string) {
	switch how {
	case "after":
		next, stop := iter.Pull(simple)
		defer stop()
		next()
		runtime.LockOSThread()
		next()
	case "yield":
		runtime.LockOSThread()
		exhaust(func(yield func(int) bool) {
			runtime.LockOSThread()
			yield(1)
		})
	case "other":
		runtime.LockOSThread()
		runtime.LockOSThread()
		exhaust(func(yield func(int) bool) {
			done := make(chan bool)
			go func() { done <- yield(5) }()
			<-done
		})
	}
}
