// run

package main

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"
)

type key string

func work(ctx context.Context, id int) error {
	select {
	case <-ctx.Done():
		return fmt.Errorf("worker %d: %w", id, ctx.Err())
	case <-time.After(time.Hour):
		return nil
	}
}

func main() {
	bg := context.Background()
	fmt.Println(bg, context.TODO(), bg.Err(), bg.Done() == nil)
	ctx, cancel := context.WithCancel(context.WithValue(bg, key("user"), "ann"))
	fmt.Println(ctx.Value(key("user")), ctx.Value(key("none")), ctx.Value("user"))
	var wg sync.WaitGroup
	errs := make([]error, 3)
	for i := range errs {
		wg.Add(1)
		go func() {
			defer wg.Done()
			errs[i] = work(ctx, i)
		}()
	}
	cancel()
	cancel()
	wg.Wait()
	for _, e := range errs {
		fmt.Println(e, errors.Is(e, context.Canceled))
	}
	tctx, tcancel := context.WithTimeout(bg, 5*time.Millisecond)
	defer tcancel()
	err := work(tctx, 9)
	fmt.Println(err, errors.Is(err, context.DeadlineExceeded))
	_, has := tctx.Deadline()
	_, has2 := ctx.Deadline()
	fmt.Println(has, has2)
	cctx, ccancel := context.WithCancelCause(bg)
	child, childCancel := context.WithCancel(cctx)
	defer childCancel()
	ccancel(errors.New("the cause"))
	<-child.Done()
	fmt.Println(child.Err(), context.Cause(child), context.Cause(bg))
	stopped := make(chan string, 1)
	actx, acancel := context.WithCancel(bg)
	stop := context.AfterFunc(actx, func() { stopped <- "after func ran" })
	acancel()
	fmt.Println(<-stopped, stop())
	w := context.WithoutCancel(actx)
	fmt.Println(w.Err(), actx.Err())
	fmt.Println(ctx)
	past, pcancel := context.WithDeadline(bg, time.Unix(0, 0))
	defer pcancel()
	fmt.Println(past.Err(), context.DeadlineExceeded.Error())
	func() {
		defer func() { fmt.Println(recover()) }()
		context.WithValue(bg, nil, 1)
	}()
}
