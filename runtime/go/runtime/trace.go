package runtime

import (
	"internal/runtime/atomic"
	"unsafe"
)

// Execution traces. The Rust half writes the events, in generations; here generations begin and end, and what is complete is
// handed to the reader.

var trace struct {
	enabled      atomic.Bool
	shuttingDown atomic.Bool // switched off, but not all has been read
	advance      uint32      // semaphore: held by who begins or ends a generation
	shutdown     uint32      // semaphore: held by who ends a trace
	done         uint32      // released by the reader at the end of each generation
	advancer     *traceAdvancer

	// The reader's.
	header bool // has been read
	end    bool // the end of the generation has been read
}

func init() {
	trace.advance = 1
	trace.shutdown = 1
}

var (
	traceHeader = [16]byte{'g', 'o', ' ', '1', '.', '2', '6', ' ', 't', 'r', 'a', 'c', 'e'}
	traceEnd    = [1]byte{52}
)

// StartTrace starts a trace, whose data ReadTrace returns. It is an error if there is one already.
func StartTrace() error {
	if trace.enabled.Load() || trace.shuttingDown.Load() {
		return errorString("tracing is already enabled")
	}
	semacquire(&trace.shutdown, false, waitReasonSemacquire)
	semrelease(&trace.shutdown, false)
	semacquire(&trace.advance, false, waitReasonSemacquire)
	if trace.enabled.Load() {
		semrelease(&trace.advance, false)
		return errorString("tracing is already enabled")
	}
	trace.header = false
	trace.end = false
	tracestart()
	trace.enabled.Store(true)
	trace.advancer = new(traceAdvancer)
	newsysproc(trace.advancer.run)
	semrelease(&trace.advance, false)
	return nil
}

// StopTrace ends the trace, if there is one; it returns when all of its data have been read.
func StopTrace() { traceAdvance(true) }

// traceAdvance ends the generation, and begins the next one or ends the trace. It returns when all data of the generation have
// been read.
//
//go:linkname traceAdvance
func traceAdvance(stopTrace bool) {
	semacquire(&trace.advance, false, waitReasonSemacquire)
	if !trace.enabled.Load() {
		semrelease(&trace.advance, false)
		return
	}
	a := trace.advancer
	if stopTrace {
		semacquire(&trace.shutdown, false, waitReasonSemacquire)
		trace.shuttingDown.Store(true)
		trace.enabled.Store(false)
		a.stop.Store(true)
	}
	traceswitch(stopTrace)
	for tracedump() {
	}
	semacquire(&trace.done, false, waitReasonSemacquire)
	if stopTrace {
		tracerelease()
		trace.shuttingDown.Store(false)
	}
	semrelease(&trace.advance, true)
	if stopTrace {
		// The advancer may have to find out that there is nothing to do.
		semrelease(&a.wake, false)
		semacquire(&a.done, false, waitReasonSemacquire)
		semrelease(&trace.shutdown, false)
	}
}

// A traceAdvancer is the goroutine that begins new generations as time goes by.
type traceAdvancer struct {
	stop atomic.Bool
	wake uint32 // semaphore
	done uint32 // semaphore: the goroutine has ended
}

func (a *traceAdvancer) run() {
	wake := func(any, uintptr, int64) { semrelease(&a.wake, false) }
	for !a.stop.Load() {
		t := newTimer(nanotime()+max(int64(debug.traceadvanceperiod), 0), 0, wake, nil, nil)
		semacquire(&a.wake, false, waitReasonSleep)
		stopTimer(t)
		if !a.stop.Load() {
			traceAdvance(false)
		}
	}
	semrelease(&a.done, false)
}

// ReadTrace returns the next chunk of the trace, which is valid up to the next call, and waits until there is one; nil at the
// end of a trace that has been stopped. It must not be called by two goroutines at once.
func ReadTrace() []byte {
	if !trace.header {
		trace.header = true
		return traceHeader[:]
	}
	for {
		p, n := traceread()
		if p != 0 {
			return unsafe.Slice((*byte)(unsafe.Pointer(p)), n)
		}
		if n == 0 {
			continue
		}
		if !trace.end {
			trace.end = true
			return traceEnd[:]
		}
		trace.end = false
		last := trace.shuttingDown.Load()
		if !last {
			tracereadnext()
		}
		semrelease(&trace.done, false)
		if last {
			return nil
		}
	}
}

//go:linkname traceClockNow
func traceClockNow() uint64 { return uint64(nanotime()) / traceClockDivider }

// traceClockDivider makes the trace clock's unit 64 ns.
const traceClockDivider = 64

//go:linkname traceClockUnitsPerSecond runtime/trace.runtime_traceClockUnitsPerSecond
func traceClockUnitsPerSecond() uint64 { return 1_000_000_000 / traceClockDivider }

//go:linkname trace_userTaskCreate runtime/trace.userTaskCreate
func trace_userTaskCreate(id, parentID uint64, taskType string) { tracetask(id, parentID, taskType) }

//go:linkname trace_userTaskEnd runtime/trace.userTaskEnd
func trace_userTaskEnd(id uint64) { tracetaskend(id) }

//go:linkname trace_userRegion runtime/trace.userRegion
func trace_userRegion(id, mode uint64, name string) { traceregion(id, mode, name) }

//go:linkname trace_userLog runtime/trace.userLog
func trace_userLog(id uint64, category, message string) { tracelog(id, category, message) }
