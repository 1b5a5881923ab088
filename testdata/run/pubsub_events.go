// run

package main

import (
	"fmt"
	"sort"
	"sync"
)

type event struct {
	topic string
	data  any
}
type bus struct {
	mu   sync.RWMutex
	subs map[string][]chan event
	wg   sync.WaitGroup
}

func (b *bus) subscribe(topic string, handle func(event)) {
	c := make(chan event, 1)
	b.mu.Lock()
	if b.subs == nil {
		b.subs = make(map[string][]chan event)
	}
	b.subs[topic] = append(b.subs[topic], c)
	b.mu.Unlock()
	b.wg.Add(1)
	go func() {
		defer b.wg.Done()
		for e := range c {
			handle(e)
		}
	}()
}

func (b *bus) publish(topic string, data any) int {
	b.mu.RLock()
	defer b.mu.RUnlock()
	for _, c := range b.subs[topic] {
		c <- event{topic, data}
	}
	return len(b.subs[topic])
}

func (b *bus) close() {
	b.mu.Lock()
	for _, cs := range b.subs {
		for _, c := range cs {
			close(c)
		}
	}
	b.mu.Unlock()
	b.wg.Wait()
}

func main() {
	var b bus
	var mu sync.Mutex
	sums := map[string]int{}
	var words []string
	for i := range 3 {
		b.subscribe("num", func(e event) {
			mu.Lock()
			defer mu.Unlock()
			sums[fmt.Sprintf("sub%d", i)] += e.data.(int) * (i + 1)
		})
	}
	b.subscribe("word", func(e event) {
		mu.Lock()
		defer mu.Unlock()
		switch w := e.data.(type) {
		case string:
			words = append(words, w)
		case fmt.Stringer:
			words = append(words, "stringer "+w.String())
		}
	})
	n := 0
	for i := range 100 {
		n += b.publish("num", i)
		if i%25 == 0 {
			b.publish("word", fmt.Sprint("w", i))
		}
	}
	fmt.Println(n, b.publish("none", 1))
	b.close()
	sort.Strings(words)
	fmt.Println(sums, words)
}
