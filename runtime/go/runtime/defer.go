package runtime

import (
	"internal/runtime/atomic"
	"internal/runtime/sys"
	"unsafe"
)

// Deferred calls.
//
// A function that defers has one defer state slot; the slot's address, kept as its distance from the top of the
// goroutine's stack so that a move of the stack does not matter, is the frame's identity.
//
// A function in which no defer statement can be executed twice keeps its deferred closures in the slot, a deferState:
// its exits call them without help. Such frames form a list, the youngest first, for panics and Goexit. The calls of
// other functions are records; those of all frames form one list, the youngest first, a frame's records next to one
// another. The two lists are merged by the frames' offsets: a younger frame has a larger one.

// A deferState is the defer state slot of a frame that keeps its deferred calls itself. The compiler knows the layout.
type deferState struct {
	link uintptr   // 0 if the frame is not in the list; else the offset of the next older deferState, plus 1
	bits uintptr   // which of the calls are to be made
	fns  [8]func() // as many as the function has defer statements
}

// deferlink puts a frame on the list, after a defer statement stored the closure and set the bit. The compiler turns
// the defer statement into that and a call of deferlink.
func deferlink(s *deferState) {
	if s.link == 0 {
		gp := getg()
		s.link = gp.frames + 1
		gp.frames = frameOffset(gp, unsafe.Pointer(s))
	}
}

// deferunlink takes the youngest frame off the list, which has made its calls.
func deferunlink(s *deferState) {
	getg().frames = s.link - 1
}

// deferreturnopen makes the deferred calls of a frame that keeps them.
func deferreturnopen(s *deferState) {
	for s.bits != 0 {
		nextopen(s)()
	}
	if s.link != 0 {
		deferunlink(s)
	}
}

// nextopen takes the youngest call of a frame.
func nextopen(s *deferState) func() {
	i := sys.Len64(uint64(s.bits)) - 1
	s.bits &^= 1 << i
	return s.fns[i]
}

// nextdefer takes the goroutine's youngest deferred call and tells the frame that deferred it; the frame is 0 if there is
// none. The func value may be nil.
func nextdefer(gp *g) (fn func(), frame uintptr) {
	for {
		d := gp.defers
		if f := gp.frames; f != 0 && (d == nil || d.frame < f) {
			s := (*deferState)(unsafe.Pointer(gp.stackHi - f))
			if s.bits != 0 {
				return nextopen(s), f
			}
			deferunlink(s)
			s.link = 0
			continue
		}
		if d == nil {
			return nil, 0
		}
		if d.head != nil {
			deferconvert(gp, d)
			continue
		}
		fn, frame = d.fn, d.frame
		gp.defers = d.link
		freedefer(gp, d)
		return fn, frame
	}
}

type _defer struct {
	frame uintptr // stack offset of the frame's defer state slot
	fn    func()
	link  *_defer
	// head, if not nil, makes this record stand for the calls that the body of a range-over-func loop defers to
	// the frame.
	head *atomic.Pointer[_defer]
}

// frameOffset returns the distance of a stack address from the top of the stack.
func frameOffset(gp *g, state unsafe.Pointer) uintptr { return gp.stackHi - uintptr(state) }

// maxFree is the number of records that a goroutine keeps for its next defer statements.
const maxFree = 8

func newdefer(gp *g) *_defer {
	d := gp.free
	if d == nil {
		return new(_defer)
	}
	gp.free = d.link
	gp.nfree--
	return d
}

func freedefer(gp *g, d *_defer) {
	d.fn = nil
	d.head = nil
	if gp.nfree >= maxFree {
		d.link = nil
		return
	}
	d.link = gp.free
	gp.free = d
	gp.nfree++
}

// deferproc records the call fn() for the frame whose defer state slot is at state. The compiler turns the defer
// statement into a call of it.
func deferproc(state unsafe.Pointer, fn func()) {
	gp := getg()
	d := newdefer(gp)
	d.frame = frameOffset(gp, state)
	d.fn = fn
	d.link = gp.defers
	gp.defers = d
}

// deferreturn makes the deferred calls of a frame that returns or that a recovered panic resumed.
func deferreturn(state unsafe.Pointer) {
	gp := getg()
	frame := frameOffset(gp, state)
	for {
		d := gp.defers
		if d == nil || d.frame != frame {
			return
		}
		if d.head != nil {
			deferconvert(gp, d)
			continue
		}
		fn := d.fn
		gp.defers = d.link
		freedefer(gp, d)
		fn()
	}
}

// deferrangefunc is called before a range-over-func loop whose body defers. The result stands for the frame in the
// body's calls of deferprocat: the calls have to run when the frame exits, between those deferred before and after
// the loop, though the iterator may have deferred calls of its own meanwhile and may run the body in another
// goroutine. Hence the body pushes on a list of its own, which hangs off a record on the goroutine's list.
func deferrangefunc(state unsafe.Pointer) any {
	gp := getg()
	d := newdefer(gp)
	d.frame = frameOffset(gp, state)
	d.head = new(atomic.Pointer[_defer])
	d.link = gp.defers
	gp.defers = d
	return d.head
}

// closedList in a head says that the frame has already taken its calls.
var closedList _defer

func deferprocat(fn func(), frame any) {
	head := frame.(*atomic.Pointer[_defer])
	d := new(_defer)
	d.fn = fn
	for {
		d.link = head.Load()
		if d.link == &closedList {
			throw("defer after range func returned")
		}
		if head.CompareAndSwap(d.link, d) {
			return
		}
	}
}

// deferconvert replaces the first record, which has a head, by the records on that list, and closes the list.
func deferconvert(gp *g, d *_defer) {
	first := d.head.Load()
	for !d.head.CompareAndSwap(first, &closedList) {
		first = d.head.Load()
	}
	frame, rest := d.frame, d.link
	freedefer(gp, d)
	if first == nil {
		gp.defers = rest
		return
	}
	last := first
	for {
		last.frame = frame
		if last.link == nil {
			break
		}
		last = last.link
	}
	last.link = rest
	gp.defers = first
}
