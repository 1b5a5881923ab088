// run

// Select in its forms.
package main

func fan(a, b <-chan int) (sum int) {
	for a != nil || b != nil {
		select {
		case v, ok := <-a:
			if !ok {
				a = nil
				continue
			}
			sum += v
		case v, ok := <-b:
			if !ok {
				b = nil
				break
			}
			sum += 1000 * v
		}
	}
	return
}

func gen(n int) <-chan int {
	c := make(chan int)
	go func() {
		defer close(c)
		for i := range n {
			c <- i
		}
	}()
	return c
}

func idx(s string) int { print(s, " "); return 0 }

func main() {
	c := make(chan int, 1)
	select {
	case v := <-c:
		println("got", v)
	default:
		println("empty")
	}
	select {
	case c <- 5:
		println("sent")
	default:
		println("full")
	}
	select {
	case c <- 6:
		println("sent")
	default:
		println("full")
	}
	select {
	case v, ok := <-c:
		println(v, ok)
	}
	println(fan(gen(10), gen(5)))
	// Evaluation of all channel and value expressions in order, once.
	cs := []chan int{make(chan int, 1)}
	vals := []int{9}
	var arr [1]int
	select {
	case cs[idx("a")] <- vals[idx("b")]:
		println("send")
	case arr[idx("lhs")] = <-[]chan int{nil}[idx("c")]:
		println("never")
	}
	select {
	case arr[idx("lhs")] = <-cs[idx("d")]:
		println(arr[0])
	}
	// Both ready: each is chosen sometimes.
	a, b := make(chan int, 1000), make(chan int, 1000)
	for range 1000 {
		a <- 1
		b <- 1
	}
	na, nb := 0, 0
	for range 1000 {
		select {
		case <-a:
			na++
		case <-b:
			nb++
		}
	}
	println(na > 300, nb > 300, na+nb)
	// Blocking until another goroutine acts.
	done := make(chan bool)
	quit := make(chan struct{})
	work := make(chan int)
	go func() {
		n := 0
		for {
			select {
			case w := <-work:
				n += w
			case <-quit:
				println("worker total", n)
				done <- true
				return
			}
		}
	}()
	for i := range 10 {
		work <- i
	}
	close(quit)
	<-done
	// Sending by select to a waiting receiver; many cases.
	r := make(chan string)
	go func() {
		select {
		case r <- "hello":
		case <-make(chan int):
		case v := <-work:
			println(v)
		}
	}()
	println(<-r)
	closed := make(chan int)
	close(closed)
	func() {
		defer func() { println(recover().(error).Error()) }()
		select {
		case closed <- 1:
		default:
		}
	}()
	var nilc chan int
	select {
	case <-nilc:
	case nilc <- 1:
	default:
		println("nil channels are never ready")
	}
	for i := range 3 {
		select {
		case <-closed:
			if i == 1 {
				break
			}
			println("iteration", i)
		}
	}
}
