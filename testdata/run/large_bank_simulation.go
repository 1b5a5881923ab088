// run

// A bank with accounts, transfers by goroutines, an audit log, interest, and invariants that hold at the end.
package main

import (
	"context"
	"errors"
	"fmt"
	"sort"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

type money int64

func (m money) String() string {
	sign := ""
	if m < 0 {
		sign, m = "-", -m
	}
	return fmt.Sprintf("%s$%d.%02d", sign, int64(m)/100, int64(m)%100)
}

type accountKind uint8

const (
	checking accountKind = iota
	savings
	frozen
)

func (k accountKind) String() string {
	return [...]string{"checking", "savings", "frozen"}[k]
}

var (
	errInsufficient = errors.New("insufficient funds")
	errFrozen       = errors.New("account is frozen")
	errUnknown      = errors.New("unknown account")
)

type transferError struct {
	from, to int
	amount   money
	err      error
}

func (e *transferError) Error() string {
	return fmt.Sprintf("transfer %v from %d to %d: %v", e.amount, e.from, e.to, e.err)
}
func (e *transferError) Unwrap() error { return e.err }

type account struct {
	sync.Mutex
	id      int
	owner   string
	kind    accountKind
	balance money
	history []entry
}

type entry struct {
	delta money
	note  string
}

func (a *account) apply(delta money, note string) error {
	switch {
	case a.kind == frozen:
		return errFrozen
	case a.balance+delta < 0:
		return fmt.Errorf("%w: %v available", errInsufficient, a.balance)
	}
	a.balance += delta
	a.history = append(a.history, entry{delta, note})
	return nil
}

type observer interface{ notify(event) }

type event struct {
	kind   string
	amount money
	err    error
}

type observerFunc func(event)

func (f observerFunc) notify(e event) { f(e) }

type stats struct {
	mu     sync.Mutex
	counts map[string]int
	moved  money
	errs   map[string]int
}

func (s *stats) notify(e event) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.counts[e.kind]++
	if e.err == nil {
		s.moved += e.amount
		return
	}
	for _, target := range []error{errInsufficient, errFrozen, errUnknown} {
		if errors.Is(e.err, target) {
			s.errs[target.Error()]++
		}
	}
}

type bank struct {
	mu        sync.RWMutex
	accounts  map[int]*account
	nextID    int
	observers []observer
	ops       atomic.Int64
}

func newBank(obs ...observer) *bank {
	return &bank{accounts: map[int]*account{}, nextID: 100, observers: obs}
}

func (b *bank) emit(e event) {
	b.ops.Add(1)
	for _, o := range b.observers {
		o.notify(e)
	}
}

func (b *bank) open(owner string, kind accountKind, initial money) *account {
	b.mu.Lock()
	defer b.mu.Unlock()
	a := &account{id: b.nextID, owner: owner, kind: kind, balance: initial}
	b.accounts[a.id] = a
	b.nextID++
	return a
}

func (b *bank) get(id int) (*account, error) {
	b.mu.RLock()
	defer b.mu.RUnlock()
	if a, ok := b.accounts[id]; ok {
		return a, nil
	}
	return nil, fmt.Errorf("%w %d", errUnknown, id)
}

func (b *bank) transfer(from, to int, amount money) (err error) {
	defer func() {
		if err != nil {
			err = &transferError{from, to, amount, err}
		}
		b.emit(event{"transfer", amount, err})
	}()
	src, err := b.get(from)
	if err != nil {
		return err
	}
	dst, err := b.get(to)
	if err != nil {
		return err
	}
	if src == dst {
		return nil
	}
	first, second := src, dst
	if first.id > second.id {
		first, second = second, first
	}
	first.Lock()
	defer first.Unlock()
	second.Lock()
	defer second.Unlock()
	if err := src.apply(-amount, fmt.Sprint("to ", to)); err != nil {
		return err
	}
	if err := dst.apply(amount, fmt.Sprint("from ", from)); err != nil {
		src.balance += amount
		src.history = src.history[:len(src.history)-1]
		return err
	}
	return nil
}

func (b *bank) total() (t money) {
	b.mu.RLock()
	defer b.mu.RUnlock()
	for _, a := range b.accounts {
		a.Lock()
		t += a.balance
		a.Unlock()
	}
	return
}

func (b *bank) each(yield func(*account) bool) {
	b.mu.RLock()
	ids := make([]int, 0, len(b.accounts))
	for id := range b.accounts {
		ids = append(ids, id)
	}
	b.mu.RUnlock()
	sort.Ints(ids)
	for _, id := range ids {
		a, _ := b.get(id)
		if !yield(a) {
			return
		}
	}
}

func (b *bank) interest(basisPoints int64) (paid money) {
	for a := range b.each {
		if a.kind != savings {
			continue
		}
		a.Lock()
		i := money(int64(a.balance) * basisPoints / 10000)
		if a.apply(i, "interest") == nil {
			paid += i
		}
		a.Unlock()
	}
	b.emit(event{"interest", paid, nil})
	return
}

type request struct {
	from, to int
	amount   money
	reply    chan error
}

func teller(ctx context.Context, b *bank, in <-chan request, wg *sync.WaitGroup) {
	defer wg.Done()
	for {
		select {
		case r, ok := <-in:
			if !ok {
				return
			}
			r.reply <- b.transfer(r.from, r.to, r.amount)
		case <-ctx.Done():
			return
		}
	}
}

type rng uint32

func (r *rng) next(n int) int {
	*r ^= *r << 13
	*r ^= *r >> 17
	*r ^= *r << 5
	return int(uint32(*r) % uint32(n))
}

func statement(a *account) string {
	var b strings.Builder
	fmt.Fprintf(&b, "#%d %-6s %-9v %12v", a.id, a.owner, a.kind, a.balance)
	var in, out money
	for _, e := range a.history {
		if e.delta > 0 {
			in += e.delta
		} else {
			out -= e.delta
		}
	}
	fmt.Fprintf(&b, " in %v out %v", in, out)
	return b.String()
}

func main() {
	st := &stats{counts: map[string]int{}, errs: map[string]int{}}
	var seen atomic.Int32
	b := newBank(st, observerFunc(func(event) { seen.Add(1) }))
	for i, owner := range []string{"ann", "bob", "cid", "dora", "eve", "fred"} {
		kind := checking
		if i%3 == 1 {
			kind = savings
		}
		b.open(owner, kind, money(100000*(i+1)))
	}
	b.open("ice", frozen, 5000)
	before := b.total()
	fmt.Println("total", before)

	// Sequential operations with every outcome.
	for _, r := range []struct {
		from, to int
		amount   money
	}{{100, 101, 2550}, {101, 100, 999999}, {106, 100, 1}, {100, 106, 1}, {100, 999, 5}, {1, 2, 3}, {103, 103, 10}} {
		err := b.transfer(r.from, r.to, r.amount)
		var te *transferError
		fmt.Println(errors.As(err, &te), err)
	}
	for a := range b.each {
		fmt.Println(statement(a))
		if a.id == 102 {
			break
		}
	}
	fmt.Println(b.total() == before, st.errs)

	// Concurrent clients through tellers: the amounts are small enough that none fails.
	ctx, cancel := context.WithTimeout(context.Background(), time.Hour)
	in := make(chan request)
	var tellers, clients sync.WaitGroup
	for range 4 {
		tellers.Add(1)
		go teller(ctx, b, in, &tellers)
	}
	var failed atomic.Int32
	for c := range 10 {
		clients.Add(1)
		go func() {
			defer clients.Done()
			r := rng(c*7919 + 1)
			reply := make(chan error)
			for range 50 {
				in <- request{100 + r.next(6), 100 + r.next(6), money(r.next(100) + 1), reply}
				if <-reply != nil {
					failed.Add(1)
				}
			}
		}()
	}
	clients.Wait()
	close(in)
	tellers.Wait()
	cancel()
	fmt.Println(failed.Load(), b.total() == before, b.ops.Load(), seen.Load(), st.counts)
	for a := range b.each {
		fmt.Println(statement(a))
	}
	paid := b.interest(125)
	fmt.Println("interest", paid, b.total()-before == paid, st.moved)

	// A cancelled teller stops.
	ctx, cancel = context.WithCancel(context.Background())
	tellers.Add(1)
	go teller(ctx, b, make(chan request), &tellers)
	cancel()
	tellers.Wait()
	owners := map[string][]int{}
	for a := range b.each {
		owners[a.kind.String()] = append(owners[a.kind.String()], a.id)
	}
	fmt.Println(owners, money(-5), money(123456789))
}
