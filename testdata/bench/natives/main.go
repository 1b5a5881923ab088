// What natives compute in place of assembly: CPU nanoseconds of an operation, a line each. `cargo xtask bench natives`
// compares them.
package main

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/ecdh"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/hmac"
	"crypto/hpke"
	"crypto/md5"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha3"
	"crypto/sha512"
	"crypto/subtle"
	"fmt"
	"hash/crc32"
	"math"
	"math/big"
	mrand "math/rand/v2"
	"syscall"
)

func cpu() int64 {
	var u syscall.Rusage
	syscall.Getrusage(syscall.RUSAGE_SELF, &u)
	return u.Utime.Nano() + u.Stime.Nano()
}

// measure prints the least time of several series of at least 4 ms.
func measure(name string, f func()) {
	count, best := 1, math.Inf(1)
	for series := 0; series < 9; {
		start := cpu()
		for range count {
			f()
		}
		if took := cpu() - start; took < 4e6 {
			count *= 2
		} else {
			best = min(best, float64(took)/float64(count))
			series++
		}
	}
	fmt.Printf("%s\t%.1f\n", name, best)
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

var (
	data  = make([]byte, 8192)
	out   = make([]byte, 0, 9000)
	float = 1.5
)

func main() {
	for i := range data {
		data[i] = byte(i * i >> 3)
	}
	measure("crc32 IEEE, 8 KiB", func() { crc32.ChecksumIEEE(data) })
	castagnoli := crc32.MakeTable(crc32.Castagnoli)
	measure("crc32 Castagnoli, 8 KiB", func() { crc32.Checksum(data, castagnoli) })
	measure("md5, 8 KiB", func() { md5.Sum(data) })
	measure("sha1, 8 KiB", func() { sha1.Sum(data) })
	measure("sha256, 8 KiB", func() { sha256.Sum256(data) })
	measure("sha512, 8 KiB", func() { sha512.Sum512(data) })
	measure("sha3-256, 8 KiB", func() { sha3.Sum256(data) })
	measure("sha256, 64 bytes", func() { sha256.Sum256(data[:64]) })
	measure("hmac-sha256, 64 bytes", func() {
		h := hmac.New(sha256.New, data[:32])
		h.Write(data[:64])
		out = h.Sum(out[:0])
	})

	block := must(aes.NewCipher(data[:16]))
	gcm := must(cipher.NewGCM(block))
	measure("aes-gcm seal, 8 KiB", func() { out = gcm.Seal(out[:0], data[:12], data, nil) })
	sealed := gcm.Seal(nil, data[:12], data, nil)
	measure("aes-gcm open, 8 KiB", func() { out = must(gcm.Open(out[:0], data[:12], sealed, nil)) })
	measure("aes-gcm seal, 64 bytes", func() { out = gcm.Seal(out[:0], data[:12], data[:64], nil) })
	ctr := cipher.NewCTR(block, data[:16])
	measure("aes-ctr, 8 KiB", func() { ctr.XORKeyStream(out[:8192], data) })
	cbc := cipher.NewCBCEncrypter(block, data[:16])
	measure("aes-cbc encrypt, 8 KiB", func() { cbc.CryptBlocks(out[:8192], data) })
	cbc = cipher.NewCBCDecrypter(block, data[:16])
	measure("aes-cbc decrypt, 8 KiB", func() { cbc.CryptBlocks(out[:8192], data) })
	measure("aes key", func() { block = must(aes.NewCipher(data[:16])) })
	key := must(hpke.DHKEM(ecdh.X25519()).GenerateKey())
	_, sender, err := hpke.NewSender(key.PublicKey(), hpke.HKDFSHA256(), hpke.ChaCha20Poly1305(), nil)
	if err != nil {
		panic(err)
	}
	measure("chacha20poly1305 seal, 8 KiB", func() { must(sender.Seal(nil, data)) })

	x := new(big.Int).Lsh(big.NewInt(12345), 20000)
	x.Sub(x, big.NewInt(7))
	z := new(big.Int)
	measure("big square, 20000 bits", func() { z.Mul(x, x) })
	small := new(big.Int).Rsh(x, 19500)
	other := new(big.Int).Add(small, big.NewInt(1))
	measure("big product, 513 bits", func() { z.Mul(small, other) })
	measure("big sum, 20000 bits", func() { z.Add(x, x) })
	measure("big shift, 20000 bits", func() { z.Lsh(x, 13) })
	modulus := new(big.Int).Sub(new(big.Int).Lsh(big.NewInt(1), 1024), big.NewInt(105))
	base := new(big.Int).Rsh(x, 19000)
	measure("big power, 1024 bits", func() { z.Exp(base, base, modulus) })
	measure("big to decimal, 20000 bits", func() { _ = x.String() })

	p256 := must(ecdsa.GenerateKey(elliptic.P256(), rand.Reader))
	signature := must(ecdsa.SignASN1(rand.Reader, p256, data[:32]))
	measure("p256 sign", func() { must(ecdsa.SignASN1(rand.Reader, p256, data[:32])) })
	measure("p256 verify", func() { ecdsa.VerifyASN1(&p256.PublicKey, data[:32], signature) })
	_, edwards, _ := ed25519.GenerateKey(rand.Reader)
	measure("ed25519 sign", func() { ed25519.Sign(edwards, data[:32]) })
	montgomery := must(ecdh.X25519().GenerateKey(rand.Reader))
	peer := must(ecdh.X25519().GenerateKey(rand.Reader)).PublicKey()
	measure("x25519", func() { must(montgomery.ECDH(peer)) })
	private := must(rsa.GenerateKey(rand.Reader, 2048))
	hash := sha256.Sum256(data)
	measure("rsa 2048 sign", func() { must(rsa.SignPKCS1v15(nil, private, 5, hash[:])) })

	clone := bytes.Clone(data)
	measure("bytes.Equal, 8 KiB", func() { bytes.Equal(data, clone) })
	measure("bytes.Equal, 16 bytes", func() { bytes.Equal(data[:16], clone[:16]) })
	clear(clone)
	measure("bytes.IndexByte, 8 KiB", func() { bytes.IndexByte(clone, 1) })
	measure("subtle.XORBytes, 8 KiB", func() { subtle.XORBytes(clone, data, clone) })
	measure("math.FMA, 100 in a row", func() {
		for range 100 {
			float = math.FMA(float, 0.3, 1)
		}
	})
	measure("rand.IntN, 100", func() {
		for range 100 {
			mrand.IntN(100)
		}
	})
}
