// run

package main

import (
	"fmt"
	"math/rand/v2"
)

func main() {
	r := rand.New(rand.NewPCG(1, 2))
	fmt.Println(r.Int(), r.IntN(100), r.Int64(), r.Int32N(10), r.Uint32(), r.Uint64(), r.UintN(7))
	fmt.Println(r.Float64(), r.Float32(), r.NormFloat64(), r.ExpFloat64())
	fmt.Println(r.Perm(10))
	s := []int{1, 2, 3, 4, 5, 6}
	r.Shuffle(len(s), func(i, j int) { s[i], s[j] = s[j], s[i] })
	fmt.Println(s)
	var seed [32]byte
	copy(seed[:], "chacha8 seed for this test......")
	c := rand.NewChaCha8(seed)
	for range 6 {
		fmt.Print(c.Uint64(), " ")
	}
	b := make([]byte, 5)
	c.Read(b)
	fmt.Println(b)
	rc := rand.New(c)
	hist := map[int]int{}
	for range 5000 {
		hist[rc.IntN(5)]++
	}
	fmt.Println(hist)
	// Monte Carlo with a fixed seed.
	p := rand.New(rand.NewPCG(3, 4))
	in := 0
	for range 100000 {
		x, y := p.Float64(), p.Float64()
		if x*x+y*y < 1 {
			in++
		}
	}
	fmt.Println(in)
	n := rand.N(10)
	m := rand.IntN(5)
	fmt.Println(n >= 0 && n < 10, m < 5)
	enc, err := rand.NewPCG(9, 9).MarshalBinary()
	fmt.Printf("%q %v\n", enc, err)
	z := rand.NewZipf(p, 2, 1, 50)
	fmt.Println(z.Uint64(), z.Uint64(), z.Uint64())
}
