// run

package main

import (
	"crypto/md5"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"fmt"
	"hash"
	"hash/adler32"
	"hash/crc32"
	"hash/crc64"
	"hash/fnv"
	"io"
)

func main() {
	for _, s := range []string{"", "a", "hello world", "The quick brown fox jumps over the lazy dog"} {
		b := []byte(s)
		fmt.Printf("%q %08x %08x %016x\n", s, crc32.ChecksumIEEE(b), adler32.Checksum(b), crc64.Checksum(b, crc64.MakeTable(crc64.ISO)))
		fmt.Printf("  %x\n  %x\n  %x\n  %x\n", md5.Sum(b), sha1.Sum(b), sha256.Sum256(b), sha512.Sum512(b))
		for _, h := range []hash.Hash{fnv.New32(), fnv.New32a(), fnv.New64(), fnv.New64a(), fnv.New128a(), crc32.New(crc32.MakeTable(crc32.Castagnoli))} {
			h.Write(b)
			fmt.Printf("  %x %d %d\n", h.Sum(nil), h.Size(), h.BlockSize())
		}
	}
	h := sha256.New()
	for i := range 1000 {
		io.WriteString(h, fmt.Sprint(i))
	}
	fmt.Printf("%x\n", h.Sum([]byte{0xff}))
	h.Reset()
	fmt.Printf("%x\n", h.Sum(nil)[:4])
}
