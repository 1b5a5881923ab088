package runtime

import "unsafe"

// A g is the header of a goroutine as abi/src/g.rs lays it out. The Go half touches only the part from panics on,
// and the stack bounds. Goroutine descriptors are not in the heap; their pointer words are roots.
type g struct {
	stackLo    uintptr
	stackHi    uintptr
	stackguard uintptr
	m          uintptr
	sched      [3]uintptr
	outcome    uint32
	raiseCode  uint32
	ret        [2]uintptr
	morestack  uintptr

	panics  *_panic        // innermost first
	defers  *_defer        // innermost first
	frames  uintptr        // stack offset of the youngest deferState with calls, 0 if there is none
	labels  unsafe.Pointer // profiler labels
	coro    *coro          // set while a coroutine's goroutine starts
	bubble  *synctestBubble
	startfn func()
	free    *_defer // deferred-call records for reuse, linked

	goid       uint64
	parentGoid uint64
	gopc       uintptr
	startpc    uintptr
	sig        uintptr
	sigcode0   uintptr
	sigcode1   uintptr
	sigpc      uintptr

	fipsIndicator uint8
	fipsBypass    bool
	panicOnFault  bool
	system        bool
	goexiting     bool
	nfree         uint8 // length of free
	userCode      bool  // a system goroutine calls a function of the program
	_             uint8
	rand          uint64 // state of cheaprand
	boundsX       int64  // index and length of a bounds check that failed, stored by generated code
	boundsY       int
}

// bootInfo is what the Rust half knows about the process when runtime.main starts.
type bootInfo struct {
	argc       int
	argv       **byte
	envp       **byte
	auxv       *uintptr
	pageSize   uintptr
	ncpu       int
	random     [32]byte
	startNanos int64
}

// moduledata describes the program image; abi/src/moduledata.rs is its definition, the compiler writes it.
type moduledata struct {
	size         uintptr
	pclntab      notInHeapTable
	functab      notInHeapTable
	gofunc       uintptr
	text         uintptr
	etext        uintptr
	funcmaps     notInHeapTable
	funcmapsData uintptr
	data         dataRange
	bss          dataRange
	types        uintptr
	etypes       uintptr
	typelinks    notInHeapTable // of *_type
	itablinks    notInHeapTable // of *itab
	inittasks    notInHeapTable // of initTask

	buildVersion   string
	modinfo        string
	godebugDefault string
	defaultGOROOT  string
}

type notInHeapTable struct {
	ptr unsafe.Pointer
	len uintptr
}

type dataRange struct {
	start, end uintptr
	mask       *byte
}

// An initTask holds the initialisation functions of one package.
type initTask struct {
	funcs notInHeapTable // of code addresses
	pkg   string
}

// hchan is the part of a channel that the Go half reads.
type hchan struct {
	qcount   uint
	dataqsiz uint
	buf      unsafe.Pointer
	elemsize uint16
	_        [6]byte
	timer    *timer // timer that feeds this channel
}

// waitReason numbers are those of gc, so that the Rust half and tools have one list of texts.
const (
	waitReasonGCSweepWait       = 8
	waitReasonGCScavengeWait    = 9
	waitReasonSemacquire        = 13
	waitReasonSleep             = 14
	waitReasonSyncMutexLock     = 22
	waitReasonSyncRWMutexRLock  = 23
	waitReasonSyncRWMutexLock   = 24
	waitReasonSyncWaitGroupWait = 25
	waitReasonGCWaitForCycle    = 27

	waitReasonSynctestWaitGroupWait = 45
)
