// An HTTP server and its clients on the loopback interface: prints requests per second and the 99th percentile of a
// request's time in microseconds.
package main

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"sync"
	"time"
)

func main() {
	const clients, each = 16, 1000
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		panic(err)
	}
	server := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		io.WriteString(w, "hello, world\n")
	})}
	go server.Serve(l)
	url := "http://" + l.Addr().String() + "/"
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: clients}}
	times := make([][]time.Duration, clients)
	var wg sync.WaitGroup
	start := time.Now()
	for c := range clients {
		wg.Go(func() {
			for range each {
				t := time.Now()
				resp, err := client.Get(url)
				if err != nil {
					panic(err)
				}
				body, err := io.ReadAll(resp.Body)
				resp.Body.Close()
				if err != nil || len(body) != 13 {
					panic(fmt.Sprint(err, len(body)))
				}
				times[c] = append(times[c], time.Since(t))
			}
		})
	}
	wg.Wait()
	elapsed := time.Since(start)
	all := slices.Concat(times...)
	slices.Sort(all)
	fmt.Printf("%.0f %d\n", clients*each/elapsed.Seconds(), all[len(all)*99/100].Microseconds())
	server.Close()
}
