package runtime

import (
	"internal/runtime/exithook"
	"internal/runtime/maps"
	"internal/strconv"
	"unsafe"
)

//go:linkname main_main main.main
func main_main()

// main is what the main goroutine runs: it prepares the Go half, initialises the packages in order, runs the
// program and exits.
func main() {
	// What package initialisation locks to its thread is locked to the first one.
	lockOSThread(false)
	start()
	locked := true
	// A panic of an initialiser is printed by a goroutine that is free again.
	defer func() {
		if locked {
			unlockOSThread(false)
		}
	}()
	gcstart()
	doInit()
	maxprocsstart()
	locked = false
	unlockOSThread(false)
	main_main()

	// A panic in another goroutine prints its traceback rather than being cut off by our exit.
	if runningPanicDefers.Load() != 0 {
		for i := 0; i < 1000 && runningPanicDefers.Load() != 0; i++ {
			Gosched()
		}
	}
	if panicking.Load() != 0 {
		block()
	}
	runExitHooks(0)
	exit(0)
}

// start brings up what package initialisation relies on. Variables of this package that need code for their
// initialisation are not set yet.
func start() {
	argsinit()
	bootTicks, bootNanos = cputicks(), nanotime()
	randinit(boot.random)
	boot.random = [32]byte{}
	itabsinit()
	cpuinit(gogetenv("GODEBUG"))
	maps.AlgInit()
	debugvarsinit()
	setTraceback(gogetenv("GOTRACEBACK"))
	maxprocsinit()
	procs := 0
	if n, err := strconv.ParseInt(gogetenv("GOMAXPROCS"), 10, 32); err == nil && n > 0 {
		procs = int(n)
		customProcs.Store(true)
	} else {
		procs = defaultProcs()
	}
	gomaxprocs(procs)
	procrandinit(gomaxprocs(0))
	gcinit()

	exithook.Gosched = Gosched
	exithook.Goid = func() uint64 { return getg().goid }
	exithook.Throw = throw

	if k := removedGODEBUG.key; k != "" {
		fatal(`removed GODEBUG "` + k + `" set to old value "` + removedGODEBUG.value +
			`" in environment (https://go.dev/doc/godebug#go-1` + strconv.Itoa(removedGODEBUG.removed) + `)`)
	}
}

// doInit runs the initialisation functions of all packages.
func doInit() {
	tasks := getmoduledata().inittasks
	for i := uintptr(0); i < tasks.len; i++ {
		t := (*initTask)(add(tasks.ptr, i*unsafe.Sizeof(initTask{})))
		if debug.inittrace != 0 {
			traceInit(t)
		} else {
			t.run()
		}
	}
}

// run calls the functions of the table, each entry of which serves as a func value: a word that holds the code.
func (t *initTask) run() {
	for i := uintptr(0); i < t.funcs.len; i++ {
		fv := add(t.funcs.ptr, i*8)
		f := *(*func())(unsafe.Pointer(&fv))
		f()
	}
}

// traceInit runs a task and prints its cost, as GODEBUG=inittrace=1 asks for.
func traceInit(t *initTask) {
	var before, after MemStats
	readmemstats(&before)
	start := nanotime()
	t.run()
	end := nanotime()
	readmemstats(&after)
	print("init ", t.pkg, " @", millis(start-bootNanos), " ms, ", millis(end-start), " ms clock, ",
		after.TotalAlloc-before.TotalAlloc, " bytes, ", after.Mallocs-before.Mallocs, " allocs\n")
}

// millis formats nanoseconds as milliseconds: whole ones from 10 on, else two digits of whole microseconds.
func millis(ns int64) string {
	if ns >= 10_000_000 {
		return strconv.Itoa(int(ns / 1_000_000))
	}
	us, digits := ns/1000, 3
	if us == 0 {
		return "0"
	}
	for us >= 100 {
		us /= 10
		digits--
	}
	scale := 1.0
	for range digits {
		scale *= 10
	}
	return string(strconv.AppendFloat(nil, float64(us)/scale, 'f', digits, 64))
}

func runExitHooks(code int) { exithook.Run(code) }

//go:linkname os_beforeExit os.runtime_beforeExit
func os_beforeExit(code int) { runExitHooks(code) }

//go:linkname syscall_Exit syscall.Exit
func syscall_Exit(code int) { exit(int32(code)) }

// Gosched yields the processor to other goroutines. The goroutine goes on by itself later.
func Gosched()

// NumCPU returns the number of CPUs that the process could use when it started.
func NumCPU() int { return boot.ncpu }

// NumCgoCall returns the number of cgo calls made: there are none.
func NumCgoCall() int64 { return 0 }

// NumGoroutine returns the number of goroutines that exist.
func NumGoroutine() int { return gcount() }

// LockOSThread wires the calling goroutine to its operating system thread until as many calls of UnlockOSThread.
func LockOSThread() {
	startTemplateThread()
	lockOSThread(true)
}

// UnlockOSThread undoes a call of LockOSThread.
func UnlockOSThread() { unlockOSThread(true) }

// KeepAlive marks its argument as reachable up to the call.
//
//go:noinline
func KeepAlive(x any) {}

// Breakpoint executes a breakpoint trap.
func Breakpoint()
