// run

// What GOMAXPROCS the environment and the program can set, and what is left at its default.
package main

import (
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strings"
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
		if !strings.HasPrefix(e, "GOMAXPROCS=") {
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
}
