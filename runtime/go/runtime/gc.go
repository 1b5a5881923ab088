package runtime

import (
	"internal/runtime/atomic"
	"internal/strconv"
	"unsafe"
)

// The collector's conductor. The heap and the marking are the Rust half's; a cycle is a sequence of its natives, called
// by whoever holds gcSema: the controller goroutine, which the allocator wakes when the heap has grown, or a caller of GC.

const maxInt64 = 1<<63 - 1

// gcSlice is for how long a native of the collector may run, in nanoseconds.
const gcSlice = 100_000

// gcFlushes is how often marking goes on, before the world is stopped for its end, with what is found in the buffers of write
// barriers.
const gcFlushes = 3

var (
	gcSema       uint32 = 1 // free
	sweepSema    uint32     // released when there is something to sweep
	scavengeSema uint32     // released when all is swept
	gcStarted    atomic.Uint32
)

// gcinit reads the settings of the environment.
func gcinit() {
	percent := 100
	switch s := gogetenv("GOGC"); s {
	case "":
	case "off":
		percent = -1
	default:
		if n, err := strconv.ParseInt(s, 10, 32); err == nil {
			percent = int(n)
		}
	}
	gcset(0, max(percent, -1))
	if s := gogetenv("GOMEMLIMIT"); s != "" && s != "off" {
		n, ok := parseByteCount(s)
		if !ok {
			print("GOMEMLIMIT=", s, "\n")
			throw("malformed GOMEMLIMIT; see `go doc runtime/debug.SetMemoryLimit`")
		}
		gcset(1, int(n))
	}
}

// gcstart starts the collector's goroutines and lets collections begin.
func gcstart() {
	newsysproc(gccontroller)
	newsysproc(bgsweep)
	newsysproc(bgscavenge)
	gcenable()
	// The controller has to wait before it can be woken.
	Gosched()
}

// gccontroller runs the cycles that the size of the heap calls for.
func gccontroller() {
	for {
		gcwait()
		semacquire(&gcSema, false, waitReasonSemacquire)
		if gcdue() {
			gccycle(false)
		}
		semrelease(&gcSema, false)
	}
}

// gcWorkers is the number of workers; it changes with gcSema held.
var gcWorkers int

// gcworker marks when a processor wants it.
func gcworker() {
	for {
		gcyield()
		for gcmark(gcSlice) {
		}
	}
}

// bgsweep sweeps between collections whenever a processor gets round to it.
func bgsweep() {
	for {
		semacquire(&sweepSema, false, waitReasonGCSweepWait)
		for gcsweep(gcSlice) {
			Gosched()
		}
		if atomic.Load(&scavengeSema) == 0 {
			semrelease(&scavengeSema, false)
		}
	}
}

const (
	// scavengeWork is how long the scavenger works before it rests.
	scavengeWork = 100_000
	// scavengeRest is how much longer than it has worked it rests: a hundredth of a processor's time is for it. What the heap
	// lets go of for a moment only is mostly still there when the heap wants it back.
	scavengeRest = 99
)

// bgscavenge returns to the system what the next collection is not expected to need.
func bgscavenge() {
	for {
		semacquire(&scavengeSema, false, waitReasonGCScavengeWait)
		for gcscavengedue() {
			work := int64(0)
			for work < scavengeWork && gcscavengedue() {
				start := nanotime()
				if gcscavenge() == 0 {
					break
				}
				work += nanotime() - start
			}
			if work == 0 {
				break
			}
			timeSleep(work * scavengeRest)
		}
	}
}

// gccycle runs one collection up to the point where sweeping begins. gcSema is held.
func gccycle(forced bool) {
	// One for each processor, which may have become more.
	for ; gcWorkers < gomaxprocs(0); gcWorkers++ {
		newsysproc(gcworker)
	}
	// Others may be in the middle of a span, which does not take long.
	for gcsweep(gcSlice) {
		osyield()
	}
	stopworld(stwSweepTermination)
	gcStarted.Add(1)
	if poolCleanup != nil {
		poolCleanup()
	}
	for c := boringCaches; c != nil; c = c.next {
		atomic.StorepNoWB(c.pointer, nil)
	}
	gcbegin()
	if wbenabled() {
		for {
			startworld()
			gcawait()
			for i := 0; i < gcFlushes && gcflush(); i++ {
				gcawait()
			}
			stopworld(stwMarkTermination)
			if gcdone() {
				break
			}
		}
	} else {
		for !gcdone() {
			gcdrain()
		}
	}
	gcend(forced)
	startworld()
	memproflush(flushCycle, 0)
	semrelease(&sweepSema, false)
}

// Reasons for stopping the world.
const (
	stwMarkTermination  = 1
	stwSweepTermination = 2
)

// parseByteCount reads a number of bytes with an optional unit B, KiB, MiB, GiB or TiB.
func parseByteCount(s string) (int64, bool) {
	if s == "" {
		return 0, false
	}
	shift := uint(0)
	if s[len(s)-1] == 'B' {
		s = s[:len(s)-1]
		if n := len(s); n > 0 && s[n-1] == 'i' {
			if n < 2 {
				return 0, false
			}
			unit := lastIndex("_KMGT", s[n-2:n-1])
			if unit < 1 {
				return 0, false
			}
			shift = 10 * uint(unit)
			s = s[:n-2]
		}
	}
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil || n < 0 || n > maxInt64>>shift {
		return 0, false
	}
	return n << shift, true
}

// GC runs a garbage collection: when it returns, everything that was unreachable when it was called is freed.
func GC() {
	n := gcStarted.Load()
	semacquire(&gcSema, false, waitReasonSemacquire)
	if gcStarted.Load() == n {
		gccycle(true)
	}
	cycle := memproflush(flushCycle, 0)
	semrelease(&gcSema, false)
	for gcsweep(gcSlice) {
		Gosched()
	}
	// As a rule, the finalizers whose objects the sweep found run before the caller goes on. Their goroutine may have gone to
	// another thread, which has to get a CPU first.
	queued, executed := callcounts(finalizerQueue)
	for i := 0; i == 0 || i < 20 && executed < queued; i++ {
		if i > 0 {
			osyield()
		}
		Gosched()
		_, executed = callcounts(finalizerQueue)
	}
	memproflush(flushSweep, cycle)
}

//go:linkname setGCPercent runtime/debug.setGCPercent
func setGCPercent(percent int32) (old int32) {
	old = int32(gcset(0, int(max(percent, -1))))
	if percent < 0 {
		// A collection that is under way is the last one.
		semacquire(&gcSema, false, waitReasonGCWaitForCycle)
		semrelease(&gcSema, false)
	}
	return old
}

//go:linkname setMemoryLimit runtime/debug.setMemoryLimit
func setMemoryLimit(limit int64) (old int64) {
	if limit < 0 {
		return memoryLimit()
	}
	return int64(gcset(1, int(limit)))
}

func gcPercent() int32   { return int32(gcset(0, minInt64)) }
func memoryLimit() int64 { return int64(gcset(1, minInt64)) }

const minInt64 = -1 << 63

//go:linkname runtime_debug_freeOSMemory runtime/debug.freeOSMemory
func runtime_debug_freeOSMemory() {
	GC()
	for gcscavenge() != 0 {
	}
}

//go:linkname setMaxThreads runtime/debug.setMaxThreads
func setMaxThreads(n int) int { return setmaxthreads(n) }

//go:linkname setMaxStack runtime/debug.setMaxStack
func setMaxStack(n int) int { return setmaxstack(n) }

//go:linkname setPanicOnFault runtime/debug.setPanicOnFault
func setPanicOnFault(on bool) (old bool) {
	gp := getg()
	old = gp.panicOnFault
	gp.panicOnFault = on
	return old
}

// poolCleanup is called when a collection starts, with the world stopped.
var poolCleanup func()

//go:linkname sync_runtime_registerPoolCleanup sync.runtime_registerPoolCleanup
func sync_runtime_registerPoolCleanup(f func()) { poolCleanup = f }

//go:linkname boring_registerCache crypto/internal/boring/bcache.registerCache
func boring_registerCache(p unsafe.Pointer) {
	// Nobody allocates while he keeps collections from starting.
	c := &boringCache{pointer: p}
	semacquire(&gcSema, false, waitReasonSemacquire)
	c.next = boringCaches
	boringCaches = c
	semrelease(&gcSema, false)
}

// boringCaches are pointers that a collection clears when it starts; the list changes with gcSema held.
var boringCaches *boringCache

type boringCache struct {
	pointer unsafe.Pointer
	next    *boringCache
}

// goroutineLeakGC runs a collection that looks for goroutines which nobody can wake.
//
//go:linkname goroutineLeakGC runtime/pprof.runtime_goroutineLeakGC
func goroutineLeakGC() {
	for gcleaks(true); gcleaks(false); {
		GC()
	}
}

// goroutineleakcount is the number of goroutines that goroutineLeakGC found last.
//
//go:linkname goroutineleakcount runtime/pprof.runtime_goroutineleakcount
func goroutineleakcount() int { return gcleakcount() }
