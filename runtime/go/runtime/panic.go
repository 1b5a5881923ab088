package runtime

import (
	"internal/runtime/atomic"
	"unsafe"
)

// Panics, recover and Goexit.
//
// gopanic makes the goroutine's deferred calls on top of the panicking frames. When one of them recovers, the
// native recovery unwinds to the frame that deferred it, which continues at its landing pad: it makes its remaining
// deferred calls and returns to its caller. Stack positions are kept as offsets from the top of the stack.

// A _panic is an active panic or Goexit.
type _panic struct {
	arg        any
	link       *_panic // the one that was active when this one started
	start      uintptr // offset of the frame of gopanic, or of the frame that Goexit restarts at
	goexit     bool
	recovered  bool
	repanicked bool // the next panic has the same value
}

// runningPanicDefers counts panics whose deferred calls are being made: main waits for them before it exits.
var runningPanicDefers atomic.Uint32

var panicnil = &godebugInc{name: "panicnil"}

// gopanic is the built-in function panic. It calls the deferred functions itself: recover looks for its frame.
//
//go:linkname gopanic
//go:noinline
func gopanic(e any) {
	if e == nil {
		if debug.panicnil.Load() != 1 {
			e = new(PanicNilError)
		} else {
			panicnil.IncNonDefault()
		}
	}
	gp := getg()
	p := &_panic{arg: e, link: gp.panics, start: stackoff()}
	gp.panics = p
	runningPanicDefers.Add(1)

	for {
		fn, frame := nextdefer(gp)
		if frame == 0 {
			break
		}
		fn()
		if p.recovered {
			resume(gp, frame)
		}
	}
	preprintpanics(p)
	fatalpanic(p)
}

// resume ends all panics that are younger than the given frame, and lets the frame return. A Goexit among them is
// not ended: it goes on with the deferred calls that are left.
func resume(gp *g, frame uintptr) {
	p := gp.panics
	for p != nil && p.start > frame {
		if p.goexit {
			frame = p.start
			break
		}
		runningPanicDefers.Add(-1)
		p = p.link
	}
	gp.panics = p
	if p == nil {
		gp.sig = 0
	}
	recovery(frame)
}

// gorecover is the built-in function recover. A panic is recovered only by a function that gopanic called as a
// deferred function: there is exactly one frame between the two, wrappers not counted.
//
//go:noinline
func gorecover() any {
	p := getg().panics
	if p == nil || p.goexit || p.recovered || !canrecover() {
		return nil
	}
	p.recovered = true
	return p.arg
}

// Goexit terminates the goroutine that calls it, after running its deferred calls. It is no panic: recover returns
// nil in those calls. The program goes on after the main goroutine called Goexit, and crashes once all others have
// ended.
func Goexit() {
	gp := getg()
	p := &_panic{goexit: true, link: gp.panics}
	gp.panics = p
	gp.goexiting = true
	for {
		goexitFrame(p)
	}
}

// goexitFrame makes the deferred calls and ends the goroutine. It returns, to be called again, if one of the calls
// panicked and another recovered: its frame is the one that resume goes to then. The defer statement gives it a
// landing pad and tells its position.
//
//go:noinline
func goexitFrame(p *_panic) {
	defer goexitAnchor()
	gp := getg()
	_, p.start = nextdefer(gp)

	for {
		fn, frame := nextdefer(gp)
		if frame == 0 {
			break
		}
		fn()
	}
	goexit1()
}

func goexitAnchor() {}

// goexit1 ends the goroutine, and with it the panics during which Goexit was called.
func goexit1() {
	gp := getg()
	for p := gp.panics; p != nil; p = p.link {
		if !p.goexit {
			runningPanicDefers.Add(-1)
		}
	}
	gp.panics = nil
	gp.free = nil
	gp.nfree = 0
	goexit0()
}

// preprintpanics replaces errors and Stringers by their text: methods can be called here, but not once the program
// is being stopped.
func preprintpanics(p *_panic) {
	defer func() {
		switch r := recover().(type) {
		case nil:
		case string:
			throw("panic while printing panic value: " + r)
		default:
			throw("panic while printing panic value: type " + typeName(efaceOf(&r)._type))
		}
	}()
	for ; p != nil; p = p.link {
		if p.link != nil && *efaceOf(&p.link.arg) == *efaceOf(&p.arg) {
			p.link.repanicked = true
			continue
		}
		switch v := p.arg.(type) {
		case error:
			p.arg = v.Error()
		case stringer:
			p.arg = v.String()
		}
	}
}

type stringer interface {
	String() string
}

// printpanics prints the active panics, the oldest first.
func printpanics(p *_panic) {
	if p.link != nil {
		printpanics(p.link)
		if p.link.repanicked {
			return
		}
		if !p.link.goexit {
			print("\t")
		}
	}
	if p.goexit {
		return
	}
	print("panic: ")
	printpanicval(p.arg)
	switch {
	case p.recovered && p.repanicked:
		print(" [recovered, repanicked]")
	case p.recovered:
		print(" [recovered]")
	}
	print("\n")
}

// panicking is not zero once the program is crashing because of a panic.
var panicking atomic.Uint32

// What dopanic is told about the reason for its traceback.
const (
	diePanic = iota
	dieFatal
	dieThrow
)

// fatalpanic ends the program because nothing recovered p.
func fatalpanic(p *_panic) {
	panicking.Add(1)
	// main may be about to exit.
	runningPanicDefers.Add(-1)
	printlock()
	setcrashing()
	printpanics(p)
	printsignal(getg())
	var bubble unsafe.Pointer
	if e, ok := p.arg.(synctestDeadlockError); ok {
		bubble = unsafe.Pointer(e.bubble)
	}
	dopanic(diePanic, bubble)
}

// printsignal prints the line that tells about the fault that caused a panic.
func printsignal(gp *g) {
	if gp.sig == 0 {
		return
	}
	print("[signal ")
	if name := signame(uint32(gp.sig)); name != "" {
		print(name)
	} else {
		printhex(uint64(gp.sig))
	}
	print(" code=")
	printhex(uint64(gp.sigcode0))
	print(" addr=")
	printhex(uint64(gp.sigcode1))
	print(" pc=")
	printhex(uint64(gp.sigpc))
	print("]\n")
}

// throw ends the program because of a defect in the runtime.
//
//go:linkname throw
func throw(s string) {
	printlock()
	setcrashing()
	print("fatal error: ")
	printindented(s)
	print("\n")
	printsignal(getg())
	dopanic(dieThrow, nil)
}

// fatal ends the program because of a mistake in it that must not be recovered from.
func fatal(s string) {
	printlock()
	setcrashing()
	if p := getg().panics; p != nil {
		for x := p; x.link != nil; x = x.link {
			if *efaceOf(&x.link.arg) == *efaceOf(&x.arg) {
				x.link.repanicked = true
			}
		}
		printpanics(p)
		print("\t")
	}
	print("fatal error: ")
	printindented(s)
	print("\n")
	printsignal(getg())
	dopanic(dieFatal, nil)
}

// raise is called as if by the caller of a native whose outcome is Raise. The codes are those of
// abi::native::raise.
func raise(code, a, b uintptr) {
	switch code {
	case 1:
		panic(plainError("send on closed channel"))
	case 2:
		panic(plainError("close of nil channel"))
	case 3:
		panic(plainError("close of closed channel"))
	case 4:
		panic(plainError("makechan: size out of range"))
	case 5:
		panic(errorString(rawText(a, b)))
	case 6:
		panic(plainError(rawText(a, b)))
	case 7:
		fatal(rawText(a, b))
	}
	throw("unknown raise code")
}

//go:linkname sync_throw sync.throw
func sync_throw(s string) { throw(s) }

//go:linkname internal_sync_throw internal/sync.throw
func internal_sync_throw(s string) { throw(s) }

//go:linkname cgroup_throw internal/runtime/cgroup.throw
func cgroup_throw(s string) { throw(s) }

//go:linkname sync_fatal sync.fatal
func sync_fatal(s string) { fatal(s) }

//go:linkname internal_sync_fatal internal/sync.fatal
func internal_sync_fatal(s string) { fatal(s) }

//go:linkname maps_fatal internal/runtime/maps.fatal
func maps_fatal(s string) { fatal(s) }

//go:linkname rand_fatal crypto/rand.fatal
func rand_fatal(s string) { fatal(s) }

//go:linkname sysrand_fatal crypto/internal/sysrand.fatal
func sysrand_fatal(s string) { fatal(s) }

//go:linkname fips_fatal crypto/internal/fips140.fatal
func fips_fatal(s string) { fatal(s) }
