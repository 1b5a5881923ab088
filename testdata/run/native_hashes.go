// run

// Sums and ciphers over many lengths and alignments: what natives compute in place of assembly.
package main

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/md5"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"fmt"
	"hash"
	"hash/crc32"
)

func data(n int) []byte {
	b := make([]byte, n)
	x := uint32(1)
	for i := range b {
		x ^= x << 13
		x ^= x >> 17
		x ^= x << 5
		b[i] = byte(x >> 9)
	}
	return b
}

var lengths = func() (l []int) {
	for n := range 300 {
		l = append(l, n)
	}
	return append(l, 511, 512, 513, 1000, 1023, 1024, 1025, 4095, 4096, 4097, 10000, 70001)
}()

func sums(name string, h hash.Hash, b []byte) {
	all := sha256.New()
	for _, n := range lengths {
		for _, at := range []int{0, 1, 7, 15} {
			h.Reset()
			h.Write(b[at : at+n])
			all.Write(h.Sum(nil))
		}
	}
	h.Reset()
	for i, n := 0, 0; i < 20000; i += n {
		h.Write(b[i : i+n])
		n = (n*5 + 3) % 257
	}
	fmt.Printf("%s %x %x\n", name, h.Sum(nil), all.Sum(nil)[:8])
}

func main() {
	b := data(80000)
	sums("md5", md5.New(), b)
	sums("sha1", sha1.New(), b)
	sums("sha224", sha256.New224(), b)
	sums("sha256", sha256.New(), b)
	sums("sha384", sha512.New384(), b)
	sums("sha512", sha512.New(), b)
	sums("crc32", crc32.NewIEEE(), b)
	sums("crc32c", crc32.New(crc32.MakeTable(crc32.Castagnoli)), b)
	sums("koopman", crc32.New(crc32.MakeTable(crc32.Koopman)), b)

	for _, size := range []int{16, 24, 32} {
		block, err := aes.NewCipher(b[1000 : 1000+size])
		if err != nil {
			panic(err)
		}
		all := sha256.New()
		out := make([]byte, len(b)+100)
		back := make([]byte, len(b)+100)
		block.Encrypt(out[3:], b[5:])
		block.Decrypt(back, out[3:])
		fmt.Printf("aes%d %x %v\n", size*8, out[3:19], string(back[:16]) == string(b[5:21]))
		for _, n := range lengths {
			iv := b[n%50 : n%50+16]
			for _, at := range []int{0, 3} {
				cipher.NewCTR(block, iv).XORKeyStream(out[at:at+n], b[7:7+n])
				all.Write(out[at : at+n])
				m := n &^ 15
				cipher.NewCBCEncrypter(block, iv).CryptBlocks(out[at:at+m], b[7:7+m])
				all.Write(out[at : at+m])
				cipher.NewCBCDecrypter(block, iv).CryptBlocks(out[at:at+m], out[at:at+m])
				if string(out[at:at+m]) != string(b[7:7+m]) {
					panic("cbc")
				}
			}
		}
		// The counter carries through all its bytes.
		iv := make([]byte, 16)
		for i := range iv {
			iv[i] = 0xff
		}
		iv[15] = 0xfb
		cipher.NewCTR(block, iv).XORKeyStream(out[:1000], b[:1000])
		all.Write(out[:1000])
		fmt.Printf("ctr, cbc %x\n", all.Sum(nil))

		all.Reset()
		for _, nonceSize := range []int{12, 1, 16, 33} {
			gcm, err := cipher.NewGCMWithNonceSize(block, nonceSize)
			if err != nil {
				panic(err)
			}
			for i, n := range lengths {
				nonce := b[i : i+nonceSize]
				more := b[i : i+i*7%100]
				sealed := gcm.Seal(out[:i%5], nonce, b[9:9+n], more)[i%5:]
				all.Write(sealed)
				got, err := gcm.Open(back[:0], nonce, sealed, more)
				if err != nil || string(got) != string(b[9:9+n]) {
					panic(fmt.Sprint("gcm ", n, err))
				}
				copy(out[50:], sealed)
				if _, err := gcm.Open(out[50:50], nonce, out[50:50+len(sealed)], more); err != nil {
					panic("gcm in place")
				}
				sealed[i*31%len(sealed)] ^= 4
				if _, err := gcm.Open(back[:0], nonce, sealed, more); err == nil {
					panic("gcm accepts")
				}
			}
		}
		fmt.Printf("gcm %x\n", all.Sum(nil))
	}
}
