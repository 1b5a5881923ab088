package runtime

import (
	"unsafe"
)

// Services of packages syscall, internal/syscall/unix and os that need no more than a system call.

// vgetrandom says that the vDSO's generator is not used: getrandom(2) is.
//
//go:linkname vgetrandom
func vgetrandom(p []byte, flags uint32) (ret int, supported bool) { return -1, false }

// syscall_runtime_doAllThreadsSyscall would make a system call in all threads (setuid and the like). Made in the calling
// thread alone it would leave the others with their old rights, so the program ends instead.
//
//go:linkname syscall_runtime_doAllThreadsSyscall syscall.runtime_doAllThreadsSyscall
//go:uintptrescapes
func syscall_runtime_doAllThreadsSyscall(trap, a1, a2, a3, a4, a5, a6 uintptr) (r1, r2, err uintptr) {
	fatal("not yet supported: a system call in all threads")
	return 0, 0, 0
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
