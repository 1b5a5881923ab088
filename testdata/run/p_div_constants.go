// run

// Division and remainder by constants agree with division by variables.
package main

//go:noinline
func checkI(n, d int64) bool {
	var q, r int64
	switch d {
	case 1:
		q, r = n/1, n%1
	case 2:
		q, r = n/2, n%2
	case 3:
		q, r = n/3, n%3
	case 5:
		q, r = n/5, n%5
	case 7:
		q, r = n/7, n%7
	case 8:
		q, r = n/8, n%8
	case 10:
		q, r = n/10, n%10
	case 641:
		q, r = n/641, n%641
	case 1024:
		q, r = n/1024, n%1024
	case 1000003:
		q, r = n/1000003, n%1000003
	case -1:
		q, r = n/-1, n%-1
	case -4:
		q, r = n/-4, n%-4
	case -9:
		q, r = n/-9, n%-9
	}
	return q == n/d && r == n%d && q*d+r == n
}

//go:noinline
func checkU32(n uint32) bool {
	d3, d7, d10, d255, d65536 := uint32(3), uint32(7), uint32(10), uint32(255), uint32(65536)
	if n > 1<<31 {
		d3 += 0
	}
	return n/3 == n/d3 && n%7 == n%d7 && n/10 == n/d10 && n%255 == n%d255 && n/65536 == n/d65536 && n%65536 == n&65535
}

func main() {
	ds := []int64{1, 2, 3, 5, 7, 8, 10, 641, 1024, 1000003, -1, -4, -9}
	ns := []int64{0, 1, -1, 2, 9, 10, 11, 99, 100, -100, 1<<31 - 1, -1 << 31, 1<<63 - 1, -1 << 63, 123456789012345}
	bad := 0
	for _, d := range ds {
		for _, n := range ns {
			for k := int64(-3); k <= 3; k++ {
				if !checkI(n+k, d) {
					bad++
					println("bad", n+k, d)
				}
			}
		}
	}
	for n := uint32(1); n != 0; {
		if !checkU32(n) || !checkU32(n-1) || !checkU32(^n) {
			bad++
			println("bad u32", n)
		}
		n <<= 1
	}
	println("bad:", bad)
	var even, odd int
	for i := int8(-128); ; i++ {
		if i%2 == 0 {
			even++
		} else {
			odd++
		}
		if i == 127 {
			break
		}
	}
	println(even, odd)
}
