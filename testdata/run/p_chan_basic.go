// run

// Buffered and unbuffered channels, closing, length, direction.
package main

func send(c chan<- int, vs ...int) {
	for _, v := range vs {
		c <- v
	}
	close(c)
}

func recv(c <-chan int) (s int) {
	for v := range c {
		s = s*10 + v
	}
	return
}

type msg struct {
	id   int
	text string
	resp chan string
}

func server(in chan msg) {
	for m := range in {
		m.resp <- m.text + "/" + string(rune('0'+m.id))
	}
	println("server done")
}

func try(f func()) {
	defer func() { println(recover().(error).Error()) }()
	f()
}

func main() {
	c := make(chan int, 3)
	println(len(c), cap(c))
	c <- 1
	c <- 2
	println(len(c), <-c, len(c))
	close(c)
	v, ok := <-c
	println(v, ok)
	v, ok = <-c
	println(v, ok, <-c)
	u := make(chan int)
	go send(u, 1, 2, 3, 4)
	println(recv(u))
	in := make(chan msg)
	fin := make(chan struct{})
	go func() {
		server(in)
		close(fin)
	}()
	for i := range 3 {
		r := make(chan string)
		in <- msg{i, "msg", r}
		println(<-r)
	}
	close(in)
	<-fin
	try(func() { close(in) })
	try(func() { in <- msg{} })
	try(func() { var n chan int; close(n) })
	// A channel of channels.
	cc := make(chan chan int, 1)
	c2 := make(chan int, 1)
	cc <- c2
	c2 <- 42
	println(<-<-cc)
	// Big elements.
	type big struct{ a [100]int }
	bc := make(chan big, 2)
	var b big
	b.a[99] = 5
	bc <- b
	b.a[99] = 6
	bc <- b
	println((<-bc).a[99], (<-bc).a[99])
	zc := make(chan struct{}, 10)
	zc <- struct{}{}
	println(len(zc), cap(zc))
	// Ping-pong.
	ping, pong := make(chan int), make(chan int)
	go func() {
		for v := range ping {
			pong <- v + 1
		}
		close(pong)
	}()
	n := 0
	for range 1000 {
		ping <- n
		n = <-pong
	}
	close(ping)
	_, ok = <-pong
	println(n, ok)
	var r <-chan int = c
	println(cap(r), r == c)
	e := make(chan error, 1)
	e <- nil
	println(<-e == nil)
}
