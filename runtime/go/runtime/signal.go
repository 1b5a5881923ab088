package runtime

import (
	"internal/goarch"
	"internal/runtime/syscall/linux"
	"unsafe"
)

// Signal dispositions that package os changes for a moment.

const (
	sysRtSigaction = goarch.IsAmd64*13 + goarch.IsArm64*134

	sigSYS = 31
	sigIGN = 1
)

// A sigaction is what the system call rt_sigaction takes on both architectures.
type sigaction struct {
	handler  uintptr
	flags    uint64
	restorer uintptr
	mask     uint64
}

// The system call's arguments are in variables of the package: they are not on a stack that could move.
var sigactions struct {
	lock     mutex
	new, old sigaction
	savedSYS sigaction
}

// swapAction installs the action sigactions.new and leaves the one before in sigactions.old.
func swapAction(sig uintptr) {
	linux.Syscall6(sysRtSigaction, sig, uintptr(unsafe.Pointer(&sigactions.new)),
		uintptr(unsafe.Pointer(&sigactions.old)), 8, 0, 0)
}

//go:linkname os_ignoreSIGSYS os.ignoreSIGSYS
func os_ignoreSIGSYS() {
	lock(&sigactions.lock)
	sigactions.new = sigaction{handler: sigIGN}
	swapAction(sigSYS)
	sigactions.savedSYS = sigactions.old
	unlock(&sigactions.lock)
}

//go:linkname os_restoreSIGSYS os.restoreSIGSYS
func os_restoreSIGSYS() {
	lock(&sigactions.lock)
	sigactions.new = sigactions.savedSYS
	swapAction(sigSYS)
	unlock(&sigactions.lock)
}

// A signal that has arrived is on its way to a channel until the goroutine of os/signal waits for the next one.
//
//go:linkname signalWaitUntilIdle os/signal.signalWaitUntilIdle
func signalWaitUntilIdle() {
	for !sigdelivered() {
		Gosched()
	}
}

func sigdelivered() bool
