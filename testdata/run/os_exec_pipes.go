// run

package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"sync"
	"time"
)

func main() {
	// A reader that blocks does not stop others.
	r, w, err := os.Pipe()
	if err != nil {
		fmt.Println(err)
		return
	}
	done := make(chan string)
	go func() {
		s := bufio.NewScanner(r)
		n := 0
		for s.Scan() {
			n++
		}
		done <- fmt.Sprint("lines ", n)
	}()
	for i := 0; i < 1000; i++ {
		fmt.Fprintf(w, "line %d with some padding to fill the pipe %s\n", i, strings.Repeat("x", 200))
	}
	w.Close()
	fmt.Println(<-done)

	// Deadlines.
	r, w, _ = os.Pipe()
	start := time.Now()
	r.SetReadDeadline(time.Now().Add(20 * time.Millisecond))
	_, err = r.Read(make([]byte, 1))
	fmt.Println(errors.Is(err, os.ErrDeadlineExceeded), time.Since(start) >= 20*time.Millisecond)
	r.SetReadDeadline(time.Time{})
	go func() { w.Write([]byte("z")) }()
	b := make([]byte, 1)
	n, err := r.Read(b)
	fmt.Println(n, err, string(b))

	// Closing wakes a reader.
	go func() {
		_, err := r.Read(b)
		done <- fmt.Sprint(errors.Is(err, os.ErrClosed))
	}()
	time.Sleep(5 * time.Millisecond)
	r.Close()
	fmt.Println(<-done)
	w.Close()

	// Commands.
	out, err := exec.Command("/bin/echo", "from", "child").Output()
	fmt.Printf("%q %v\n", out, err)
	cmd := exec.Command("/bin/cat")
	cmd.Stdin = strings.NewReader("through cat")
	out, err = cmd.CombinedOutput()
	fmt.Printf("%q %v\n", out, err)
	err = exec.Command("/bin/sh", "-c", "exit 7").Run()
	var ee *exec.ExitError
	fmt.Println(errors.As(err, &ee), err)
	_, err = exec.Command("/no/such/program").Output()
	fmt.Println(errors.Is(err, os.ErrNotExist))
	err = exec.Command("/bin/sh", "-c", "kill -TERM $$").Run()
	fmt.Println(err)

	var wg sync.WaitGroup
	res := make([]string, 8)
	for i := range res {
		wg.Add(1)
		go func() {
			defer wg.Done()
			out, err := exec.Command("/bin/echo", fmt.Sprint(i)).Output()
			res[i] = fmt.Sprintf("%q %v", out, err)
		}()
	}
	wg.Wait()
	fmt.Println(res)

	c := exec.Command("/bin/cat")
	in, _ := c.StdinPipe()
	o, _ := c.StdoutPipe()
	c.Start()
	for i := 0; i < 3; i++ {
		fmt.Fprintf(in, "ping %d\n", i)
		line := make([]byte, 7)
		io.ReadFull(o, line)
		fmt.Printf("%q\n", line)
	}
	in.Close()
	fmt.Println(c.Wait())
}
