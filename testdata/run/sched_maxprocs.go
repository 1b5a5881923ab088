// run

// What GOMAXPROCS the environment and the program can set, and what is left at its default.
package main

import (
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"sync"
)

func main() {
	if len(os.Args) > 1 {
		fmt.Println(runtime.GOMAXPROCS(0))
		return
	}
	exe, err := os.Executable()
	if err != nil {
		panic(err)
	}
	var env []string
	for _, e := range os.Environ() {
		if !strings.HasPrefix(e, "GOMAXPROCS=") && !strings.HasPrefix(e, "GODEBUG=") {
			env = append(env, e)
		}
	}
	child := func(vars ...string) string {
		cmd := exec.Command(exe, "child")
		cmd.Env = append(env[:len(env):len(env)], vars...)
		out, err := cmd.CombinedOutput()
		if err != nil {
			return err.Error() + string(out)
		}
		return strings.TrimSpace(string(out))
	}
	usual := child()
	for _, v := range []string{"", "0", "x", "-3", "3x", "1e3", "99999999999", "3", "7", "+5", "010"} {
		got := child("GOMAXPROCS=" + v)
		if got == usual {
			got = "default"
		}
		fmt.Printf("%q %s\n", v, got)
	}
	for _, v := range []string{"containermaxprocs=0", "updatemaxprocs=0", "containermaxprocs=0,updatemaxprocs=0"} {
		fmt.Println(v, child("GODEBUG="+v) == fmt.Sprint(runtime.NumCPU()) || child("GODEBUG="+v) == usual)
	}

	runtime.SetDefaultGOMAXPROCS()
	fmt.Println(fmt.Sprint(runtime.GOMAXPROCS(0)) == usual)
	old := runtime.GOMAXPROCS(5)
	fmt.Println(fmt.Sprint(old) == usual, runtime.GOMAXPROCS(0), runtime.GOMAXPROCS(-1), runtime.GOMAXPROCS(6))
	runtime.SetDefaultGOMAXPROCS()
	fmt.Println(fmt.Sprint(runtime.GOMAXPROCS(0)) == usual)

	// Whatever runs when the number is lowered goes on with a processor that is left.
	var wg sync.WaitGroup
	for i := range 100 {
		runtime.GOMAXPROCS(8)
		for range 16 {
			wg.Go(func() {
				var p sync.Pool
				for range 50 {
					p.Put(new(int))
					runtime.Gosched()
					p.Get()
				}
				if i%10 == 0 {
					runtime.ReadMemStats(new(runtime.MemStats))
				}
			})
		}
		runtime.GOMAXPROCS(1 + i%3)
		var p sync.Pool
		p.Put(new(int))
		p.Get()
		wg.Wait()
	}
}
