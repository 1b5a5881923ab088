package runtime

import (
	"internal/runtime/gc"
	"unsafe"
)

// A MemStats records statistics about the memory allocator. All sizes are in bytes.
type MemStats struct {
	Alloc      uint64 // heap objects, as HeapAlloc
	TotalAlloc uint64 // heap objects ever allocated
	Sys        uint64 // obtained from the system: the sum of the Sys fields below
	Lookups    uint64 // always 0
	Mallocs    uint64 // number of heap objects ever allocated
	Frees      uint64 // number of heap objects freed

	HeapAlloc    uint64 // allocated heap objects, unreachable ones included until they are freed
	HeapSys      uint64 // address space of the heap that has been in use
	HeapIdle     uint64 // spans without objects
	HeapInuse    uint64 // spans with at least one object
	HeapReleased uint64 // returned to the system
	HeapObjects  uint64 // number of allocated heap objects

	StackInuse uint64 // spans for goroutine stacks
	StackSys   uint64 // StackInuse and the stacks of threads

	MSpanInuse  uint64
	MSpanSys    uint64
	MCacheInuse uint64
	MCacheSys   uint64
	BuckHashSys uint64
	GCSys       uint64
	OtherSys    uint64

	NextGC        uint64      // size of the heap at which the next collection is due
	LastGC        uint64      // end of the last collection, nanoseconds since 1970
	PauseTotalNs  uint64      // total of stop-the-world pauses
	PauseNs       [256]uint64 // the latest pauses, in a circle: the last is at (NumGC+255)%256
	PauseEnd      [256]uint64 // their ends, nanoseconds since 1970
	NumGC         uint32      // number of collections
	NumForcedGC   uint32      // those of them that the program called for
	GCCPUFraction float64     // part of the available CPU time that collections used
	EnableGC      bool        // always true
	DebugGC       bool        // always false

	// BySize counts objects by size class: of sizes above that of the class before, up to Size.
	BySize [61]struct {
		Size    uint32
		Mallocs uint64
		Frees   uint64
	}
}

// ReadMemStats fills m.
func ReadMemStats(m *MemStats) {
	*m = MemStats{}
	readmemstats(m)
	for i := range m.BySize {
		m.BySize[i].Size = uint32(gc.SizeClassToSize[i])
	}
	m.EnableGC = true
}

// heapDumpType is the tag of a type in a heap dump, heapDumpItab that of an itab.
const (
	heapDumpType = 3
	heapDumpItab = 8
)

// writeHeapDump writes a heap dump.
//
//go:linkname writeHeapDump runtime/debug.WriteHeapDump
func writeHeapDump(fd uintptr) {
	stats := new(MemStats)
	ReadMemStats(stats)
	types := itabRecords(nil)
	heapdump(fd, stats, unsafe.SliceData(types), len(types), boot.ncpu)
	KeepAlive(stats)
	KeepAlive(types)
}

// itabRecords appends the records of a heap dump that describe itabs and the types of the values that they are for.
func itabRecords(out []byte) []byte {
	number := func(n uintptr) {
		for ; n >= 0x80; n >>= 7 {
			out = append(out, byte(n)|0x80)
		}
		out = append(out, byte(n))
	}
	seen := make(map[*_type]bool)
	for _, m := range itabTable.Load().entries {
		if m == nil {
			continue
		}
		t := m.Type
		if !seen[t] {
			seen[t] = true
			name := typeName(t)
			if path := typePkgPath(t); path != "" && t.HasName() {
				last := len(name)
				for depth := 0; last > 0 && (depth > 0 || name[last-1] != '.'); last-- {
					switch name[last-1] {
					case ']':
						depth++
					case '[':
						depth--
					}
				}
				name = path + "." + name[last:]
			}
			number(heapDumpType)
			number(uintptr(unsafe.Pointer(t)))
			number(t.Size_)
			number(uintptr(len(name)))
			out = append(out, name...)
			if t.IsDirectIface() && !t.Pointers() {
				number(0)
			} else {
				number(1)
			}
		}
		number(heapDumpItab)
		number(uintptr(unsafe.Pointer(m)))
		number(uintptr(unsafe.Pointer(t)))
	}
	return out
}

// readGCStats hands pauses, their ends, the time of the last collection, the number of collections and the total
// pause to runtime/debug.
//
//go:linkname readGCStats runtime/debug.readGCStats
func readGCStats(pauses *[]uint64) {
	var m MemStats
	ReadMemStats(&m)
	n := int(min(m.NumGC, uint32(len(m.PauseNs))))
	p := (*pauses)[:0]
	if cap(p) < 2*n+3 {
		throw("short slice passed to readGCStats")
	}
	at := func(i int) int { return (int(m.NumGC) - 1 - i) % len(m.PauseNs) }
	for i := 0; i < n; i++ {
		p = append(p, m.PauseNs[at(i)])
	}
	for i := 0; i < n; i++ {
		p = append(p, m.PauseEnd[at(i)])
	}
	*pauses = append(p, m.LastGC, uint64(m.NumGC), m.PauseTotalNs)
}
