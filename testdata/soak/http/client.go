// The clients of `cargo xtask soak http`: `client WHAT HTTP HTTPS ECHO [N]`; the certificate comes on standard input. It
// prints a line on what it did and exits with 1 if anything was not as it should be.
package main

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

func check(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, os.Args[1]+":", err)
		os.Exit(1)
	}
}

func dial(addr string) *net.TCPConn {
	c, err := net.Dial("tcp", addr)
	check(err)
	c.SetDeadline(time.Now().Add(2 * time.Minute))
	return c.(*net.TCPConn)
}

// all calls f n times, 64 at once.
func all(n int, f func(i int)) {
	var wg sync.WaitGroup
	var next atomic.Int64
	for range 64 {
		wg.Go(func() {
			for i := int(next.Add(1)); i <= n; i = int(next.Add(1)) {
				f(i - 1)
			}
		})
	}
	wg.Wait()
}

// roundTrip sends a line and has it back.
func roundTrip(c net.Conn, text string) {
	_, err := io.WriteString(c, text)
	check(err)
	got := make([]byte, len(text))
	_, err = io.ReadFull(c, got)
	check(err)
	if string(got) != text {
		check(fmt.Errorf("got %q for %q", got, text))
	}
}

func main() {
	what, plain, secure, echo := os.Args[1], os.Args[2], os.Args[3], os.Args[4]
	n := 0
	if len(os.Args) > 5 {
		var err error
		n, err = strconv.Atoi(os.Args[5])
		check(err)
	}
	switch what {
	case "tls":
		cert, err := io.ReadAll(os.Stdin)
		check(err)
		roots := x509.NewCertPool()
		if !roots.AppendCertsFromPEM(cert) {
			check(errors.New("no certificate"))
		}
		client := &http.Client{Transport: &http.Transport{
			TLSClientConfig: &tls.Config{RootCAs: roots}, MaxIdleConnsPerHost: 64, ForceAttemptHTTP2: true,
		}}
		bodies := atomic.Int64{}
		all(n, func(i int) {
			body := strings.Repeat(strconv.Itoa(i)+" ", 1+i%5000)
			resp, err := client.Post("https://"+secure+"/echo", "text/plain", strings.NewReader(body))
			check(err)
			got, err := io.ReadAll(resp.Body)
			check(err)
			resp.Body.Close()
			if string(got) != body {
				check(fmt.Errorf("request %d: %d bytes for %d", i, len(got), len(body)))
			}
			bodies.Add(int64(len(got)))
		})
		fmt.Printf("%d requests over TLS, %d bytes each way", n, bodies.Load())
	case "idle":
		// Connections that wait, and answer when they are used.
		conns := make([]net.Conn, n)
		// Used at once, so that no more wait in the kernel's queue than it has room for.
		all(n, func(i int) {
			conns[i] = dial(echo)
			roundTrip(conns[i], "first\n")
		})
		for range 2 {
			all(n, func(i int) { roundTrip(conns[i], fmt.Sprintf("connection %d\n", i)) })
			time.Sleep(time.Second)
		}
		for _, c := range conns {
			c.Close()
		}
		fmt.Printf("%d idle connections, each used 3 times", n)
	case "half":
		// The writing side is closed first, and what was sent comes back all the same.
		text := bytes.Repeat([]byte("half-closed\n"), 10000)
		all(n, func(int) {
			c := dial(echo)
			defer c.Close()
			go func() {
				_, err := c.Write(text)
				check(err)
				check(c.CloseWrite())
			}()
			got, err := io.ReadAll(c)
			check(err)
			if !bytes.Equal(got, text) {
				check(fmt.Errorf("%d bytes instead of %d", len(got), len(text)))
			}
		})
		fmt.Printf("%d connections half-closed with %d bytes under way", n, len(text))
	case "reset":
		// Connections are reset in the middle of requests and of answers.
		all(n, func(i int) {
			addr, text := plain, "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 100000\r\n\r\nthe beginning"
			switch i % 3 {
			case 0:
				addr, text = echo, strings.Repeat("never read ", 1000)
			case 1:
				addr, text = secure, "\x16\x03\x01\x02\x00\x01"
			}
			c := dial(addr)
			io.WriteString(c, text)
			check(c.SetLinger(0))
			c.Close()
		})
		fmt.Printf("%d connections reset", n)
	case "killed":
		// Sends without end, until it is killed.
		for range n {
			go func() {
				c := dial(echo)
				go io.Copy(io.Discard, c)
				for {
					io.WriteString(c, strings.Repeat("killed ", 1000))
				}
			}()
		}
		fmt.Println("sending")
		select {}
	case "flood":
		// More connections than the server has descriptors: those that it has no room for wait in the kernel's queue and
		// are served when others are closed.
		served := atomic.Int64{}
		var wg sync.WaitGroup
		for i := range n {
			wg.Go(func() {
				c := dial(echo)
				defer c.Close()
				roundTrip(c, fmt.Sprintf("one of the flood, %d\n", i))
				served.Add(1)
				time.Sleep(10 * time.Millisecond)
			})
		}
		wg.Wait()
		fmt.Printf("%d of %d connections served", served.Load(), n)
	default:
		check(errors.New("no such clients"))
	}
}
