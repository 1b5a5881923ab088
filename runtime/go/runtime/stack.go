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

// pprof_goroutineProfileWithLabels lists all user goroutines, the calling one first.
//
//go:linkname pprof_goroutineProfileWithLabels
func pprof_goroutineProfileWithLabels(p []profilerecord.StackRecord, labels []unsafe.Pointer) (n int, ok bool) {
	gps := make([]uintptr, len(p)+1)
	n = allgs(&gps[0], len(gps))
	if n > len(p) {
		return n, false
	}
	self := uintptr(unsafe.Pointer(getg()))
	pcs := make([]uintptr, debug.profstackdepth)
	i := 0
	record := func(gp uintptr, npcs int) {
		p[i].Stack = append([]uintptr(nil), pcs[:npcs]...)
		if labels != nil {
			labels[i] = (*g)(unsafe.Pointer(gp)).labels
		}
		i++
	}
	record(self, callers(0, &pcs[0], len(pcs)))
	for _, gp := range gps[:n] {
		if gp == self || i == n {
			continue
		}
		npcs := gcallers(gp, &pcs[0], len(pcs))
		for npcs < 0 {
			Gosched()
			npcs = gcallers(gp, &pcs[0], len(pcs))
		}
		// It may have ended by now.
		if npcs > 0 {
			record(gp, npcs)
		}
	}
	return i, true
}

//go:linkname pprof_makeProfStack
func pprof_makeProfStack() []uintptr { return make([]uintptr, debug.profstackdepth) }

//go:linkname runtime_setProfLabel runtime/pprof.runtime_setProfLabel
func runtime_setProfLabel(labels unsafe.Pointer) { getg().labels = labels }

//go:linkname runtime_getProfLabel runtime/pprof.runtime_getProfLabel
func runtime_getProfLabel() unsafe.Pointer { return getg().labels }
