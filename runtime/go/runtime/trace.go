package runtime

import _ "unsafe" // for go:linkname

// The execution tracer does not exist: starting it fails, and its events go nowhere.

// StartTrace starts the tracer.
func StartTrace() error { return errorString("execution tracing is not supported") }

// StopTrace stops the tracer.
func StopTrace() {}

// ReadTrace returns the next chunk of trace data, nil at the end.
func ReadTrace() []byte { return nil }

//go:linkname traceAdvance
func traceAdvance(stopTrace bool) {}

//go:linkname traceClockNow
func traceClockNow() uint64 { return uint64(nanotime()) / traceClockDivider }

// traceClockDivider makes the trace clock's unit 64 ns.
const traceClockDivider = 64

//go:linkname traceClockUnitsPerSecond runtime/trace.runtime_traceClockUnitsPerSecond
func traceClockUnitsPerSecond() uint64 { return 1_000_000_000 / traceClockDivider }

//go:linkname trace_userTaskCreate runtime/trace.userTaskCreate
func trace_userTaskCreate(id, parentID uint64, taskType string) {}

//go:linkname trace_userTaskEnd runtime/trace.userTaskEnd
func trace_userTaskEnd(id uint64) {}

//go:linkname trace_userRegion runtime/trace.userRegion
func trace_userRegion(id, mode uint64, name string) {}

//go:linkname trace_userLog runtime/trace.userLog
func trace_userLog(id uint64, category, message string) {}
