package runtime

import "unsafe"

// A scase is one communication of a select statement.
type scase struct {
	c    *hchan
	elem unsafe.Pointer // value to be sent, or memory for the received one
}

// What selectpass and selectwoke return, besides index<<2 with flags.
const (
	selectReceived = 1 << 0
	selectClosed   = 1 << 1
	selectDefault  = -1
	selectParked   = -2
)

// selectgo executes a select statement: nsends sends, then nrecvs receives. order0 has room for twice as many
// numbers; pc0 is not used. It returns the number of the case, -1 for none if !block, and whether a value was
// received.
func selectgo(cas0 *scase, order0 *uint16, pc0 *uintptr, nsends, nrecvs int, block bool) (int, bool) {
	for _, cas := range unsafe.Slice(cas0, nsends+nrecvs)[nsends:] {
		if cas.c != nil && cas.c.timer != nil {
			polltimer(cas.c)
		}
	}
	r := selectpass(cas0, order0, nsends, nrecvs, block)
	if r == selectParked {
		r = selectwoke(cas0, order0, nsends, nrecvs)
	}
	if r == selectDefault {
		return -1, false
	}
	if r&selectClosed != 0 {
		panicsendclosed()
	}
	return r >> 2, r&selectReceived != 0
}

// A runtimeSelect is a case as reflect describes it.
type runtimeSelect struct {
	dir int // 1 send, 2 receive, 3 default
	typ unsafe.Pointer
	ch  *hchan
	val unsafe.Pointer
}

//go:linkname reflect_rselect reflect.rselect
func reflect_rselect(cases []runtimeSelect) (int, bool) {
	sel := make([]scase, 0, len(cases))
	orig := make([]int, 0, len(cases))
	dflt := -1
	nsends := 0
	for dir := 1; dir <= 2; dir++ {
		for i := range cases {
			switch rc := &cases[i]; rc.dir {
			case dir:
				sel = append(sel, scase{rc.ch, rc.val})
				orig = append(orig, i)
			case 3:
				dflt = i
			}
		}
		if dir == 1 {
			nsends = len(sel)
		}
	}
	if len(sel) == 0 {
		if dflt < 0 {
			block()
		}
		return dflt, false
	}
	order := make([]uint16, 2*len(sel))
	chosen, ok := selectgo(&sel[0], &order[0], nil, nsends, len(sel)-nsends, dflt < 0)
	if chosen < 0 {
		return dflt, false
	}
	return orig[chosen], ok
}
