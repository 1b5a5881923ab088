// run

package main

import (
	"bytes"
	"fmt"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
)

// Strings, builders, pools, appends and large objects on several processors.

var pool = sync.Pool{New: func() any { return new(bytes.Buffer) }}

type record struct {
	name string
	tags []string
	blob []byte
}

func work(id int) string {
	var recs []*record
	total := 0
	for i := 0; i < 150; i++ {
		buf := pool.Get().(*bytes.Buffer)
		buf.Reset()
		fmt.Fprintf(buf, "%d/%d:%s", id, i, strings.Repeat("x", i%30))
		r := &record{name: buf.String()}
		pool.Put(buf)
		for j := 0; j < min(i%9, len(r.name)); j++ {
			r.tags = append(r.tags, r.name[:j+1]+strconv.Itoa(j))
		}
		if i%16 == 0 {
			r.blob = make([]byte, 40_000+i*100)
			for k := range r.blob {
				r.blob[k] = byte(k ^ id)
			}
		}
		recs = append(recs, r)
		if i%50 == 49 {
			recs = append([]*record(nil), recs[len(recs)/2:]...)
		}
	}
	for _, r := range recs {
		parts := strings.SplitN(r.name, "/", 2)
		if parts[0] != strconv.Itoa(id) {
			panic("name " + r.name)
		}
		for j, t := range r.tags {
			if !strings.HasPrefix(t, r.name[:j+1]) || !strings.HasSuffix(t, strconv.Itoa(j)) {
				panic("tag " + t)
			}
			total += len(t)
		}
		for k, v := range r.blob {
			if v != byte(k^id) {
				panic("blob")
			}
		}
		total += len(r.name) + len(r.blob)
	}
	return fmt.Sprintf("%d:%d", id, total)
}

func main() {
	runtime.GOMAXPROCS(4)
	var wg sync.WaitGroup
	out := make([]string, 8)
	var done atomic.Int32
	for i := range out {
		wg.Add(1)
		go func() {
			defer wg.Done()
			for range 3 {
				out[i] = work(i)
			}
			done.Add(1)
		}()
	}
	// Collections from outside meanwhile.
	for done.Load() < 4 {
		runtime.GC()
	}
	wg.Wait()
	fmt.Println(out)
}
