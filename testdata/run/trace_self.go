// run

// A program takes execution traces of itself and reads them as far as that can be done without the packages inside the
// standard library: batches, events, strings, and which goroutine is doing what.
package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"runtime"
	"runtime/trace"
	"sort"
	"strings"
	"sync"
	"time"
)

// Numbers of arguments of timed events, without the time; -1: none of these.
var args = [53]int{
	9: 2, 10: 2, 11: 0, 12: 3, 13: 2,
	14: 3, 15: 1, 16: 2, 17: 0, 18: 0, 19: 2, 20: 2, 21: 3, 22: 2, 23: 0, 24: 0, 25: 3,
	26: 2, 27: 0, 28: 1, 29: 2, 30: 1, 31: 1, 32: 1, 33: 2, 34: 1, 35: 1, 36: 0, 37: 1, 38: 1,
	39: 1, 40: 4, 41: 2, 42: 3, 43: 3, 44: 4, 45: 2, 46: 2, 47: 3, 48: 4,
}

const (
	evBatch, evStacks, evStack, evStrings, evString, evSamples = 1, 2, 3, 4, 5, 6
	evGoCreate, evGoStart, evGoDestroy, evGoStop, evGoBlock    = 14, 16, 17, 19, 20
	evGoUnblock, evSyscallBegin, evGCBegin, evGCEnd            = 21, 22, 29, 30
	evTaskBegin, evTaskEnd, evRegionBegin, evRegionEnd, evLog  = 40, 41, 42, 43, 44
	evSync, evEnd                                              = 50, 52
)

type reader struct{ data []byte }

func (r *reader) byte() byte {
	if len(r.data) == 0 {
		panic("the trace is cut off")
	}
	b := r.data[0]
	r.data = r.data[1:]
	return b
}

func (r *reader) varint() uint64 {
	v, shift := uint64(0), 0
	for {
		b := r.byte()
		v |= uint64(b&0x7f) << shift
		if shift += 7; b < 0x80 {
			return v
		}
	}
}

func (r *reader) take(n uint64) []byte {
	b := r.data[:n]
	r.data = r.data[n:]
	return b
}

type event struct {
	kind byte
	args [4]uint64
}

// A generation is what the trace says between two ends.
type generation struct {
	events  map[uint64][]event // by thread
	strings map[uint64]string
	stacks  map[uint64][]string // functions, innermost first
	frames  map[uint64][]uint64
	sync    bool
	known   map[uint64]bool // goroutines with a status, or created
}

func parse(data []byte) (gens []*generation) {
	header := "go 1.26 trace\x00\x00\x00"
	if !strings.HasPrefix(string(data), header) {
		panic(fmt.Sprintf("header %q", data[:16]))
	}
	r := &reader{data[len(header):]}
	number, g := uint64(0), (*generation)(nil)
	for len(r.data) > 0 {
		kind := r.byte()
		if kind == evEnd {
			if g == nil {
				panic("an empty generation")
			}
			g.finish()
			gens = append(gens, g)
			number, g = 0, nil
			continue
		}
		if kind != evBatch {
			panic(fmt.Sprintf("event %d instead of a batch", kind))
		}
		n, thread, time, size := r.varint(), r.varint(), r.varint(), r.varint()
		if g == nil {
			number = n
			g = &generation{map[uint64][]event{}, map[uint64]string{}, map[uint64][]string{}, map[uint64][]uint64{}, false, map[uint64]bool{}}
		}
		if n != number || time == 0 || size == 0 || size > 64<<10 {
			panic(fmt.Sprint("batch ", n, " in generation ", number, " at ", time, " of ", size))
		}
		g.batch(thread, &reader{r.take(size)})
	}
	if g != nil {
		panic("the last generation has no end")
	}
	return gens
}

func (g *generation) batch(thread uint64, r *reader) {
	switch r.data[0] {
	case evStrings:
		for r.byte(); len(r.data) > 0; {
			if r.byte() != evString {
				panic("no string")
			}
			id := r.varint()
			if _, double := g.strings[id]; double || id == 0 {
				panic(fmt.Sprint("string ", id, " twice"))
			}
			g.strings[id] = string(r.take(r.varint()))
		}
	case evStacks:
		for r.byte(); len(r.data) > 0; {
			if r.byte() != evStack {
				panic("no stack")
			}
			id := r.varint()
			for n := r.varint(); n > 0; n-- {
				_, fn, _, _ := r.varint(), r.varint(), r.varint(), r.varint()
				g.frames[id] = append(g.frames[id], fn)
			}
		}
	case evSync:
		if r.byte(); r.byte() != 8 || r.varint() == 0 || r.byte() != 51 {
			panic("bad clocks")
		}
		g.sync = true
	case evSamples:
	default:
		for len(r.data) > 0 {
			e := event{kind: r.byte()}
			r.varint() // the time
			for i := 0; i < args[e.kind]; i++ {
				v := r.varint()
				if i < len(e.args) {
					e.args[i] = v
				}
			}
			switch e.kind {
			case evGoCreate, 25, 47, 48:
				g.known[e.args[0]] = true
			}
			g.events[thread] = append(g.events[thread], e)
		}
	}
}

func (g *generation) finish() {
	if !g.sync {
		panic("no clocks")
	}
	for id, fns := range g.frames {
		for _, fn := range fns {
			name, ok := g.strings[fn]
			if !ok && fn != 0 {
				panic("a function without a name")
			}
			g.stacks[id] = append(g.stacks[id], name)
		}
	}
	for _, events := range g.events {
		running := uint64(0)
		for _, e := range events {
			// What a thread runs begins and ends in turn.
			switch e.kind {
			case evGoStart:
				if running != 0 || !g.known[e.args[0]] {
					panic(fmt.Sprint("goroutine ", e.args[0], " starts while ", running, " runs"))
				}
				running = e.args[0]
			case 25, 48:
				if e.args[2] == 2 || e.args[2] == 3 && running == 0 {
					running = e.args[0]
				}
			case evGoDestroy, evGoStop, evGoBlock, 24:
				if running == 0 {
					panic(fmt.Sprint("nothing runs at event ", e.kind))
				}
				running = 0
			case evGoUnblock:
				if !g.known[e.args[0]] {
					panic("an unknown goroutine is readied")
				}
			}
		}
	}
}

func count(gens []*generation, kind byte, want func(*generation, event) bool) (n int) {
	for _, g := range gens {
		for _, events := range g.events {
			for _, e := range events {
				if e.kind == kind && (want == nil || want(g, e)) {
					n++
				}
			}
		}
	}
	return n
}

// goroutines that block on channels, mutexes and conditions, sleep, yield and end.
func goroutines() {
	var wg sync.WaitGroup
	c := make(chan int)
	var mu sync.Mutex
	sum := 0
	for range 5 {
		wg.Add(1)
		go worker(&wg, c, &mu, &sum)
	}
	for i := range 50 {
		c <- i
	}
	close(c)
	wg.Wait()
	blocked := make(chan bool)
	go func() { time.Sleep(time.Millisecond); blocked <- true }()
	<-blocked
	if sum != 1225 {
		panic(sum)
	}
}

func worker(wg *sync.WaitGroup, c chan int, mu *sync.Mutex, sum *int) {
	defer wg.Done()
	for v := range c {
		mu.Lock()
		*sum += v
		runtime.Gosched()
		mu.Unlock()
	}
}

func syscalls() {
	r, w, err := os.Pipe()
	if err != nil {
		panic(err)
	}
	go func() { w.WriteString("through a pipe"); w.Close() }()
	var b [64]byte
	n, _ := r.Read(b[:])
	r.Close()
	if string(b[:n]) != "through a pipe" {
		panic(string(b[:n]))
	}
}

func annotated() {
	ctx, task := trace.NewTask(context.Background(), "a task")
	defer task.End()
	trace.WithRegion(ctx, "a region", func() {
		trace.Log(ctx, "a category", "a message")
		region := trace.StartRegion(ctx, "inside")
		region.End()
	})
}

func traced(f func()) []*generation {
	var buf bytes.Buffer
	if err := trace.Start(&buf); err != nil {
		panic(err)
	}
	if !trace.IsEnabled() {
		panic("not enabled")
	}
	f()
	trace.Stop()
	return parse(buf.Bytes())
}

func main() {
	gens := traced(func() {
		goroutines()
		syscalls()
		annotated()
		runtime.GC()
	})
	if err := trace.Start(nil); err == nil {
		trace.Stop()
	}
	starts := count(gens, evGoStart, nil)
	stops := count(gens, evGoStop, nil) + count(gens, evGoBlock, nil) + count(gens, evGoDestroy, nil)
	fmt.Println("goroutines run:", starts > 50, stops > 50)
	fmt.Println("created by main:", count(gens, evGoCreate, func(g *generation, e event) bool {
		s := g.stacks[e.args[2]]
		return len(s) > 0 && s[len(s)-1] == "main.main"
	}) >= 7)
	var begin []string
	for _, g := range gens {
		for _, events := range g.events {
			for _, e := range events {
				if e.kind == evGoCreate {
					if s := g.stacks[e.args[1]]; len(s) == 1 && strings.HasPrefix(s[0], "main.") {
						begin = append(begin, s[0])
					}
				}
			}
		}
	}
	sort.Strings(begin)
	fmt.Println("they begin in", begin)
	reason := func(want string) func(g *generation, e event) bool {
		return func(g *generation, e event) bool { return g.strings[e.args[0]] == want }
	}
	for _, why := range []string{"chan send", "sleep"} {
		fmt.Println("blocks for", why+":", count(gens, evGoBlock, reason(why)) > 0)
	}
	fmt.Println("yields:", count(gens, evGoStop, reason("runtime.Gosched")) >= 50)
	fmt.Println("system calls:", count(gens, evSyscallBegin, nil) > 1)
	fmt.Println("collections:", count(gens, evGCBegin, nil) > 0, count(gens, evGCEnd, nil) > 0)
	name := func(i int, want string) func(g *generation, e event) bool {
		return func(g *generation, e event) bool { return g.strings[e.args[i]] == want }
	}
	fmt.Println("tasks:", count(gens, evTaskBegin, name(2, "a task")), count(gens, evTaskEnd, nil))
	fmt.Println("regions:", count(gens, evRegionBegin, name(1, "a region")), count(gens, evRegionEnd, name(1, "a region")),
		count(gens, evRegionBegin, name(1, "inside")), count(gens, evRegionEnd, name(1, "inside")))
	fmt.Println("logs:", count(gens, evLog, func(g *generation, e event) bool {
		s := g.stacks[e.args[3]]
		return g.strings[e.args[1]] == "a category" && g.strings[e.args[2]] == "a message" && len(s) > 1 && s[0] == "main.annotated.func1"
	}))

	// Again and again; annotations before and after are not recorded.
	for range 3 {
		annotated()
		gens := traced(goroutines)
		if n := count(gens, evTaskBegin, nil); n != 0 {
			panic(n)
		}
	}

	// The flight recorder, with a trace beside it, and errors.
	fr := trace.NewFlightRecorder(trace.FlightRecorderConfig{})
	if err := fr.Start(); err != nil {
		panic(err)
	}
	beside := traced(annotated)
	fmt.Println("beside the recorder:", count(beside, evTaskBegin, name(2, "a task")))
	var buf bytes.Buffer
	if _, err := fr.WriteTo(&buf); err != nil {
		panic(err)
	}
	annotated()
	fr.Stop()
	fmt.Println("recorded:", count(parse(buf.Bytes()), evTaskBegin, name(2, "a task")))
	_, err := fr.WriteTo(&buf)
	fmt.Println(err)
	fmt.Println(trace.Start(&buf), trace.Start(&buf))
	trace.Stop()
	trace.Stop()
	fmt.Println("enabled:", trace.IsEnabled())
}
