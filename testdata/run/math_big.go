// run

package main

import (
	"fmt"
	"math/big"
)

func fact(n int64) *big.Int {
	r := big.NewInt(1)
	for i := int64(2); i <= n; i++ {
		r.Mul(r, big.NewInt(i))
	}
	return r
}

func pi(digits int64) *big.Int {
	unity := new(big.Int).Exp(big.NewInt(10), big.NewInt(digits+10), nil)
	arccot := func(x int64) *big.Int {
		sum := new(big.Int).Div(unity, big.NewInt(x))
		term := new(big.Int).Set(sum)
		xx := big.NewInt(x * x)
		for n := int64(3); term.Sign() != 0; n += 2 {
			term.Div(term, xx)
			t := new(big.Int).Div(term, big.NewInt(n))
			if n%4 == 3 {
				sum.Sub(sum, t)
			} else {
				sum.Add(sum, t)
			}
		}
		return sum
	}
	a := new(big.Int).Mul(arccot(5), big.NewInt(4))
	a.Sub(a, arccot(239))
	a.Mul(a, big.NewInt(4))
	return a.Div(a, new(big.Int).Exp(big.NewInt(10), big.NewInt(10), nil))
}

func main() {
	f := fact(60)
	fmt.Println(f, f.BitLen(), f.TrailingZeroBits())
	fmt.Println(pi(100))
	a, _ := new(big.Int).SetString("123456789012345678901234567890", 10)
	b := big.NewInt(-987654321)
	q, r := new(big.Int).QuoRem(a, b, new(big.Int))
	d, m := new(big.Int).DivMod(a, b, new(big.Int))
	fmt.Println(q, r, d, m, a.Cmp(b), new(big.Int).Neg(a))
	fmt.Println(new(big.Int).GCD(nil, nil, fact(20), fact(15)), new(big.Int).Exp(big.NewInt(3), big.NewInt(1000), big.NewInt(1e9+7)), new(big.Int).Sqrt(a), new(big.Int).ModInverse(big.NewInt(3), big.NewInt(11)))
	fmt.Printf("%x %b %o %s %v %d\n", a, big.NewInt(10), big.NewInt(64), a.Text(36), new(big.Int).Lsh(big.NewInt(1), 100), new(big.Int).Rsh(a, 50))
	fmt.Println(big.NewInt(1e9+7).ProbablyPrime(10), big.NewInt(1e9+8).ProbablyPrime(10))
	fmt.Println(new(big.Int).And(a, big.NewInt(0xffff)), new(big.Int).Or(b, a), new(big.Int).Xor(a, b), new(big.Int).Not(a))
	x, y := big.NewRat(1, 3), big.NewRat(-5, 6)
	fmt.Println(new(big.Rat).Add(x, y), new(big.Rat).Mul(x, y), new(big.Rat).Quo(x, y), x.FloatString(10), x.Cmp(y))
	h := new(big.Rat)
	for i := int64(1); i <= 30; i++ {
		h.Add(h, big.NewRat(1, i))
	}
	fmt.Println(h)
	fl := new(big.Float).SetPrec(200).SetInt64(2)
	fmt.Println(new(big.Float).Sqrt(fl).Text('f', 50), big.NewFloat(1.5).String())
	big1 := new(big.Int).Exp(big.NewInt(7), big.NewInt(5000), nil)
	big2 := new(big.Int).Exp(big.NewInt(11), big.NewInt(4000), nil)
	p := new(big.Int).Mul(big1, big2)
	s := p.String()
	fmt.Println(len(s), s[:20], s[len(s)-20:], new(big.Int).Div(p, big2).Cmp(big1))
}
