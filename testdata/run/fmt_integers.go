// run

package main

import (
	"fmt"
)

type bits uint8
type num int

func main() {
	for _, n := range []int{0, 1, -1, 42, -12345, 1<<63 - 1, -1 << 63} {
		fmt.Printf("%d|%5d|%-8d|%08d|%+d|% d|%x|%X|%#x|%o|%#o|%O|%b|%#b\n", n, n, n, n, n, n, n, n, n, n, n, n, n, n)
	}
	for _, c := range []rune{'a', 'é', '€', '😀', 0, '\n', 0xFFFD, 0x10FFFF, -1, 0x200b} {
		fmt.Printf("%c|%q|%U|%#U|%+q|%d\n", c, c, c, c, c, c)
	}
	fmt.Printf("%v %v %v %v\n", int8(-5), uint8(250), uint64(1<<64-1), uintptr(255))
	fmt.Printf("%x %X %#X %x\n", bits(200), bits(200), bits(7), num(-255))
	fmt.Printf("%.5d|%8.3d|%-8.3d|%+.3d|%.0d|%.0d\n", 42, 42, 42, 42, 0, 1)
	fmt.Printf("%*d|%-*d|%.*d|%[2]d %[1]d|%[3]*.[2]*[1]d\n", 6, 42, 6, 42, 4, 42)
	fmt.Printf("%[2]d %[1]d|%[3]*.[2]*[1]d\n", 12, 3, 8)
	fmt.Printf("%6d|%06d|%x|% x|%# x\n", -42, -42, []byte{1, 171}, []byte{1, 171}, []byte{1, 171})
	fmt.Printf("%d %v %x\n", []int{1, 2}, [2]uint8{3, 4}, []int{10, 11})
	fmt.Printf("%t %v %5t|%-7t|\n", true, false, true, false)
	fmt.Printf("%s %d %z %!\n", 5, "x", 3)
	fmt.Printf("%d %d\n", 1)
	fmt.Printf("%d\n", 1, 2, "extra")
	fmt.Printf("%[5]d %[x]d %[1]d\n", 1)
	fmt.Printf("%%|%5%|%c%c\n", 72, 105)
	fmt.Printf("%08b|%-10b|%+x|%#q\n", 5, 5, 255, 'x')
	fmt.Printf("%20d|%-20d|%020d\n", 1<<40, 1<<40, -1<<40)
	fmt.Println(fmt.Sprint(1, 2, "a", "b", 3, 4.5, nil, 'x'), fmt.Sprintln("end", 1))
}
