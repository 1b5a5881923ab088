// run

package main

import (
	"errors"
	"fmt"
	"strings"
	"time"
)

type server struct {
	host    string
	port    int
	timeout time.Duration
	tags    map[string]string
	mw      []middleware
}
type option func(*server) error
type handler func(string) string
type middleware func(handler) handler

func withPort(p int) option {
	return func(s *server) error {
		if p <= 0 || p > 65535 {
			return fmt.Errorf("bad port %d", p)
		}
		s.port = p
		return nil
	}
}

func withTag(k, v string) option {
	return func(s *server) error {
		if s.tags == nil {
			s.tags = map[string]string{}
		}
		s.tags[k] = v
		return nil
	}
}

func with(ms ...middleware) option {
	return func(s *server) error { s.mw = append(s.mw, ms...); return nil }
}

func newServer(host string, opts ...option) (*server, error) {
	s := &server{host: host, port: 80, timeout: 30 * time.Second}
	var errs []error
	for _, o := range opts {
		if err := o(s); err != nil {
			errs = append(errs, err)
		}
	}
	return s, errors.Join(errs...)
}

func (s *server) handle(req string) string {
	h := handler(func(r string) string { return s.host + " says " + r })
	for i := len(s.mw) - 1; i >= 0; i-- {
		h = s.mw[i](h)
	}
	return h(req)
}

func logging(log *[]string) middleware {
	return func(next handler) handler {
		return func(r string) string {
			*log = append(*log, "-> "+r)
			defer func() { *log = append(*log, "<- "+r) }()
			return next(r)
		}
	}
}

func upper(next handler) handler { return func(r string) string { return strings.ToUpper(next(r)) } }

func recovering(next handler) handler {
	return func(r string) (out string) {
		defer func() {
			if e := recover(); e != nil {
				out = fmt.Sprint("500 ", e)
			}
		}()
		return next(r)
	}
}

func failing(next handler) handler {
	return func(r string) string {
		if r == "bad" {
			panic("handler failed")
		}
		return next(r)
	}
}

func main() {
	var log []string
	s, err := newServer("localhost", withPort(8080), withTag("env", "test"), with(recovering, logging(&log), upper, failing))
	fmt.Println(s.port, s.timeout, s.tags, len(s.mw), err)
	fmt.Println(s.handle("hi"))
	fmt.Println(s.handle("bad"))
	fmt.Println(strings.Join(log, "; "))
	_, err = newServer("x", withPort(-1), withTag("a", "b"), withPort(70000))
	fmt.Println(err)
}
