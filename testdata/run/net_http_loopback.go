// run

package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"time"
)

func main() {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /hello/{name}", func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprintf(w, "hello, %s", r.PathValue("name"))
	})
	mux.HandleFunc("POST /echo", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("X-Length", fmt.Sprint(r.ContentLength))
		io.Copy(w, r.Body)
	})
	mux.HandleFunc("/slow", func(w http.ResponseWriter, r *http.Request) {
		<-r.Context().Done()
	})
	mux.HandleFunc("/panic", func(w http.ResponseWriter, r *http.Request) { panic(http.ErrAbortHandler) })
	for _, tls := range []bool{false, true} {
		s := httptest.NewUnstartedServer(mux)
		if tls {
			s.EnableHTTP2 = true
			s.StartTLS()
		} else {
			s.Start()
		}
		c := s.Client()
		get := func(path string) {
			r, err := c.Get(s.URL + path)
			if err != nil {
				fmt.Println("error")
				return
			}
			b, err := io.ReadAll(r.Body)
			r.Body.Close()
			fmt.Println(r.Proto, r.StatusCode, string(b), err)
		}
		get("/hello/world")
		get("/missing")
		r, err := c.Post(s.URL+"/echo", "text/plain", strings.NewReader(strings.Repeat("abc", 10000)))
		if err != nil {
			fmt.Println(err)
			return
		}
		b, _ := io.ReadAll(r.Body)
		r.Body.Close()
		fmt.Println(len(b), r.Header.Get("X-Length"))
		ctx, cancel := context.WithTimeout(context.Background(), 30*time.Millisecond)
		req, _ := http.NewRequestWithContext(ctx, "GET", s.URL+"/slow", nil)
		_, err = c.Do(req)
		fmt.Println(err != nil, ctx.Err())
		cancel()
		get("/panic")
		var wg sync.WaitGroup
		var mu sync.Mutex
		sum := 0
		for i := 0; i < 30; i++ {
			wg.Add(1)
			go func() {
				defer wg.Done()
				for j := 0; j < 5; j++ {
					r, err := c.Get(fmt.Sprintf("%s/hello/%d", s.URL, i*j))
					if err != nil {
						fmt.Println(err)
						return
					}
					b, _ := io.ReadAll(r.Body)
					r.Body.Close()
					mu.Lock()
					sum += len(b)
					mu.Unlock()
				}
			}()
		}
		wg.Wait()
		fmt.Println(sum)
		s.Close()
	}
}
