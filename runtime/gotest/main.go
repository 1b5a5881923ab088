// Command gotest checks the Go half of the runtime with the Go tool chain of a GOROOT, without a compiler of our own:
//
//		$GOROOT/bin/go run ./runtime/gotest [-root .]
//
//	  - accounts.go: the overlay type-checks with the other packages of the GOROOT on both architectures; every function
//	    without a body in the standard library is provided by somebody, with the same machine-level signature; every
//	    function that gc's compiler calls exists; the exported API is that of Go's package runtime.
//	  - compare.go: the overlay's package runtime, under another name and with natives written in Go, behaves as gc's
//	    runtime does: conversions, slice growth, printing, and random programs of deferred calls, panics and Goexit.
//
// It prints a line for each thing that is wrong and exits with 1 if there is any.
package main

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
)

var (
	root   = flag.String("root", ".", "root of the repository")
	goroot = flag.String("goroot", runtime.GOROOT(), "the Go tree")
	keep   = flag.String("keep", "", "folder for generated files, which are left there")

	failures int
)

// fail reports something that is wrong.
func fail(format string, args ...any) {
	failures++
	fmt.Printf(format+"\n", args...)
}

func overlay() string { return filepath.Join(*root, "runtime", "go") }

func main() {
	flag.Parse()
	for _, arch := range []string{"amd64", "arm64"} {
		newAccounts(arch).check()
	}
	if failures == 0 {
		compare()
	}
	if failures > 0 {
		fmt.Println(failures, "failures")
		os.Exit(1)
	}
}
