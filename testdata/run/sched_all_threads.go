// run

// A system call that every thread makes, while goroutines run, sleep, block in system calls and are locked to threads.
package main

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"syscall"
)

// keepCaps reads a setting of the thread.
func keepCaps() uintptr {
	r, _, e := syscall.RawSyscall(syscall.SYS_PRCTL, syscall.PR_GET_KEEPCAPS, 0, 0)
	if e != 0 {
		panic(e)
	}
	return r
}

func main() {
	var wg sync.WaitGroup
	stop := make(chan bool)
	asked, answers := make(chan bool), make(chan uintptr)
	for range 6 {
		wg.Go(func() {
			runtime.LockOSThread()
			defer runtime.UnlockOSThread()
			for range asked {
				answers <- keepCaps()
			}
		})
	}
	for range 4 {
		wg.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
				}
			}
		})
	}
	r, w, err := os.Pipe()
	if err != nil {
		panic(err)
	}
	// A blocking read in a thread of its own.
	fd := int(r.Fd())
	wg.Go(func() {
		var b [1]byte
		n, err := syscall.Read(fd, b[:])
		fmt.Println("read", n, err)
	})
	// Threads come and go.
	wg.Go(func() {
		for range 50 {
			done := make(chan bool)
			go func() {
				runtime.LockOSThread()
				close(done)
			}()
			<-done
		}
	})
	for round := range 40 {
		want := uintptr(round % 2)
		if _, _, e := syscall.AllThreadsSyscall(syscall.SYS_PRCTL, syscall.PR_SET_KEEPCAPS, want, 0); e != 0 {
			fmt.Println(e)
		}
		for range 6 {
			asked <- true
		}
		for range 6 {
			if got := <-answers; got != want {
				fmt.Println("round", round, "got", got)
			}
		}
	}
	_, _, e := syscall.AllThreadsSyscall(syscall.SYS_PRCTL, syscall.PR_SET_KEEPCAPS, 17, 0)
	fmt.Println(e)
	_, _, e = syscall.AllThreadsSyscall6(syscall.SYS_PRCTL, 12345, 0, 0, 0, 0, 0)
	fmt.Println(e)

	// Every thread has the group that was set.
	if err := syscall.Setgid(syscall.Getgid()); err != nil {
		fmt.Println(err)
	}
	tasks, _ := filepath.Glob("/proc/self/task/*/status")
	groups := map[string]bool{}
	for _, t := range tasks {
		text, err := os.ReadFile(t)
		if err != nil {
			continue
		}
		_, rest, _ := strings.Cut(string(text), "\nGid:")
		line, _, _ := strings.Cut(rest, "\n")
		groups[line] = true
	}
	fmt.Println(len(groups))
	w.Write([]byte("x"))
	close(stop)
	close(asked)
	wg.Wait()
	runtime.KeepAlive(r)
}
