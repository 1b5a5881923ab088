package runtime

import (
	"internal/coverage/rtcov"
	"internal/profilerecord"
	"unsafe"
)

// Profiles of memory and of waiting.

// MemProfileRate is the mean number of allocated bytes between two samples of the memory profile; 0 turns it off.
var MemProfileRate int = 512 * 1024

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

// A BlockProfileRecord describes blocking events that began at a call sequence.
type BlockProfileRecord struct {
	Count  int64
	Cycles int64
	StackRecord
}

// MemProfile fills p with the memory profile and returns the number of its records.
func MemProfile(p []MemProfileRecord, inuseZero bool) (n int, ok bool) { return 0, true }

// BlockProfile fills p with the profile of blocking events and returns the number of its records.
func BlockProfile(p []BlockProfileRecord) (n int, ok bool) { return 0, true }

// MutexProfile fills p with the profile of contended mutexes and returns the number of its records.
func MutexProfile(p []BlockProfileRecord) (n int, ok bool) { return 0, true }

// ThreadCreateProfile fills p with the stacks that created threads and returns their number.
func ThreadCreateProfile(p []StackRecord) (n int, ok bool) { return 0, true }

var mutexProfileFraction int

// SetBlockProfileRate sets the mean number of nanoseconds blocked between two samples.
func SetBlockProfileRate(rate int) {}

// SetMutexProfileFraction sets the part of contention events that are sampled, one in rate; it returns the old
// rate. A negative rate only reads it.
func SetMutexProfileFraction(rate int) int {
	old := mutexProfileFraction
	if rate >= 0 {
		mutexProfileFraction = rate
	}
	return old
}

//go:linkname pprof_memProfileInternal
func pprof_memProfileInternal(p []profilerecord.MemProfileRecord, inuseZero bool) (n int, ok bool) {
	return 0, true
}

//go:linkname pprof_blockProfileInternal
func pprof_blockProfileInternal(p []profilerecord.BlockProfileRecord) (n int, ok bool) {
	return 0, true
}

//go:linkname pprof_mutexProfileInternal
func pprof_mutexProfileInternal(p []profilerecord.BlockProfileRecord) (n int, ok bool) {
	return 0, true
}

//go:linkname pprof_threadCreateInternal
func pprof_threadCreateInternal(p []profilerecord.StackRecord) (n int, ok bool) { return 0, true }

//go:linkname pprof_goroutineLeakProfileWithLabels
func pprof_goroutineLeakProfileWithLabels(p []profilerecord.StackRecord, labels []unsafe.Pointer) (n int, ok bool) {
	return 0, true
}

//go:linkname coverage_getCovCounterList internal/coverage/cfile.getCovCounterList
func coverage_getCovCounterList() []rtcov.CovCounterBlob { return nil }

// SetCgoTraceback has no effect: there is no cgo.
func SetCgoTraceback(version int, traceback, context, symbolizer unsafe.Pointer) {
	if version != 0 {
		panic("unsupported version")
	}
}
