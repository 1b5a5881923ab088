// run

package main

import (
	"errors"
	"fmt"
	"sort"
	"strings"
	"sync"
)

type job struct {
	id   int
	text string
}
type result struct {
	job
	out string
	err error
}

var errEmpty = errors.New("empty text")

func process(j job) (r result) {
	r.job = j
	defer func() {
		if e := recover(); e != nil {
			r.err = fmt.Errorf("job %d panicked: %v", j.id, e)
		}
	}()
	if j.text == "" {
		r.err = fmt.Errorf("job %d: %w", j.id, errEmpty)
		return
	}
	r.out = strings.ToUpper(j.text[:3]) + strings.Repeat("!", j.id)
	return
}

func main() {
	jobs := make(chan job)
	results := make(chan result)
	var wg sync.WaitGroup
	for range 5 {
		wg.Add(1)
		go func() {
			defer wg.Done()
			for j := range jobs {
				results <- process(j)
			}
		}()
	}
	go func() {
		for i, t := range []string{"alpha", "", "be", "gamma", "delta", "x", "epsilon"} {
			jobs <- job{i, t}
		}
		close(jobs)
		wg.Wait()
		close(results)
	}()
	var all []result
	for r := range results {
		all = append(all, r)
	}
	sort.Slice(all, func(i, j int) bool { return all[i].id < all[j].id })
	for _, r := range all {
		fmt.Printf("%d %q %v %v\n", r.id, r.out, r.err, errors.Is(r.err, errEmpty))
	}
	// A semaphore limits concurrency.
	sem := make(chan struct{}, 3)
	var mu sync.Mutex
	running, peak := 0, 0
	for range 30 {
		wg.Add(1)
		go func() {
			defer wg.Done()
			sem <- struct{}{}
			defer func() { <-sem }()
			mu.Lock()
			running++
			peak = max(peak, running)
			mu.Unlock()
			mu.Lock()
			running--
			mu.Unlock()
		}()
	}
	wg.Wait()
	fmt.Println(peak <= 3, running)
	// Parallel sum by chunks, in slots by index.
	nums := make([]int, 10007)
	for i := range nums {
		nums[i] = i
	}
	parts := make([]int, 7)
	for p := range parts {
		wg.Add(1)
		go func() {
			defer wg.Done()
			for i := p; i < len(nums); i += len(parts) {
				parts[p] += nums[i]
			}
		}()
	}
	wg.Wait()
	total := 0
	for _, p := range parts {
		total += p
	}
	fmt.Println(total)
}
