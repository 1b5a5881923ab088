// run

package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"syscall"
	"time"
)

func kill(s syscall.Signal) { syscall.Kill(os.Getpid(), s) }

func child(mode string) {
	switch mode {
	case "term":
		kill(syscall.SIGTERM)
		time.Sleep(time.Minute)
	case "notified":
		c := make(chan os.Signal, 1)
		signal.Notify(c, syscall.SIGTERM)
		kill(syscall.SIGTERM)
		fmt.Println("got", <-c)
		signal.Reset(syscall.SIGTERM)
		kill(syscall.SIGTERM)
		time.Sleep(time.Minute)
	case "pipe":
		for i := 0; i < 100000; i++ {
			fmt.Println("to a closed pipe")
		}
	case "pipe3":
		// Another descriptor only fails.
		r, w, _ := os.Pipe()
		r.Close()
		_, err := w.Write([]byte("x"))
		fmt.Println(err)
	case "quit":
		kill(syscall.SIGQUIT)
		time.Sleep(time.Minute)
	}
}

func main() {
	if len(os.Args) > 1 {
		child(os.Args[1])
		return
	}
	c := make(chan os.Signal, 10)
	signal.Notify(c, syscall.SIGUSR1, syscall.SIGUSR2)
	kill(syscall.SIGUSR1)
	fmt.Println(<-c)
	kill(syscall.SIGUSR2)
	fmt.Println(<-c)
	signal.Ignore(syscall.SIGUSR1)
	fmt.Println(signal.Ignored(syscall.SIGUSR1), signal.Ignored(syscall.SIGUSR2))
	kill(syscall.SIGUSR1)
	signal.Stop(c)
	kill(syscall.SIGUSR2)
	select {
	case s := <-c:
		fmt.Println("unexpected", s)
	case <-time.After(10 * time.Millisecond):
		fmt.Println("nothing")
	}
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGHUP)
	kill(syscall.SIGHUP)
	<-ctx.Done()
	fmt.Println(ctx.Err())
	stop()

	all := make(chan os.Signal, 100)
	signal.Notify(all)
	kill(syscall.SIGWINCH)
	for s := range all {
		if s != syscall.SIGURG {
			fmt.Println(s)
			break
		}
	}
	signal.Reset()

	self, _ := os.Executable()
	for _, mode := range []string{"term", "notified", "pipe3", "quit"} {
		cmd := exec.Command(self, mode)
		cmd.Stdout = os.Stdout
		fmt.Println(mode, cmd.Run())
	}
	cmd := exec.Command(self, "pipe")
	p, _ := cmd.StdoutPipe()
	cmd.Start()
	p.Read(make([]byte, 10))
	p.Close()
	fmt.Println("pipe", cmd.Wait())
}
