// run

package main

import (
	"fmt"
	"math"
)

func main() {
	fs := []float64{0, 1, -1, 0.1, 1.0 / 3, 123456789, 1e6, 1e20, 1e21, 1e-4, 1e-5, 123456.789, math.MaxFloat64, math.SmallestNonzeroFloat64, math.Pi, 2.5, 3.5, 0.5, 1e100, 100000, 99999.95}
	for _, f := range fs {
		fmt.Printf("%v|%g|%e|%f|%.2f|%8.3f|%-10.1f|%+.1e|%G|%08.2f|% .3g|%#g\n", f, f, f, f, f, f, f, f, f, f, f, f)
	}
	for _, f := range []float64{math.Inf(1), math.Inf(-1), math.NaN(), math.Copysign(0, -1)} {
		fmt.Printf("%v|%f|%+f|%8.2f|%-8v|%08f|% f|%e\n", f, f, f, f, f, f, f, f)
	}
	for _, f := range []float32{0.1, 1.0 / 3, 16777216, 3.4e38, 1e-45} {
		fmt.Printf("%v|%g|%.10f|%e\n", f, f, f, f)
	}
	fmt.Printf("%x|%X|%.3x|%b|%x\n", 1.5, -0.1, 1.0, 1.0, 0.0)
	fmt.Printf("%v|%.2f|%+v|%8.1f|%g\n", 1+2i, 3-4i, complex(0, -1), 1.25+0.5i, complex64(1i))
	fmt.Printf("%v %v\n", complex(math.Inf(1), math.NaN()), []float64{1, 2.5})
	fmt.Printf("%6.2f%%|%.3v|%10.4v|%.0f|%.0f|%.0f\n", 12.345, 3.14159, 2.71828, 0.5, 1.5, 2.5)
	fmt.Printf("%.20f %.30e\n", 0.1, 1.0/3)
	fmt.Println(1e6, 1e20, 1e21, 1e-5, float32(1e10), 3.0, 1.5e300*1e5)
	for i := range 12 {
		fmt.Print(math.Pow(10, float64(i*3-15)), " ")
	}
	fmt.Println()
	fmt.Printf("%#v %#v %#v %#v %#v\n", 1.0, 1e6, 1e21, float32(2.5), math.Inf(-1))
	fmt.Printf("%d %s %t\n", 1.5, 2.5, 3.5)
	fmt.Printf("%5.1f|%-7.2f|%07.2f|%+07.2f|%x\n", -3.14159, -3.14159, -3.14159, 3.14159, float32(0.5))
}
