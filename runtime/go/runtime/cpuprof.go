package runtime

import (
	"internal/abi"
	"unsafe"
)

// The CPU profile. The Rust half samples; here its records are handed to runtime/pprof.

// Room for records on their way to runtime/pprof. A record has at most 3 words and 64 of stack.
const (
	cpuProfWords = 1 << 14
	cpuProfTags  = 1 << 11
)

// A cpuProfBuffer is where the Rust half puts records and their labels.
type cpuProfBuffer struct {
	data []uint64
	tags []unsafe.Pointer
}

var cpuprof struct {
	lock   mutex
	on     bool // samples are taken
	unread bool // the end has not been read
	header bool // has not been read
	hz     int
	start  int64
	buf    cpuProfBuffer
}

// SetCPUProfileRate sets the rate of the CPU profile in samples a second; 0 ends it.
func SetCPUProfileRate(hz int) {
	hz = min(max(hz, 0), 1_000_000)
	buf := cpuProfBuffer{}
	if hz > 0 {
		buf.data = make([]uint64, cpuProfWords)
		buf.tags = make([]unsafe.Pointer, cpuProfTags)
	}
	lock(&cpuprof.lock)
	defer unlock(&cpuprof.lock)
	switch {
	case hz > 0 && cpuprof.unread:
		print("runtime: cannot set cpu profile rate until previous profile has finished.\n")
	case hz > 0:
		cpuprof.on = true
		cpuprof.unread = true
		cpuprof.header = true
		cpuprof.hz = hz
		cpuprof.start = nanotime()
		cpuprof.buf = buf
		cpuprofstart(hz, abi.FuncPCABIInternal(_System)+1)
	case cpuprof.on:
		cpuprofstop()
		cpuprof.on = false
	}
}

// CPUProfile is no longer available: use runtime/pprof.
func CPUProfile() []byte { panic("CPUProfile no longer available") }

// cpuProfWait is how long readProfile sleeps when there are no records.
const cpuProfWait = 50_000_000

// runtime_pprof_readProfile waits for records and returns them with the labels of each; they are valid up to the next
// call. The signal handler cannot wake it: it looks from time to time.
//
//go:linkname runtime_pprof_readProfile runtime/pprof.readProfile
func runtime_pprof_readProfile() (data []uint64, tags []unsafe.Pointer, eof bool) {
	for {
		data, tags, eof = cpuProfRecords()
		if eof || len(data) != 0 {
			return
		}
		sleepns(cpuProfWait)
	}
}

func cpuProfRecords() (data []uint64, tags []unsafe.Pointer, eof bool) {
	lock(&cpuprof.lock)
	defer unlock(&cpuprof.lock)
	buf := &cpuprof.buf
	if cpuprof.header {
		cpuprof.header = false
		return []uint64{3, uint64(cpuprof.start), uint64(cpuprof.hz)}, make([]unsafe.Pointer, 1), false
	}
	if !cpuprof.unread {
		return nil, nil, true
	}
	last := !cpuprof.on
	clear(buf.tags)
	words, records := cpuprofread(buf)
	if words == 0 && last {
		cpuprof.unread = false
		*buf = cpuProfBuffer{}
		return nil, nil, true
	}
	return buf.data[:words], buf.tags[:records], false
}

// What samples are attributed to that belong to no goroutine.
func _System() { _System() }
