// run

// Panics and returns leave goroutines cleanly: deferred functions run, others go on.
package main

type result struct {
	id  int
	msg string
}

func work(id int, out chan<- result) {
	r := result{id, "none"}
	defer func() { out <- r }()
	defer func() {
		if e := recover(); e != nil {
			r.msg = "recovered " + e.(string)
		}
	}()
	switch id % 4 {
	case 0:
		r.msg = "returned early"
		return
	case 1:
		panic("p")
	case 2:
		func() {
			defer func() { recover(); panic("q") }()
			panic("lost")
		}()
	}
	r.msg = "end"
}

func chain(n int) (depth int) {
	done := make(chan int)
	go func() {
		defer close(done)
		if n > 0 {
			done <- chain(n-1) + 1
		}
	}()
	return <-done
}

func main() {
	out := make(chan result, 3)
	for i := range 12 {
		go work(i, out)
	}
	var msgs [12]string
	for range 12 {
		r := <-out
		msgs[r.id] = r.msg
	}
	for i, m := range msgs {
		println(i, m)
	}
	println(chain(100))
	n := 0
	lock := make(chan struct{}, 1)
	fin := make(chan bool)
	for range 50 {
		go func() {
			for range 20 {
				lock <- struct{}{}
				n++
				<-lock
			}
			fin <- true
		}()
	}
	for range 50 {
		<-fin
	}
	println(n)
	go func() {
		for {
			lock <- struct{}{}
			<-lock
		}
	}()
	println("main returns while a goroutine runs")
}
