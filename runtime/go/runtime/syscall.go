package runtime

import (
	"unsafe"
)

// Services of packages syscall, internal/syscall/unix and os that need no more than a system call.

// vgetrandom says that the vDSO's generator is not used: getrandom(2) is.
//
//go:linkname vgetrandom
func vgetrandom(p []byte, flags uint32) (ret int, supported bool) { return -1, false }

// syscall_runtime_doAllThreadsSyscall makes a system call in all threads (setuid and the like), which must give the same
// result in each. If it fails in the calling thread the others are left alone.
//
//go:linkname syscall_runtime_doAllThreadsSyscall syscall.runtime_doAllThreadsSyscall
//go:uintptrescapes
func syscall_runtime_doAllThreadsSyscall(trap, a1, a2, a3, a4, a5, a6 uintptr) (r1, r2, err uintptr) {
	args := [7]uintptr{trap, a1, a2, a3, a4, a5, a6}
	r := allthreadssyscall(&args)
	if r < 0 && r >= -4095 {
		return ^uintptr(0), 0, uintptr(-r)
	}
	// The kernel leaves the second result register alone, which is that of an argument.
	r2 = a3
	if GOARCH == "arm64" {
		r2 = a2
	}
	return uintptr(r), r2, 0
}

// syscall_cgocaller is never called: there is no cgo.
//
//go:linkname syscall_cgocaller syscall.cgocaller
func syscall_cgocaller(fn unsafe.Pointer, args ...uintptr) uintptr {
	throw("cgocaller without cgo")
	return 0
}

// Empty functions by which tools recognise how a binary does its cryptography.

//go:linkname boring_sig_BoringCrypto crypto/internal/boring/sig.BoringCrypto
func boring_sig_BoringCrypto() {}

//go:linkname boring_sig_FIPSOnly crypto/internal/boring/sig.FIPSOnly
func boring_sig_FIPSOnly() {}

//go:linkname boring_sig_StandardCrypto crypto/internal/boring/sig.StandardCrypto
func boring_sig_StandardCrypto() {}
