// run

package main

import (
	"fmt"
	"runtime"
	"sort"
	"strings"
	"sync"
)

// Maps of pointers and strings that grow, shrink and are iterated on several processors, some behind a lock and
// some private, and a sync.Map.

type value struct {
	name string
	next *value
	n    int
}

type shared struct {
	mu sync.RWMutex
	m  map[string]*value
}

func (s *shared) put(k string, n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.m[k] = &value{name: strings.Repeat(k, 2), next: s.m[k], n: n}
}

func (s *shared) verify(k string) int {
	s.mu.RLock()
	defer s.mu.RUnlock()
	count := 0
	for v := s.m[k]; v != nil; v = v.next {
		if v.name != k+k {
			panic("name " + v.name)
		}
		count++
	}
	return count
}

func private(id int) (total int) {
	for round := 0; round < 8; round++ {
		m := map[int][]byte{}
		for i := 0; i < 300; i++ {
			b := make([]byte, i%97+1)
			for j := range b {
				b[j] = byte(i)
			}
			m[i*7+id] = b
		}
		for k, v := range m {
			if k%3 == 0 {
				delete(m, k)
				continue
			}
			i := (k - id) / 7
			for _, c := range v {
				if c != byte(i) {
					panic("content")
				}
			}
			total += len(v)
		}
	}
	return total
}

func main() {
	runtime.GOMAXPROCS(4)
	s := &shared{m: map[string]*value{}}
	var sm sync.Map
	var wg sync.WaitGroup
	var mu sync.Mutex
	totals := map[int]int{}
	for id := 0; id < 6; id++ {
		wg.Add(1)
		go func() {
			defer wg.Done()
			for i := 0; i < 500; i++ {
				k := fmt.Sprintf("k%03d", i%50)
				s.put(k, i)
				if s.verify(k) == 0 {
					panic("lost " + k)
				}
				sm.Store(k, &value{name: k, n: id})
				if v, ok := sm.Load(k); !ok || v.(*value).name != k {
					panic("sync.Map")
				}
			}
			t := private(id)
			mu.Lock()
			totals[id] = t
			mu.Unlock()
		}()
	}
	wg.Wait()
	var keys []string
	sum := 0
	for k := range s.m {
		keys = append(keys, k)
		sum += s.verify(k)
	}
	sort.Strings(keys)
	fmt.Println(len(keys), keys[0], keys[len(keys)-1], sum)
	n := 0
	sm.Range(func(k, v any) bool { n += len(v.(*value).name); return true })
	fmt.Println(n, totals)
}
