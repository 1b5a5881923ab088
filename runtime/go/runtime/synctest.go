package runtime

import "unsafe"

// Services of internal/synctest. What a bubble is, src/sched/bubble.rs tells; here its root runs what is due.

// A synctestBubble is the beginning of a bubble, which is not in the heap.
type synctestBubble struct {
	id  uint64
	now int64
}

// A synctestDeadlockError is what Run panics with if goroutines of the bubble are blocked for ever.
type synctestDeadlockError struct {
	reason string
	bubble *synctestBubble
}

func (e synctestDeadlockError) Error() string { return e.reason }

// What bubbleadvance returns.
const (
	bubbleAdvanced = iota
	bubbleFinished
	bubbleBlocked // all goroutines
	bubbleExited  // the main goroutine; others are blocked
)

//go:linkname synctestRun internal/synctest.Run
func synctestRun(f func()) {
	gp := getg()
	if gp.bubble != nil {
		panic("synctest.Run called from within a synctest bubble")
	}
	ft := new(firedTimer)
	bubblenew()
	b := gp.bubble
	defer bubbleend()
	var pc uintptr
	callers(1, &pc, 1)
	bubblestart(f, pc)
	state := bubbleAdvanced
	for state == bubbleAdvanced {
		for bubbletake(ft) {
			ft.fire()
			*ft = firedTimer{}
		}
		bubbleidle()
		state = bubbleadvance()
	}
	switch state {
	case bubbleBlocked:
		panic(synctestDeadlockError{"deadlock: all goroutines in bubble are blocked", b})
	case bubbleExited:
		panic(synctestDeadlockError{"deadlock: main bubble goroutine has exited but blocked goroutines remain", b})
	}
}

//go:linkname synctestWait internal/synctest.Wait
func synctestWait() {
	if getg().bubble == nil {
		panic("goroutine is not in a bubble")
	}
	if !bubblewait() {
		panic("wait already in progress")
	}
	bubblewoke()
}

//go:linkname synctest_isInBubble internal/synctest.IsInBubble
func synctest_isInBubble() bool { return getg().bubble != nil }

//go:linkname synctest_acquire internal/synctest.acquire
func synctest_acquire() any {
	if b := getg().bubble; b != nil {
		bubblehold(unsafe.Pointer(b), 1)
		return b
	}
	return nil
}

//go:linkname synctest_release internal/synctest.release
func synctest_release(b any) { bubblehold(unsafe.Pointer(b.(*synctestBubble)), -1) }

//go:linkname synctest_inBubble internal/synctest.inBubble
func synctest_inBubble(b any, f func()) {
	gp := getg()
	if gp.bubble != nil {
		panic("goroutine is already bubbled")
	}
	gp.bubble = b.(*synctestBubble)
	defer func() { gp.bubble = nil }()
	f()
}

//go:linkname synctest_associate internal/synctest.associate
func synctest_associate(p unsafe.Pointer) int { return bubbleassoc(p, true) }

//go:linkname synctest_isAssociated internal/synctest.isAssociated
func synctest_isAssociated(p unsafe.Pointer) bool { return bubbleassoc(p, false) == 1 }

//go:linkname synctest_disassociate internal/synctest.disassociate
func synctest_disassociate(p unsafe.Pointer) { delspecial(p, bubbleSpecial, 0) }

// bubbleSpecial is the kind of special that ties an object to a bubble.
const bubbleSpecial = 5
