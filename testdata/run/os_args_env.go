// run alpha --flag=1 -x beta

package main

import (
	"fmt"
	"os"
	"strings"
)

func main() {
	fmt.Println(len(os.Args), os.Args[1:])
	for i, a := range os.Args[1:] {
		if k, v, ok := strings.Cut(strings.TrimLeft(a, "-"), "="); ok {
			fmt.Println(i, k, v)
		}
	}
	fmt.Println(os.Getenv("GRUS_TEST_UNSET") == "")
	_, ok := os.LookupEnv("GRUS_TEST_UNSET")
	fmt.Println(ok, os.Setenv("GRUS_TEST_VAR", "some value"))
	v, ok := os.LookupEnv("GRUS_TEST_VAR")
	fmt.Println(v, ok, os.ExpandEnv("<$GRUS_TEST_VAR> ${GRUS_TEST_VAR}s"))
	n := 0
	for _, e := range os.Environ() {
		if strings.HasPrefix(e, "GRUS_TEST_VAR=") {
			n++
		}
	}
	fmt.Println(n, os.Unsetenv("GRUS_TEST_VAR"))
	_, ok = os.LookupEnv("GRUS_TEST_VAR")
	fmt.Println(ok, os.Setenv("", "x"))
	fmt.Println(os.Expand("$a-${b}-$$", func(s string) string { return "[" + s + "]" }))
	fmt.Println(os.Getpid() > 0, os.PathSeparator == '/', os.DevNull)
	wd, err := os.Getwd()
	fmt.Println(strings.HasSuffix(wd, "run"), err)
}
