// run

// Every kind of key.
package main

type st struct {
	a int8
	s string
	f float32
	i any
}

type iface interface{ id() int }
type t1 int
type t2 struct{ n int }

func (t t1) id() int  { return int(t) }
func (t *t2) id() int { return t.n }

func main() {
	mb := map[bool]int{true: 1, false: 2}
	println(mb[true], mb[false], mb[1 > 2])
	mi8 := map[int8]int{}
	for i := -128; i < 128; i++ {
		mi8[int8(i)] = i
	}
	println(len(mi8), mi8[-128], mi8[127])
	mu16 := map[uint16]string{65535: "max"}
	println(mu16[65535])
	mi32 := map[int32]int{}
	for i := int32(0); i < 100; i++ {
		mi32[i*i] += int(i)
	}
	println(len(mi32), mi32[81])
	mu64 := map[uint64]int{1 << 63: 5}
	println(mu64[1<<63], mu64[0])
	mf := map[float64]string{1.5: "x", 0: "zero"}
	nz := -1.0 / 1e308 / 1e308
	println(mf[1.5], mf[nz], len(mf))
	zero := 0.0
	nan := zero / zero
	mf[nan] = "a"
	mf[nan] = "b"
	_, ok := mf[nan]
	println(len(mf), ok)
	delete(mf, nan)
	println(len(mf))
	nans := 0
	for k, v := range mf {
		if k != k && (v == "a" || v == "b") {
			nans++
		}
	}
	println(nans)
	clear(mf)
	println(len(mf))
	ms := map[st]int{}
	ms[st{1, "a", 2, 3}] = 1
	ms[st{1, "a", 2, "3"}] = 2
	ms[st{1, "a" + "", 2, 3}]++
	println(len(ms), ms[st{1, "a", 2, 3}], ms[st{1, "a", 2, "3"}])
	x, y := 1, 1
	mp := map[*int]string{&x: "x", &y: "y"}
	println(mp[&x], mp[&y], len(mp))
	c := make(chan int)
	mc := map[chan int]int{c: 1}
	println(mc[c], mc[nil])
	p := &t2{7}
	mif := map[iface]string{t1(7): "t1", p: "t2"}
	println(mif[t1(7)], mif[p], len(mif[&t2{7}]))
	ma := map[any]int{1: 1, "1": 2, 1.0: 3, '1': 4, [2]int{1, 1}: 5, nil: 6, true: 7, int8(1): 8, struct{}{}: 9}
	println(len(ma), ma[1], ma["1"], ma[1.0], ma['1'], ma[[2]int{1, 1}], ma[nil], ma[true], ma[int8(1)], ma[struct{}{}], ma[uint8(1)])
	marr := map[[3]string]int{{"a", "b", "c"}: 1}
	println(marr[[3]string{"a", "b", "c"}], marr[[3]string{"a", "b"}])
	me := map[struct{}]int{}
	me[struct{}{}]++
	me[struct{}{}]++
	println(len(me), me[struct{}{}])
	defer func() { println(recover().(error).Error()) }()
	ma[[]int{1}] = 1
}
