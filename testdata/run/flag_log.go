// run -n 5 -name=x -v -d 1m30s rest args

package main

import (
	"flag"
	"fmt"
	"log"
	"os"
	"time"
)

type list []string

func (l *list) String() string     { return fmt.Sprint(*l) }
func (l *list) Set(s string) error { *l = append(*l, s); return nil }

func main() {
	n := flag.Int("n", 1, "number of `things`")
	name := flag.String("name", "default", "a name")
	v := flag.Bool("v", false, "verbose")
	d := flag.Duration("d", time.Second, "duration")
	var l list
	flag.Var(&l, "l", "list")
	flag.Parse()
	fmt.Println(*n, *name, *v, *d, l, flag.Args(), flag.NArg(), flag.NFlag())
	fs := flag.NewFlagSet("sub", flag.ContinueOnError)
	fs.SetOutput(os.Stdout)
	x := fs.Float64("x", 0.5, "x value")
	fs.Var(&l, "l", "list")
	fmt.Println(fs.Parse([]string{"-x", "2.5", "-l", "a", "-l=b", "--", "-x"}), *x, l, fs.Args())
	fmt.Println(fs.Parse([]string{"-y"}))
	fmt.Println(fs.Parse([]string{"-x", "abc"}))
	fmt.Println(fs.Parse([]string{"-h"}) == flag.ErrHelp)
	fs.Visit(func(f *flag.Flag) { fmt.Print(f.Name, "=", f.Value, " ") })
	fmt.Println()
	lg := log.New(os.Stdout, "[pre] ", log.Lmsgprefix)
	lg.Println("logged", 1)
	lg.SetPrefix("p: ")
	lg.SetFlags(0)
	lg.Printf("%d%%", 5)
	func() {
		defer func() { fmt.Println("recovered", recover()) }()
		lg.Panicf("panic %d", 1)
	}()
	log.SetFlags(log.Lshortfile)
	log.Print("to stderr with a line")
	log.Fatal("fatal exits with 1")
}
