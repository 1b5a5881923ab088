package runtime

import (
	"internal/runtime/atomic"
	"internal/runtime/cgroup"
)

// GOMAXPROCS by default: the number of CPUs that the process may use, or less if the CPU limit of its cgroup is less. The
// files of the limit stay open. While the default is in force, the monitor wakes the updater once a second if the program is
// not idle; a cgroup to which the process moves later is not noticed.

var (
	// customProcs is set while GOMAXPROCS is what the program or its environment asked for.
	customProcs atomic.Bool

	cgroupKnown        bool
	cgroupCPU          cgroup.CPU
	cgroupScratch      [cgroup.ScratchSize]byte
	cgroupWouldMatter  bool
	procsUpdaterExists atomic.Uint32

	containermaxprocs = &godebugInc{name: "containermaxprocs"}
	updatemaxprocs    = &godebugInc{name: "updatemaxprocs"}
)

// maxprocsinit finds the limit when the program starts.
func maxprocsinit() {
	c, err := cgroup.OpenCPU(cgroupScratch[:])
	if err != nil {
		return
	}
	if debug.containermaxprocs > 0 {
		cgroupCPU, cgroupKnown = c, true
		return
	}
	n := cpucount()
	cgroupWouldMatter = limitProcs(n, c) != n
	c.Close()
}

// maxprocsstart starts the updater, when packages have been initialised.
func maxprocsstart() {
	if cgroupWouldMatter {
		containermaxprocs.IncNonDefault()
	}
	if debug.updatemaxprocs == 0 {
		updatemaxprocs.IncNonDefault()
		return
	}
	if !customProcs.Load() {
		startProcsUpdater()
	}
}

func startProcsUpdater() {
	if procsUpdaterExists.CompareAndSwap(0, 1) {
		newsysproc(procsUpdater)
	}
}

// procsUpdater follows changes of the number of CPUs and of the limit.
func procsUpdater() {
	for {
		procswait()
		if customProcs.Load() || defaultProcs() == gomaxprocs(0) {
			continue
		}
		semacquire(&gcSema, false, waitReasonSemacquire)
		// The program may have set a number meanwhile.
		if !customProcs.Load() {
			gomaxprocs(defaultProcs())
		}
		semrelease(&gcSema, false)
		procsChanged()
	}
}

// defaultProcs is the default of now.
func defaultProcs() int {
	n := cpucount()
	if cgroupKnown {
		n = limitProcs(n, cgroupCPU)
	}
	return n
}

// limitProcs lowers n to the CPU limit of the cgroup, rounded up, which counts as 2 at least.
func limitProcs(n int, c cgroup.CPU) int {
	limit, ok, err := cgroup.ReadCPULimit(c)
	if err != nil || !ok || limit >= float64(n) {
		return n
	}
	whole := int(limit)
	if float64(whole) < limit {
		whole++
	}
	return min(n, max(whole, 2))
}

// procsChanged makes the random states of processors that are new. It allocates, which nobody may do who holds gcSema.
func procsChanged() {
	for {
		n := gomaxprocs(0)
		if n <= len(*procRand.Load()) {
			return
		}
		procrandinit(n)
	}
}

// GOMAXPROCS sets the number of threads that execute Go code at the same time, and returns the previous one. With
// n < 1 it changes nothing. When the program starts the number is that of the environment variable GOMAXPROCS; if it is not
// set, or if SetDefaultGOMAXPROCS has been called, the number is that of the CPUs that the process may use, but not more
// than the CPU limit of its cgroup, and follows these when they change.
func GOMAXPROCS(n int) int {
	old := gomaxprocs(0)
	if n <= 0 {
		return old
	}
	customProcs.Store(true)
	if n == old {
		return old
	}
	// Not while a collection is under way, which shares its work out among the processors.
	semacquire(&gcSema, false, waitReasonSemacquire)
	old = gomaxprocs(n)
	semrelease(&gcSema, false)
	procsChanged()
	return old
}

// SetDefaultGOMAXPROCS sets GOMAXPROCS to what it is by default, without regard to the environment variable.
func SetDefaultGOMAXPROCS() {
	semacquire(&gcSema, false, waitReasonSemacquire)
	customProcs.Store(false)
	if n := defaultProcs(); n != gomaxprocs(0) {
		gomaxprocs(n)
	}
	semrelease(&gcSema, false)
	procsChanged()
	if debug.updatemaxprocs != 0 {
		startProcsUpdater()
	}
}
