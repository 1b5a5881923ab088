// run

package main

import (
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"sync"
	"time"
)

func check(err error) {
	if err != nil {
		fmt.Println("error:", err)
		os.Exit(1)
	}
}

func echo(l net.Listener) {
	for {
		c, err := l.Accept()
		if err != nil {
			return
		}
		go func() {
			defer c.Close()
			io.Copy(c, c)
		}()
	}
}

func stream(network, addr string) {
	l, err := net.Listen(network, addr)
	check(err)
	go echo(l)
	var wg sync.WaitGroup
	var mu sync.Mutex
	total := 0
	for i := 0; i < 20; i++ {
		wg.Add(1)
		go func() {
			defer wg.Done()
			c, err := net.Dial(network, l.Addr().String())
			check(err)
			defer c.Close()
			msg := make([]byte, 10000+i)
			for j := range msg {
				msg[j] = byte(i + j)
			}
			go func() { c.Write(msg) }()
			got := make([]byte, len(msg))
			_, err = io.ReadFull(c, got)
			check(err)
			if string(got) != string(msg) {
				fmt.Println("wrong echo")
			}
			mu.Lock()
			total += len(got)
			mu.Unlock()
		}()
	}
	wg.Wait()
	fmt.Println(network, total)
	done := make(chan error)
	go func() {
		_, err := l.Accept()
		done <- err
	}()
	l.Close()
	fmt.Println(errors.Is(<-done, net.ErrClosed))
}

func main() {
	stream("tcp", "127.0.0.1:0")
	stream("unix", filepath.Join(os.TempDir(), fmt.Sprintf("grus-%d.sock", os.Getpid())))

	a, err := net.ListenPacket("udp", "127.0.0.1:0")
	check(err)
	b, err := net.ListenPacket("udp", "127.0.0.1:0")
	check(err)
	go func() {
		buf := make([]byte, 100)
		for {
			n, from, err := a.ReadFrom(buf)
			if err != nil {
				return
			}
			a.WriteTo(append([]byte("re:"), buf[:n]...), from)
		}
	}()
	buf := make([]byte, 100)
	for i := 0; i < 3; i++ {
		b.WriteTo([]byte(fmt.Sprint("packet ", i)), a.LocalAddr())
		n, _, err := b.ReadFrom(buf)
		fmt.Println(string(buf[:n]), err)
	}
	b.SetDeadline(time.Now().Add(10 * time.Millisecond))
	_, _, err = b.ReadFrom(buf)
	var ne net.Error
	fmt.Println(errors.As(err, &ne) && ne.Timeout())
	a.Close()

	// Half close.
	l, err := net.Listen("tcp", "127.0.0.1:0")
	check(err)
	go func() {
		c, err := l.Accept()
		check(err)
		all, err := io.ReadAll(c)
		fmt.Fprintf(c, "%d bytes, %v", len(all), err)
		c.Close()
	}()
	c, err := net.Dial("tcp", l.Addr().String())
	check(err)
	c.Write(make([]byte, 100000))
	c.(*net.TCPConn).CloseWrite()
	all, err := io.ReadAll(c)
	fmt.Println(string(all), err)

	// Refused.
	addr := l.Addr().String()
	l.Close()
	_, err = net.Dial("tcp", addr)
	fmt.Println(err != nil)

	// Names without a server.
	h, err := net.LookupHost("127.0.0.1")
	fmt.Println(h, err)
	p, q := net.Pipe()
	go p.Write([]byte("in memory"))
	n, err := q.Read(buf)
	fmt.Println(string(buf[:n]), err)
}
