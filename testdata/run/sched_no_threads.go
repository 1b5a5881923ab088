// run

// No more threads are to be had: ulimit -u.
package main

import (
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"runtime"
	"strings"
	"syscall"
	"time"
)

// RLIMIT_NPROC, the number of threads that a user may have.
const nproc = 6

func child() {
	// It does not count for root.
	if os.Getuid() == 0 {
		if err := syscall.Setuid(54321); err != nil {
			panic(err)
		}
	}
	if err := syscall.Setrlimit(nproc, &syscall.Rlimit{Cur: 1, Max: 1}); err != nil {
		panic(err)
	}
	for range 100 {
		go func() {
			runtime.LockOSThread()
			select {}
		}()
	}
	time.Sleep(10 * time.Second)
	fmt.Println("there are enough threads")
}

func main() {
	if len(os.Args) > 1 {
		child()
		return
	}
	cmd := exec.Command(os.Args[0], "child")
	cmd.Env = append(os.Environ(), "GODEBUG=", "GOMAXPROCS=2")
	out, err := cmd.CombinedOutput()
	fmt.Println(err)
	digits := regexp.MustCompile(`have \d+ already`)
	for line := range strings.Lines(string(out)) {
		if line == "\n" {
			break
		}
		fmt.Print(digits.ReplaceAllString(line, "have N already"))
	}
}
