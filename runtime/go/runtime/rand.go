package runtime

import (
	"internal/byteorder"
	"internal/chacha8rand"
	"internal/runtime/atomic"
	"math/bits"
	"unsafe"
)

// Random numbers. rand is of cryptographic strength (ChaCha8, one state a processor); cheaprand is for decisions
// that only have to be spread, one word of state a goroutine.

var (
	// bootState seeds everything else and serves until the processors' states exist.
	bootState struct {
		lock mutex
		chacha8rand.State
	}
	// procRand has a state for each processor. It is replaced as a whole: others read it meanwhile.
	procRand atomic.Pointer[[]*chacha8rand.State]
)

func randinit(seed [32]byte) {
	bootState.Init(seed)
}

// procrandinit makes the states for n processors.
func procrandinit(n int) {
	states := make([]*chacha8rand.State, n)
	have := 0
	if old := procRand.Load(); old != nil {
		have = copy(states, *old)
	}
	for i := have; i < n; i++ {
		var seed [32]byte
		for j := 0; j < len(seed); j += 8 {
			byteorder.LEPutUint64(seed[j:], bootstrapRand())
		}
		states[i] = new(chacha8rand.State)
		states[i].Init(seed)
	}
	procRand.Store(&states)
	lock(&bootState.lock)
	bootState.Reseed()
	unlock(&bootState.lock)
}

//go:linkname bootstrapRand
func bootstrapRand() uint64 {
	lock(&bootState.lock)
	x := nextRand(&bootState.State)
	unlock(&bootState.lock)
	return x
}

func nextRand(s *chacha8rand.State) uint64 {
	for {
		if x, ok := s.Next(); ok {
			return x
		}
		s.Refill()
	}
}

//go:linkname rand
func rand() uint64 {
	id := procPin()
	// The only word of procRand, loaded in place: this is the fast path of math/rand/v2.
	states := (*[]*chacha8rand.State)(atomic.Loadp(unsafe.Pointer(&procRand)))
	if states == nil || id >= len(*states) {
		procUnpin()
		return bootstrapRand()
	}
	s := (*states)[id]
	x, ok := s.Next()
	if !ok {
		x = nextRand(s)
	}
	procUnpin()
	return x
}

func rand32() uint32 { return uint32(rand()) }

// randn returns a number in [0, n).
//
//go:linkname randn
func randn(n uint32) uint32 { return uint32(uint64(uint32(rand())) * uint64(n) >> 32) }

func cheaprand64() uint64 {
	gp := getg()
	if gp.rand == 0 {
		gp.rand = rand()
	}
	gp.rand += 0xa0761d6478bd642f
	hi, lo := bits.Mul64(gp.rand, gp.rand^0xe7037ed1a0b428db)
	return hi ^ lo
}

func cheaprand() uint32 { return uint32(cheaprand64()) }

//go:linkname maps_rand internal/runtime/maps.rand
func maps_rand() uint64 { return rand() }

// The assembly of ChaCha8 is not used: where no native stands in for it, block is the portable code.

//go:linkname chacha8_block_generic internal/chacha8rand.block_generic
func chacha8_block_generic(seed *[4]uint64, blocks *[32]uint64, counter uint32)

//go:linkname chacha8_block internal/chacha8rand.block
func chacha8_block(seed *[4]uint64, blocks *[32]uint64, counter uint32) {
	chacha8_block_generic(seed, blocks, counter)
}
