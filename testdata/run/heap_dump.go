// run

// debug.WriteHeapDump: the dump is read back, and objects of the program are found in it with the places of their pointers.
package main

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"os"
	"runtime"
	"runtime/debug"
	"unsafe"
)

type node struct {
	id   uint64
	next *node
	name string
}

type named struct{ x int }

func (named) Error() string { return "named" }

var (
	list *node
	err  error = named{1}
	fin  *node
)

type reader struct {
	*bufio.Reader
}

func (r reader) int() uint64 {
	v, err := binary.ReadUvarint(r)
	if err != nil {
		panic(err)
	}
	return v
}

func (r reader) bytes() []byte {
	b := make([]byte, r.int())
	if _, err := io.ReadFull(r, b); err != nil {
		panic(err)
	}
	return b
}

func (r reader) skip(n int) {
	for range n {
		r.int()
	}
}

func (r reader) fields() (at []uint64) {
	for r.int() == 1 {
		at = append(at, r.int())
	}
	return
}

func main() {
	for i := range 3 {
		list = &node{uint64(0xfeed0000 + i), list, fmt.Sprint("node ", i)}
	}
	fin = &node{id: 0xfeed0009}
	runtime.SetFinalizer(fin, func(*node) {})
	wait := make(chan int)
	go func() {
		wait <- 1
		<-wait
	}()
	<-wait

	f, e := os.CreateTemp("", "heapdump")
	if e != nil {
		panic(e)
	}
	os.Remove(f.Name())
	debug.WriteHeapDump(f.Fd())
	f.Seek(0, 0)
	in := reader{bufio.NewReader(f)}

	heading, _ := in.ReadString('\n')
	fmt.Printf("%q\n", heading)
	records := map[uint64]int{}
	objects := map[uint64][]byte{}
	fields := map[uint64][]uint64{}
	functions := map[string]bool{}
	types := map[string]bool{}
	finalizers := 0
	for {
		tag := in.int()
		if tag == 0 {
			break
		}
		records[tag]++
		switch tag {
		case 1:
			at := in.int()
			objects[at] = in.bytes()
			fields[at] = in.fields()
		case 3:
			in.skip(2)
			types[string(in.bytes())] = true
			in.int()
		case 4:
			in.skip(8)
			in.bytes()
			in.skip(4)
		case 5:
			in.skip(3)
			in.bytes()
			in.skip(3)
			functions[string(in.bytes())] = true
			in.fields()
		case 6:
			in.skip(2)
			in.skip(2)
			in.bytes()
			in.bytes()
			in.int()
		case 7:
			if in.int() == uint64(uintptr(unsafe.Pointer(fin))) {
				finalizers++
			}
			in.skip(4)
		case 8:
			in.skip(2)
		case 9:
			in.skip(3)
		case 10:
			in.skip(24 + 256 + 1)
		case 11:
			in.skip(5)
		case 12, 13:
			in.int()
			in.bytes()
			in.fields()
		case 14:
			in.skip(7)
		case 15:
			in.skip(6)
		case 16:
			in.skip(2)
			for range in.int() {
				in.bytes()
				in.bytes()
				in.int()
			}
			in.skip(2)
		case 17:
			in.skip(2)
		default:
			panic(fmt.Sprint("tag ", tag))
		}
	}
	rest, _ := in.ReadByte()
	fmt.Println("end", rest)
	for n := list; n != nil; n = n.next {
		at := uint64(uintptr(unsafe.Pointer(n)))
		b := objects[at]
		same := bytes.Equal(b[:unsafe.Sizeof(*n)], unsafe.Slice((*byte)(unsafe.Pointer(n)), unsafe.Sizeof(*n)))
		fmt.Println(n.name, len(b), same, fields[at])
	}
	fmt.Println("finalizers", finalizers)
	fmt.Println("type", types["main.named"])
	fmt.Println("frame", functions["main.main.func2"])
	for _, tag := range []uint64{4, 6, 8, 9, 10, 12, 13} {
		fmt.Println(tag, records[tag] > 0)
	}
	runtime.KeepAlive(err)
	close(wait)
}
