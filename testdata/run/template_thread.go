// run

package main

import (
	"fmt"
	"runtime"
	"sync"
	"syscall"
	"unsafe"
)

const (
	setName = 15
	getName = 16
)

// name returns the name of the calling thread, which threads that it starts inherit.
func name() string {
	var b [16]byte
	_, _, e := syscall.RawSyscall(syscall.SYS_PRCTL, getName, uintptr(unsafe.Pointer(&b)), 0)
	if e != 0 {
		panic(e)
	}
	n := 0
	for b[n] != 0 {
		n++
	}
	return string(b[:n])
}

// Threads that are needed while a goroutine has changed the thread that it is locked to are started from a thread without
// changes.
func main() {
	runtime.LockOSThread()
	b := [16]byte{'c', 'h', 'a', 'n', 'g', 'e', 'd'}
	if _, _, e := syscall.RawSyscall(syscall.SYS_PRCTL, setName, uintptr(unsafe.Pointer(&b)), 0); e != 0 {
		panic(e)
	}
	fmt.Println(name())
	const n = 12
	names := make([]string, n)
	var all, done sync.WaitGroup
	all.Add(n)
	for i := range n {
		done.Go(func() {
			runtime.LockOSThread()
			all.Done()
			all.Wait() // each has a thread
			names[i] = name()
		})
		// Locked threads start threads when they give up their P.
		runtime.Gosched()
	}
	done.Wait()
	changed := 0
	for _, s := range names {
		if s == "changed" {
			changed++
		}
	}
	fmt.Println(changed, name())
}
