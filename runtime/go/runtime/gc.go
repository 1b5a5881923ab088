package runtime

import (
	"internal/strconv"
	"unsafe"
)

// The controls of the garbage collector. There is no collection: the heap only grows. The settings are kept and
// reported as they will be obeyed.

var gcControls struct {
	lock    mutex
	percent int32
	limit   int64
}

const maxInt64 = 1<<63 - 1

// gcinit reads the settings of the environment.
func gcinit() {
	gcControls.percent = 100
	switch s := gogetenv("GOGC"); s {
	case "":
	case "off":
		gcControls.percent = -1
	default:
		if n, err := strconv.ParseInt(s, 10, 32); err == nil {
			gcControls.percent = int32(n)
		}
	}
	gcControls.limit = maxInt64
	if s := gogetenv("GOMEMLIMIT"); s != "" && s != "off" {
		n, ok := parseByteCount(s)
		if !ok {
			print("GOMEMLIMIT=", s, "\n")
			throw("malformed GOMEMLIMIT; see `go doc runtime/debug.SetMemoryLimit`")
		}
		gcControls.limit = n
	}
}

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

// GC runs a garbage collection.
func GC() {}

//go:linkname setGCPercent runtime/debug.setGCPercent
func setGCPercent(percent int32) (old int32) {
	lock(&gcControls.lock)
	old = gcControls.percent
	gcControls.percent = max(percent, -1)
	unlock(&gcControls.lock)
	return old
}

//go:linkname setMemoryLimit runtime/debug.setMemoryLimit
func setMemoryLimit(limit int64) (old int64) {
	lock(&gcControls.lock)
	old = gcControls.limit
	if limit >= 0 {
		gcControls.limit = limit
	}
	unlock(&gcControls.lock)
	return old
}

//go:linkname runtime_debug_freeOSMemory runtime/debug.freeOSMemory
func runtime_debug_freeOSMemory() { GC() }

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

// poolCleanup is to be called when a collection starts, with the world stopped.
var poolCleanup func()

//go:linkname sync_runtime_registerPoolCleanup sync.runtime_registerPoolCleanup
func sync_runtime_registerPoolCleanup(f func()) { poolCleanup = f }

//go:linkname boring_registerCache crypto/internal/boring/bcache.registerCache
func boring_registerCache(p unsafe.Pointer) {}

//go:linkname goroutineLeakGC runtime/pprof.runtime_goroutineLeakGC
func goroutineLeakGC() { GC() }

//go:linkname goroutineleakcount runtime/pprof.runtime_goroutineleakcount
func goroutineleakcount() int { return 0 }
