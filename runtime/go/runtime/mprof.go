package runtime

import (
	"internal/coverage/rtcov"
	"internal/profilerecord"
	"unsafe"
)

// Profiles of memory, blocking, mutexes and threads. Events are counted in buckets by the Rust half; here the buckets
// become the records that programs and runtime/pprof read.

// MemProfileRate is the mean number of allocated bytes between two samples of the memory profile; 0 turns it off.
var MemProfileRate int = 512 * 1024

// Kinds of buckets.
const (
	memProfile   = 0
	blockProfile = 1
	mutexProfile = 2
)

// What memproflush publishes.
const (
	flushCycle = 0 // what was counted for the last collection
	flushSweep = 1 // what was counted for the next one, if the given one is the last: it has been swept
	flushAll   = 2 // everything, if nothing has been published
)

// A profBucket is a copy of a bucket.
type profBucket struct {
	pcs    *uintptr
	npcs   uintptr
	size   uintptr // of a sampled object
	allocs int64
	frees  int64
	count  float64
	cost   int64 // nanoseconds
}

func (b *profBucket) stack() []uintptr { return unsafe.Slice(b.pcs, b.npcs) }

// profRecords calls put for the buckets of a kind that want holds for, if there are at most size.
func profRecords(kind, size int, want func(*profBucket) bool, put func(int, *profBucket)) (n int, ok bool) {
	var b profBucket
	for at := profbucket(kind, 0, &b); at != 0; at = profbucket(kind, at, &b) {
		if want(&b) {
			n++
		}
	}
	if n > size {
		return n, false
	}
	// There may be more by now.
	i := 0
	for at := profbucket(kind, 0, &b); at != 0 && i < n; at = profbucket(kind, at, &b) {
		if want(&b) {
			put(i, &b)
			i++
		}
	}
	return i, true
}

// A MemProfileRecord describes the live objects allocated by a call sequence.
type MemProfileRecord struct {
	AllocBytes, FreeBytes     int64
	AllocObjects, FreeObjects int64
	Stack0                    [32]uintptr // ends at the first 0
}

// InUseBytes returns the number of bytes in use.
func (r *MemProfileRecord) InUseBytes() int64 { return r.AllocBytes - r.FreeBytes }

// InUseObjects returns the number of objects in use.
func (r *MemProfileRecord) InUseObjects() int64 { return r.AllocObjects - r.FreeObjects }

// Stack returns the PCs of the record.
func (r *MemProfileRecord) Stack() []uintptr { return stackPrefix(r.Stack0[:]) }

// MemProfile fills p with the memory profile and returns the number n of its records; if p is too short, it changes
// nothing and returns n, false. Records without live objects are left out unless inuseZero. The profile is as of the end
// of the last collection.
func MemProfile(p []MemProfileRecord, inuseZero bool) (n int, ok bool) {
	return memProfileInternal(len(p), inuseZero, func(i int, b *profBucket) {
		r := &p[i]
		r.AllocBytes = b.allocs * int64(b.size)
		r.FreeBytes = b.frees * int64(b.size)
		r.AllocObjects = b.allocs
		r.FreeObjects = b.frees
		clear(r.Stack0[copy(r.Stack0[:], b.stack()):])
	})
}

// memProfileInternal is known to the Rust half: without it nothing is sampled.
//
//go:noinline
func memProfileInternal(size int, inuseZero bool, put func(int, *profBucket)) (n int, ok bool) {
	memproflush(flushCycle, 0)
	memproflush(flushAll, 0)
	want := func(b *profBucket) bool { return inuseZero || b.allocs != b.frees }
	return profRecords(memProfile, size, want, put)
}

//go:linkname pprof_memProfileInternal
func pprof_memProfileInternal(p []profilerecord.MemProfileRecord, inuseZero bool) (n int, ok bool) {
	return memProfileInternal(len(p), inuseZero, func(i int, b *profBucket) {
		p[i] = profilerecord.MemProfileRecord{
			ObjectSize:   int64(b.size),
			AllocObjects: b.allocs,
			FreeObjects:  b.frees,
			Stack:        b.stack(),
		}
	})
}

// A BlockProfileRecord describes blocking events that began at a call sequence.
type BlockProfileRecord struct {
	Count  int64
	Cycles int64
	StackRecord
}

// BlockProfile fills p with the profile of blocking events and returns the number of its records.
func BlockProfile(p []BlockProfileRecord) (n int, ok bool) { return contentionProfile(blockProfile, p) }

// MutexProfile fills p with the profile of contended mutexes and returns the number of its records.
func MutexProfile(p []BlockProfileRecord) (n int, ok bool) { return contentionProfile(mutexProfile, p) }

func anyBucket(*profBucket) bool { return true }

func contentionProfile(kind int, p []BlockProfileRecord) (n int, ok bool) {
	return profRecords(kind, len(p), anyBucket, func(i int, b *profBucket) {
		r := &p[i]
		r.Count = max(int64(b.count), 1)
		r.Cycles = b.cost
		clear(r.Stack0[copy(r.Stack0[:], b.stack()):])
	})
}

func contentionRecords(kind int, p []profilerecord.BlockProfileRecord) (n int, ok bool) {
	return profRecords(kind, len(p), anyBucket, func(i int, b *profBucket) {
		p[i] = profilerecord.BlockProfileRecord{
			Count:  max(int64(b.count), 1),
			Cycles: b.cost,
			Stack:  b.stack(),
		}
	})
}

//go:linkname pprof_blockProfileInternal
func pprof_blockProfileInternal(p []profilerecord.BlockProfileRecord) (n int, ok bool) {
	return contentionRecords(blockProfile, p)
}

//go:linkname pprof_mutexProfileInternal
func pprof_mutexProfileInternal(p []profilerecord.BlockProfileRecord) (n int, ok bool) {
	return contentionRecords(mutexProfile, p)
}

// SetBlockProfileRate sets the mean number of nanoseconds blocked between two samples: 1 records every event, 0 or less
// none.
func SetBlockProfileRate(rate int) { profrate(blockProfile, int64(max(rate, 0))) }

// SetMutexProfileFraction sets the part of contention events that are sampled, one in rate; it returns the old
// rate. A negative rate only reads it.
func SetMutexProfileFraction(rate int) int { return int(profrate(mutexProfile, int64(rate))) }

// blockevent records that its caller, or with skip > 1 a function further out, has blocked.
//
//go:linkname blockevent
//go:noinline
func blockevent(cycles int64, skip int) { blockevent0(cycles, skip) }

// What blocking and contention cost is counted in nanoseconds.
//
//go:linkname pprof_cyclesPerSecond runtime/pprof.runtime_cyclesPerSecond
func pprof_cyclesPerSecond() int64 { return 1_000_000_000 }

// ThreadCreateProfile fills p with the stacks that created threads and returns their number. As threads are created by
// the scheduler, the stacks are empty.
func ThreadCreateProfile(p []StackRecord) (n int, ok bool) {
	n = mcount()
	if n > len(p) {
		return n, false
	}
	clear(p[:n])
	return n, true
}

//go:linkname pprof_threadCreateInternal
func pprof_threadCreateInternal(p []profilerecord.StackRecord) (n int, ok bool) {
	n = mcount()
	if n > len(p) {
		return n, false
	}
	clear(p[:n])
	return n, true
}

//go:linkname pprof_goroutineLeakProfileWithLabels
func pprof_goroutineLeakProfileWithLabels(p []profilerecord.StackRecord, labels []unsafe.Pointer) (n int, ok bool) {
	n = goroutineleakcount()
	if n > len(p) || len(p) == 0 {
		return n, false
	}
	gps := make([]uintptr, 64)
	all := allgs(&gps[0], len(gps))
	for all > len(gps) {
		gps = make([]uintptr, all+all/4)
		all = allgs(&gps[0], len(gps))
	}
	pcs := make([]uintptr, debug.profstackdepth)
	i := 0
	for _, gp := range gps[:all] {
		if i == len(p) || !gleaked(gp) {
			continue
		}
		// A leaked goroutine stands still, except for the collector.
		npcs := gcallers(gp, &pcs[0], len(pcs))
		for npcs < 0 {
			Gosched()
			npcs = gcallers(gp, &pcs[0], len(pcs))
		}
		if npcs > 0 {
			p[i].Stack = append([]uintptr(nil), pcs[:npcs]...)
			if labels != nil {
				labels[i] = (*g)(unsafe.Pointer(gp)).labels
			}
			i++
		}
	}
	return i, true
}

//go:linkname coverage_getCovCounterList internal/coverage/cfile.getCovCounterList
func coverage_getCovCounterList() []rtcov.CovCounterBlob { return nil }

// SetCgoTraceback has no effect: there is no cgo.
func SetCgoTraceback(version int, traceback, context, symbolizer unsafe.Pointer) {
	if version != 0 {
		panic("unsupported version")
	}
}
