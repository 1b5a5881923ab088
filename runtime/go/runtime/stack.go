package runtime

import (
	"internal/profilerecord"
	"unsafe"
)

// Stacks of goroutines as text and as lists of PCs.

// Stack formats the stack of the calling goroutine into buf, and with all those of all others after it. It returns
// the number of bytes written.
func Stack(buf []byte, all bool) int {
	if len(buf) == 0 {
		return 0
	}
	return stackdump(&buf[0], len(buf), all)
}

// A StackRecord is the stack of an execution.
type StackRecord struct {
	Stack0 [32]uintptr // ends at the first 0
}

// Stack returns the PCs of the record.
func (r *StackRecord) Stack() []uintptr { return stackPrefix(r.Stack0[:]) }

func stackPrefix(pcs []uintptr) []uintptr {
	for i, pc := range pcs {
		if pc == 0 {
			return pcs[:i]
		}
	}
	return pcs
}

// GoroutineProfile fills p with the stacks of the active goroutines and returns their number n. If p is too short,
// it changes nothing and returns n, false.
func GoroutineProfile(p []StackRecord) (n int, ok bool) {
	records := make([]profilerecord.StackRecord, len(p))
	n, ok = pprof_goroutineProfileWithLabels(records, nil)
	if !ok {
		return
	}
	for i := range records[:n] {
		l := copy(p[i].Stack0[:], records[i].Stack)
		clear(p[i].Stack0[l:])
	}
	return
}

// pprof_goroutineProfileWithLabels lists all user goroutines as they are at one moment, the calling one first.
//
//go:linkname pprof_goroutineProfileWithLabels
func pprof_goroutineProfileWithLabels(p []profilerecord.StackRecord, labels []unsafe.Pointer) (n int, ok bool) {
	if n = gcount(); n > len(p) {
		return n, false
	}
	depth := int(debug.profstackdepth)
	// The labels and stacks of the others: the collector sees the labels, and ignores the rest.
	words := make([]unsafe.Pointer, n*24+depth+2)
	need, others := gprofile(&words[0], len(words), depth)
	for need > len(words) {
		words = make([]unsafe.Pointer, need+need/4)
		need, others = gprofile(&words[0], len(words), depth)
	}
	n = others + 1
	if n > len(p) {
		return n, false
	}
	pcs := make([]uintptr, depth)
	p[0].Stack = append([]uintptr(nil), pcs[:callers(0, &pcs[0], len(pcs))]...)
	if labels != nil {
		labels[0] = getg().labels
	}
	for i := 1; i < n; i++ {
		if labels != nil {
			labels[i] = words[0]
		}
		npcs := int(uintptr(words[1]))
		stack := make([]uintptr, npcs)
		for k := range stack {
			stack[k] = uintptr(words[2+k])
		}
		p[i].Stack = stack
		words = words[2+npcs:]
	}
	return n, true
}

//go:linkname pprof_makeProfStack
func pprof_makeProfStack() []uintptr { return make([]uintptr, debug.profstackdepth) }

//go:linkname runtime_setProfLabel runtime/pprof.runtime_setProfLabel
func runtime_setProfLabel(labels unsafe.Pointer) { getg().labels = labels }

//go:linkname runtime_getProfLabel runtime/pprof.runtime_getProfLabel
func runtime_getProfLabel() unsafe.Pointer { return getg().labels }
