// run

// Composite literals that need no code: nested tables, pointers, strings, functions, interfaces.
package main

type op struct {
	name string
	prec int
	fn   func(int, int) int
	sub  *op
}

type shape interface{ area() int }
type sq struct{ s int }

func (s sq) area() int { return s.s * s.s }

func add(a, b int) int { return a + b }

var ops = []op{
	{"+", 1, add, nil},
	{"*", 2, func(a, b int) int { return a * b }, &op{name: "inner", prec: 9}},
	{name: "-", fn: func(a, b int) int { return a - b }},
}

var primes = [...]uint16{2, 3, 5, 7, 11, 13, 17, 19, 23, 29}
var sparse = [100]int{10: 1, 50: 2, 99: 3}
var matrix = [2][3]float64{{1, 2, 3}, {4, 5, 6.5}}
var words = map[string][]string{"fruit": {"apple", "pear"}, "veg": {"leek"}, "none": nil}
var shapes = []shape{sq{2}, &sq{3}, nil}
var anys = [...]any{1, "two", 3.5, nil, true, 'x', []int{1, 2}, sq{4}, &sparse}
var p1, p2 = &primes[3], &sparse[50]
var strs = []string{"alpha", "beta", 3: "delta"}
var nested = struct {
	a int
	b struct{ c []byte }
}{1, struct{ c []byte }{[]byte("bytes")}}
var ring1 = &link{name: "1", next: ring2}
var ring2 = &link{name: "2", next: nil}
var bits = 1<<3 | 1<<7
var neg, cplx = -5, 1 + 2i
var arrOfPtr = [3]*int{p1x, nil, &bits}
var p1x = &neg
var slice = sparse[45:55]
var fnVar = add
var empty = []int{}
var nilSlice []int

type link struct {
	name string
	next *link
}

func main() {
	for _, o := range ops {
		print(o.name, o.prec, " ", o.fn(6, 7), " ")
	}
	println(ops[1].sub.name, ops[1].sub.prec)
	s := 0
	for _, p := range primes {
		s += int(p)
	}
	for _, v := range sparse {
		s += v
	}
	println(s, matrix[1][2], len(words), words["fruit"][1], words["none"] == nil)
	println(shapes[0].area(), shapes[1].area(), shapes[2] == nil)
	println(anys[0].(int), anys[1].(string), anys[2].(float64), anys[3] == nil, anys[5].(rune), anys[7].(sq).s, anys[8].(*[100]int)[99])
	*p2 = 20
	println(*p1, sparse[50], slice[5], cap(slice))
	primes[3] = 8
	println(*p1, len(strs), strs[3], strs[2] == "")
	println(nested.a, string(nested.b.c), ring1.next.name, ring2.next == nil)
	*arrOfPtr[0]--
	println(neg, *arrOfPtr[2], real(cplx), fnVar(1, 2), empty == nil, nilSlice == nil)
	nested.b.c[0] = 'B'
	strs[0] = "changed"
	println(string(nested.b.c), strs[0])
}
