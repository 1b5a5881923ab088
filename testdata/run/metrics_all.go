// run

package main

import (
	"bytes"
	"fmt"
	"math"
	"runtime"
	"runtime/metrics"
	"strings"
	"sync"
	"time"
)

var sink [][]byte

func main() {
	var mu sync.Mutex
	mu.Lock()
	go func() {
		// The other one is to wait for it.
		for buf := make([]byte, 1<<16); !bytes.Contains(buf[:runtime.Stack(buf, true)], []byte("[sync.Mutex.Lock")); {
			runtime.Gosched()
		}
		time.Sleep(2 * time.Millisecond)
		mu.Unlock()
	}()
	mu.Lock()
	for i := range 1000 {
		sink = append(sink, make([]byte, i%300))
	}
	sink = nil
	runtime.GC()
	c := make(chan int)
	for range 10 {
		go func() { <-c }()
	}

	all := metrics.All()
	samples := make([]metrics.Sample, 0, len(all))
	for _, d := range all {
		samples = append(samples, metrics.Sample{Name: d.Name})
	}
	// The goroutines need a moment until they wait.
	for waiting := uint64(0); waiting < 10; runtime.Gosched() {
		metrics.Read(samples)
		for _, s := range samples {
			if s.Name == "/sched/goroutines/waiting:goroutines" {
				waiting = s.Value.Uint64()
			}
		}
	}
	values := map[string]float64{}
	for i, s := range samples {
		if s.Value.Kind() != all[i].Kind {
			fmt.Println(s.Name, "has kind", s.Value.Kind())
			continue
		}
		switch s.Value.Kind() {
		case metrics.KindUint64:
			values[s.Name] = float64(s.Value.Uint64())
		case metrics.KindFloat64:
			values[s.Name] = s.Value.Float64()
			if v := s.Value.Float64(); v < 0 || math.IsNaN(v) {
				fmt.Println(s.Name, "is", v)
			}
		case metrics.KindFloat64Histogram:
			h := s.Value.Float64Histogram()
			if len(h.Buckets) != len(h.Counts)+1 {
				fmt.Println(s.Name, len(h.Buckets), len(h.Counts))
			}
			total := uint64(0)
			for i, n := range h.Counts {
				total += n
				if h.Buckets[i] >= h.Buckets[i+1] {
					fmt.Println(s.Name, "has buckets that do not rise")
				}
			}
			values[s.Name] = float64(total)
			if strings.HasSuffix(s.Name, ":seconds") {
				fmt.Println(s.Name, len(h.Buckets), math.IsInf(h.Buckets[0], -1), h.Buckets[1:4], h.Buckets[len(h.Buckets)-2])
			}
		}
	}
	positive := []string{
		"/cpu/classes/total:cpu-seconds", "/gc/cycles/total:gc-cycles",
		"/gc/gogc:percent", "/gc/heap/allocs-by-size:bytes", "/gc/heap/allocs:bytes", "/gc/heap/allocs:objects",
		"/gc/heap/frees-by-size:bytes", "/gc/heap/frees:objects", "/gc/heap/goal:bytes", "/gc/heap/live:bytes",
		"/gc/pauses:seconds", "/gc/scan/globals:bytes", "/memory/classes/heap/objects:bytes",
		"/memory/classes/heap/stacks:bytes", "/memory/classes/total:bytes", "/sched/gomaxprocs:threads",
		"/sched/goroutines-created:goroutines", "/sched/goroutines/running:goroutines",
		"/sched/threads/total:threads",
	}
	for _, name := range positive {
		if values[name] <= 0 {
			fmt.Println(name, "is", values[name])
		}
	}
	fmt.Println(values["/sched/goroutines:goroutines"] >= 11, values["/sched/goroutines/waiting:goroutines"] >= 10,
		values["/sched/goroutines-created:goroutines"] >= 11)
	// A collection that began by itself while runtime.GC waited is as good as a forced one.
	fmt.Println(values["/gc/cycles/forced:gc-cycles"]+values["/gc/cycles/automatic:gc-cycles"] ==
		values["/gc/cycles/total:gc-cycles"])
	sum := 0.0
	for name, v := range values {
		if strings.HasPrefix(name, "/memory/classes/") && name != "/memory/classes/total:bytes" {
			sum += v
		}
	}
	fmt.Println(sum == values["/memory/classes/total:bytes"])
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	fmt.Println(m.Sys == m.HeapSys+m.StackSys+m.MSpanSys+m.MCacheSys+m.BuckHashSys+m.GCSys+m.OtherSys,
		m.HeapSys == m.HeapInuse+m.HeapIdle, m.HeapIdle >= m.HeapReleased, m.Mallocs-m.Frees == m.HeapObjects,
		m.EnableGC, m.NumGC >= 1, m.PauseTotalNs > 0, m.LastGC > 0, m.PauseNs[(m.NumGC+255)%256] > 0)
	one := []metrics.Sample{{Name: "/no/such:metric"}}
	metrics.Read(one)
	fmt.Println(one[0].Value.Kind() == metrics.KindBad)
}
