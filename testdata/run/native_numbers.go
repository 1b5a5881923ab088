// run

// Long numbers, elliptic curves, SHA-3, generators, vectors of bytes: what natives compute in place of assembly.
package main

import (
	"bytes"
	"crypto/ecdh"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/sha256"
	"crypto/sha3"
	"crypto/subtle"
	"fmt"
	"math"
	"math/big"
	"math/rand/v2"
)

func main() {
	r := rand.New(rand.NewChaCha8([32]byte([]byte("a seed of thirty-two bytes here!"))))
	all := sha256.New()
	for range 3000 {
		fmt.Fprintln(all, r.Uint64(), r.IntN(1000))
	}
	fmt.Printf("chacha8 %x\n", all.Sum(nil)[:8])

	number := func(bits int) *big.Int {
		b := make([]byte, (bits+7)/8)
		for i := range b {
			b[i] = byte(r.Uint32())
			if r.IntN(40) == 0 {
				for j := i; j < min(len(b), i+20); j++ {
					b[j] = 0xff
				}
			}
		}
		return new(big.Int).SetBytes(b)
	}
	all.Reset()
	for bits := 1; bits < 6000; bits += 1 + bits/13 {
		for range 6 {
			x, y := number(bits), number(1+r.IntN(bits))
			var sum, product, back, quotient, rest big.Int
			sum.Add(x, y)
			product.Mul(x, y)
			if back.Sub(&sum, y).Cmp(x) != 0 {
				panic("sub")
			}
			s := uint(r.IntN(200))
			if back.Rsh(back.Lsh(x, s), s).Cmp(x) != 0 {
				panic("shift")
			}
			fmt.Fprintln(all, &sum, &product, back.Lsh(x, s).Text(16), back.Rsh(x, s).Text(36), back.Sqrt(x))
			if y.Sign() > 0 {
				quotient.QuoRem(x, y, &rest)
				if back.Add(back.Mul(&quotient, y), &rest).Cmp(x) != 0 {
					panic("division")
				}
				m := new(big.Int).SetBit(y, 0, 1)
				fmt.Fprintln(all, &quotient, &rest, back.Exp(x, big.NewInt(65537), m), back.GCD(nil, nil, x, y))
			}
		}
	}
	fmt.Printf("big %x\n", all.Sum(nil)[:8])
	a, b := big.NewInt(0), big.NewInt(1)
	for range 3000 {
		a.Add(a, b)
		a, b = b, a
	}
	fmt.Printf("fibonacci %x\n", sha256.Sum256(a.Bytes()))

	all.Reset()
	data := make([]byte, 5000)
	for i := range data {
		data[i] = byte(r.Uint32())
	}
	for n := 0; n < 1000; n += 1 + n/50 {
		h := sha3.Sum256(data[n%9 : n%9+n])
		all.Write(h[:])
		all.Write(sha3.SumSHAKE128(data[:n], 1+n))
	}
	fmt.Printf("sha3 %x\n", all.Sum(nil)[:8])

	all.Reset()
	for i := range 8 {
		seed := sha256.Sum256(data[i : 100+i])
		key := ed25519.NewKeyFromSeed(seed[:])
		signature := ed25519.Sign(key, data[:i*100])
		all.Write(signature)
		ok := ed25519.Verify(key.Public().(ed25519.PublicKey), data[:i*100], signature)
		signature[i] ^= 1
		if !ok || ed25519.Verify(key.Public().(ed25519.PublicKey), data[:i*100], signature) {
			panic("ed25519")
		}
		for _, curve := range []ecdh.Curve{ecdh.X25519(), ecdh.P256(), ecdh.P384()} {
			scalar := data[i*50 : i*50+32]
			if curve == ecdh.P384() {
				scalar = data[i*50 : i*50+48]
			}
			k, err := curve.NewPrivateKey(scalar)
			if err != nil {
				panic(err)
			}
			k2, err := curve.NewPrivateKey(data[i*60 : i*60+len(scalar)])
			if err != nil {
				panic(err)
			}
			s, err := k.ECDH(k2.PublicKey())
			if err != nil {
				panic(err)
			}
			s2, err := k2.ECDH(k.PublicKey())
			if err != nil || !bytes.Equal(s, s2) {
				panic("ecdh")
			}
			all.Write(s)
			all.Write(k.PublicKey().Bytes())
		}
	}
	p := elliptic.P256()
	for _, n := range []*big.Int{big.NewInt(1), big.NewInt(2), big.NewInt(31), new(big.Int).Sub(p.Params().N, big.NewInt(1))} {
		x, y := p.ScalarBaseMult(n.Bytes())
		x2, y2 := p.ScalarMult(p.Params().Gx, p.Params().Gy, n.Bytes())
		fmt.Fprintln(all, x, y, x.Cmp(x2), y.Cmp(y2))
		x, y = p.Add(x, y, p.Params().Gx, p.Params().Gy)
		fmt.Fprintln(all, x, y)
	}
	fmt.Printf("curves %x\n", all.Sum(nil)[:8])

	all.Reset()
	for n := range 700 {
		dst := make([]byte, n+1)
		subtle.XORBytes(dst, data[:n], data[1000:])
		all.Write(dst)
		subtle.XORBytes(data[2000:2000+n], data[2000:2000+n], data[:n])
		copy(dst, data[3000:])
		same := bytes.Equal(dst[:n], data[3000:3000+n])
		at := -1
		if n > 0 {
			at = n * 7 % n
			dst[at] ^= 8
			if bytes.Equal(dst[:n], data[3000:3000+n]) {
				panic("equal")
			}
			clear(dst)
			at = (n * 31) % n
			dst[at] = 1
		}
		if !same || bytes.IndexByte(dst[:n], 1) != at {
			panic(fmt.Sprint("bytes ", n))
		}
	}
	fmt.Printf("bytes %x %x\n", all.Sum(nil)[:8], sha256.Sum256(data))

	all.Reset()
	edges := []float64{0, math.Copysign(0, -1), 1, -1, 5e-324, math.MaxFloat64, math.Inf(1), math.NaN(), 0x1p-1022, 0x1.fffffffffffffp-1}
	for _, x := range edges {
		for _, y := range edges {
			for _, z := range edges {
				v := math.FMA(x, y, z)
				if v == v {
					fmt.Fprintf(all, "%x ", math.Float64bits(v))
				}
			}
		}
	}
	for range 20000 {
		x := math.Float64frombits(r.Uint64())
		y := math.Float64frombits(r.Uint64())
		z := -x * y * (1 + r.Float64()*1e-15)
		if v := math.FMA(x, y, z); v == v {
			fmt.Fprintf(all, "%x ", math.Float64bits(v))
		}
	}
	fmt.Printf("fma %x\n", all.Sum(nil)[:8])
}
