// run

// debug.SetCrashOutput: the file receives what is said of a crash, the panic's value included, and nothing that the program
// prints.
package main

import (
	"fmt"
	"os"
	"os/exec"
	"runtime/debug"
	"strings"
)

func crash(name, kind string) {
	f, err := os.Create(name)
	if err != nil {
		panic(err)
	}
	if err := debug.SetCrashOutput(f, debug.CrashOptions{}); err != nil {
		panic(err)
	}
	f.Close()
	println("hello")
	switch kind {
	case "panic":
		defer func() { panic(fmt.Errorf("second %d", 2)) }()
		panic("first")
	case "nil":
		var p *int
		*p = 1
	case "map":
		m := map[int]int{}
		_ = m
		var c chan int
		close(c)
	}
}

func main() {
	if len(os.Args) == 3 {
		crash(os.Args[1], os.Args[2])
		return
	}
	for _, kind := range []string{"panic", "nil", "map"} {
		f, err := os.CreateTemp("", "crash")
		if err != nil {
			panic(err)
		}
		cmd := exec.Command(os.Args[0], f.Name(), kind)
		var stderr strings.Builder
		cmd.Stderr = &stderr
		err = cmd.Run()
		text, _ := os.ReadFile(f.Name())
		os.Remove(f.Name())
		report, found := strings.CutPrefix(stderr.String(), "hello\n")
		fmt.Println(kind, err, found, report == string(text))
		for line := range strings.Lines(report) {
			if strings.HasPrefix(line, "goroutine") {
				break
			}
			line, _, _ = strings.Cut(line, " pc=")
			fmt.Println("\t", strings.TrimSuffix(line, "\n"))
		}
	}
}
