// run

// Switches: no condition, fallthrough, lists, strings, big tables, initialisers, duplicates by value.
package main

func grade(n int) string {
	switch {
	case n >= 90:
		return "A"
	case n >= 80:
		return "B"
	default:
		return "F"
	case n >= 70:
		return "C"
	}
}

func ft(n int) (s string) {
	switch n {
	case 0:
		s += "0"
		fallthrough
	case 1:
		s += "1"
		fallthrough
	default:
		s += "d"
	case 2:
		s += "2"
		fallthrough
	case 3:
		s += "3"
	}
	return
}

func month(s string) int {
	switch s {
	case "jan":
		return 1
	case "feb":
		return 2
	case "mar":
		return 3
	case "apr":
		return 4
	case "may":
		return 5
	case "june":
		return 6
	case "july":
		return 7
	case "august":
		return 8
	case "september":
		return 9
	case "october":
		return 10
	case "":
		return 0
	}
	return -1
}

func table(n int) int {
	switch n {
	case 0, 1, 2:
		return 100
	case 3:
		return 103
	case 4:
		return 104
	case 5:
		return 105
	case 6, 60, 600:
		return 106
	case 7:
		return 107
	case 8:
		return 108
	case -9:
		return -109
	case 10:
		return 110
	case 11:
		return 111
	case 12:
		return 112
	case 1 << 40:
		return 140
	}
	return -1
}

func order(s string) (out string) {
	f := func(n int) int { out += string(rune('0' + n)); return n }
	switch f(3) {
	case f(1), f(2):
		out += "a"
	case f(3), f(4):
		out += "b"
	case f(5):
		out += "c"
	}
	return
}

func main() {
	println(grade(95), grade(85), grade(75), grade(5))
	for i := range 5 {
		print(ft(i), " ")
	}
	println()
	for _, s := range []string{"jan", "may", "june", "september", "october", "", "nov", "feb"} {
		print(month(s), " ")
	}
	println()
	for _, n := range []int{-9, 0, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 60, 600, 601, 1 << 40, -1 << 40} {
		print(table(n), " ")
	}
	println()
	println(order(""))
	switch x := 5; {
	case x > 3:
		println("x > 3")
	}
	switch x, y := 1, 2; x + y {
	case 3:
		println("three")
	}
	switch f := 2.5; f {
	case 2.5:
		println("float")
	}
	var i any = 3
	switch i {
	case "3":
		println("string")
	case 3.0:
		println("float")
	case 3:
		println("int")
	}
	switch c := 'x'; {
	case 'a' <= c && c <= 'z':
		println("lower")
	}
	switch struct{ a, b int }{1, 2} {
	case struct{ a, b int }{1, 2}:
		println("struct")
	}
	switch true {
	case false:
		println("no")
	default:
	}
	switch {
	}
	var u uint8 = 200
	switch {
	case u > 100 && u < 150:
		println("mid")
	case u >= 150:
		println("high")
	}
}
