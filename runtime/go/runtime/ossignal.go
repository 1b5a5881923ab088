package runtime

import _ "unsafe"

// What package os/signal asks of the runtime. Signals are not delivered to programs: whoever asks for one ends
// with an error. Programs that only link the package run.

//go:linkname signal_enable os/signal.signal_enable
func signal_enable(uint32) { fatal("not yet supported: os/signal.Notify") }

//go:linkname signal_disable os/signal.signal_disable
func signal_disable(uint32) { fatal("not yet supported: os/signal.Stop") }

//go:linkname signal_ignore os/signal.signal_ignore
func signal_ignore(uint32) { fatal("not yet supported: os/signal.Ignore") }

//go:linkname signal_ignored os/signal.signal_ignored
func signal_ignored(uint32) bool {
	fatal("not yet supported: os/signal.Ignored")
	return false
}

//go:linkname signal_recv os/signal.signal_recv
func signal_recv() uint32 {
	fatal("not yet supported: os/signal.Notify")
	return 0
}

//go:linkname signalWaitUntilIdle os/signal.signalWaitUntilIdle
func signalWaitUntilIdle() {}
