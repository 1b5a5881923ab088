// run

package main

import (
	"fmt"
	"math/rand"
)

func main() {
	r := rand.New(rand.NewSource(42))
	fmt.Println(r.Int(), r.Intn(100), r.Int63(), r.Int31n(10), r.Uint32(), r.Uint64())
	fmt.Println(r.Float64(), r.Float32(), r.NormFloat64(), r.ExpFloat64())
	fmt.Println(r.Perm(10))
	s := []string{"a", "b", "c", "d", "e"}
	r.Shuffle(len(s), func(i, j int) { s[i], s[j] = s[j], s[i] })
	fmt.Println(s)
	b := make([]byte, 8)
	r.Read(b)
	fmt.Println(b)
	r.Seed(7)
	hist := [10]int{}
	for range 10000 {
		hist[r.Intn(10)]++
	}
	fmt.Println(hist)
	z := rand.NewZipf(r, 1.5, 2, 100)
	for range 8 {
		fmt.Print(z.Uint64(), " ")
	}
	fmt.Println()
	x, y := rand.New(rand.NewSource(1)), rand.New(rand.NewSource(1))
	same := true
	for range 1000 {
		same = same && x.Int63() == y.Int63()
	}
	fmt.Println(same)
	n := rand.Intn(10)
	fmt.Println(n >= 0 && n < 10)
	func() {
		defer func() { fmt.Println(recover()) }()
		r.Intn(0)
	}()
}
