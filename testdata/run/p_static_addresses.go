// run

// Addresses of parts of package variables are known before the program starts.
package main

type inner struct {
	a, b int32
}

type outer struct {
	n [4]inner
	inner
	p *inner
}

var v outer
var table = [...]*int32{&v.a, &v.inner.b, &v.n[2].b, &(v.n)[3].a, &late().b, &w[len(w)-1]}
var w [3]int32
var elem = &v.n[1]
var first = &v.n[0]
var through = &first.a

func late() *inner { return &v.n[0] }

func init() {
	v.p = &v.n[3]
}

func main() {
	for i, p := range table {
		*p = int32(i + 1)
	}
	elem.a = 10
	for _, x := range v.n {
		println(x.a, x.b)
	}
	println(v.a, v.b, w[2], through == &v.n[0].a, *through)
}
