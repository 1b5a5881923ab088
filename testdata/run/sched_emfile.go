// run

// A listener that runs out of descriptors says so and goes on when there are some again.
package main

import (
	"errors"
	"fmt"
	"net"
	"os"
	"syscall"
)

func main() {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		panic(err)
	}
	limit := syscall.Rlimit{Cur: 64, Max: 64}
	if err := syscall.Setrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil {
		panic(err)
	}
	var conns []net.Conn
	client, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		panic(err)
	}
	var files []*os.File
	for {
		f, err := os.Open("/dev/null")
		if err != nil {
			fmt.Println(errors.Is(err, syscall.EMFILE), err)
			break
		}
		files = append(files, f)
	}
	_, err = l.Accept()
	var temporary net.Error
	fmt.Println(errors.Is(err, syscall.EMFILE), errors.As(err, &temporary) && temporary.Temporary())
	_, err = net.Dial("tcp", l.Addr().String())
	fmt.Println(errors.Is(err, syscall.EMFILE))
	for _, f := range files {
		f.Close()
	}
	c, err := l.Accept()
	if err != nil {
		panic(err)
	}
	conns = append(conns, c, client)
	fmt.Fprint(client, "hello")
	buf := make([]byte, 5)
	n, err := c.Read(buf)
	fmt.Println(string(buf[:n]), err)
	for _, c := range conns {
		c.Close()
	}
	l.Close()
}
