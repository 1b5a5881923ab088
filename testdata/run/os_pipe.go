// run

// A pipe between goroutines, in both directions.
package main

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"sync"
)

func main() {
	r, w, err := os.Pipe()
	fmt.Println(err)
	go func() {
		for i := range 3 {
			fmt.Fprintf(w, "line %d\n", i)
		}
		w.Close()
	}()
	data, err := io.ReadAll(r)
	fmt.Printf("%q %v\n", data, err)
	fmt.Println(r.Close())
	r1, w1, _ := os.Pipe()
	r2, w2, _ := os.Pipe()
	var wg sync.WaitGroup
	wg.Go(func() {
		defer w2.Close()
		sc := bufio.NewScanner(r1)
		for sc.Scan() {
			fmt.Fprintf(w2, "<%s>\n", sc.Text())
		}
	})
	in := bufio.NewReader(r2)
	for i := range 100 {
		fmt.Fprintln(w1, "ping", i)
		s, err := in.ReadString('\n')
		if i%33 == 0 {
			fmt.Printf("%q %v\n", s, err)
		}
	}
	w1.Close()
	wg.Wait()
	_, err = in.ReadByte()
	fmt.Println(err)
	_, err = r.Read(nil)
	fmt.Println(err)
}
