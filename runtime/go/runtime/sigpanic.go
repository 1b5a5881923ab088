package runtime

const (
	sigILL  = 4
	sigBUS  = 7
	sigFPE  = 8
	sigSEGV = 11

	busADRERR  = 2
	segvMAPERR = 1
	segvACCERR = 2
	fpeINTDIV  = 1
	fpeINTOVF  = 2
)

// sigpanic is what a goroutine continues with, as if called at the faulting instruction, after a synchronous signal
// in Go code. The trap instructions of integer division arrive here as SIGFPE.
func sigpanic(sig, code, addr uintptr) {
	gp := getg()
	switch sig {
	case sigBUS:
		if code == busADRERR && addr < 0x1000 {
			panicmem()
		}
		faultAt(gp, addr)
	case sigSEGV:
		if (code == 0 || code == segvMAPERR || code == segvACCERR) && addr < 0x1000 {
			panicmem()
		}
		faultAt(gp, addr)
	case sigFPE:
		// gc tests for these before it divides: there is no signal to tell about.
		switch code {
		case fpeINTDIV:
			gp.sig = 0
			panicdivide()
		case fpeINTOVF:
			gp.sig = 0
			panicoverflow()
		}
		panicfloat()
	}
	panic(errorString(signame(uint32(sig))))
}

// faultAt is called for an access to an address that no nil pointer explains.
func faultAt(gp *g, addr uintptr) {
	if gp.panicOnFault {
		panicmemAddr(addr)
	}
	print("unexpected fault address ")
	printhex(uint64(addr))
	print("\n")
	throw("fault")
}

// signame returns the name and the meaning of a signal, or "".
func signame(sig uint32) string {
	if sig >= uint32(len(signames)) {
		return ""
	}
	return signames[sig]
}

var signames = [...]string{
	"SIGNONE: no trap",
	"SIGHUP: terminal line hangup",
	"SIGINT: interrupt",
	"SIGQUIT: quit",
	"SIGILL: illegal instruction",
	"SIGTRAP: trace trap",
	"SIGABRT: abort",
	"SIGBUS: bus error",
	"SIGFPE: floating-point exception",
	"SIGKILL: kill",
	"SIGUSR1: user-defined signal 1",
	"SIGSEGV: segmentation violation",
	"SIGUSR2: user-defined signal 2",
	"SIGPIPE: write to broken pipe",
	"SIGALRM: alarm clock",
	"SIGTERM: termination",
	"SIGSTKFLT: stack fault",
	"SIGCHLD: child status has changed",
	"SIGCONT: continue",
	"SIGSTOP: stop, unblockable",
	"SIGTSTP: keyboard stop",
	"SIGTTIN: background read from tty",
	"SIGTTOU: background write to tty",
	"SIGURG: urgent condition on socket",
	"SIGXCPU: cpu limit exceeded",
	"SIGXFSZ: file size limit exceeded",
	"SIGVTALRM: virtual alarm clock",
	"SIGPROF: profiling alarm clock",
	"SIGWINCH: window size change",
	"SIGIO: i/o now possible",
	"SIGPWR: power failure restart",
	"SIGSYS: bad system call",
}
