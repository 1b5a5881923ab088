// run

// Matrices with generics, linear algebra, descriptive statistics, regression, clustering, histograms.
package main

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"os"
	"slices"
	"sort"
	"strings"
	"text/tabwriter"
)

type number interface {
	~int | ~float64 | ~complex128
}

type matrix[T number] struct {
	rows, cols int
	data       []T
}

var errShape = errors.New("shapes do not match")
var errSingular = errors.New("matrix is singular")

func zeros[T number](r, c int) *matrix[T] { return &matrix[T]{r, c, make([]T, r*c)} }

func of[T number](rows ...[]T) *matrix[T] {
	m := zeros[T](len(rows), len(rows[0]))
	for i, r := range rows {
		if copy(m.row(i), r) != m.cols {
			panic(errShape)
		}
	}
	return m
}

func identity[T number](n int) *matrix[T] {
	m := zeros[T](n, n)
	for i := range n {
		*m.at(i, i) = 1
	}
	return m
}

func (m *matrix[T]) at(i, j int) *T { return &m.data[i*m.cols+j] }
func (m *matrix[T]) row(i int) []T  { return m.data[i*m.cols : (i+1)*m.cols : (i+1)*m.cols] }

func (m *matrix[T]) String() string {
	var b strings.Builder
	for i := range m.rows {
		fmt.Fprintln(&b, m.row(i))
	}
	return b.String()
}

func (m *matrix[T]) mul(o *matrix[T]) (*matrix[T], error) {
	if m.cols != o.rows {
		return nil, fmt.Errorf("%w: %dx%d by %dx%d", errShape, m.rows, m.cols, o.rows, o.cols)
	}
	out := zeros[T](m.rows, o.cols)
	for i := range m.rows {
		for k, a := range m.row(i) {
			dst := out.row(i)
			for j, b := range o.row(k) {
				dst[j] += a * b
			}
		}
	}
	return out, nil
}

func (m *matrix[T]) each(f func(i, j int, v T) T) *matrix[T] {
	out := zeros[T](m.rows, m.cols)
	for i := range m.rows {
		for j := range m.cols {
			*out.at(i, j) = f(i, j, *m.at(i, j))
		}
	}
	return out
}

func (m *matrix[T]) transpose() *matrix[T] {
	out := zeros[T](m.cols, m.rows)
	for i := range m.rows {
		for j := range m.cols {
			*out.at(j, i) = *m.at(i, j)
		}
	}
	return out
}

func (m *matrix[T]) pow(n uint) *matrix[T] {
	out := identity[T](m.rows)
	for sq := m; n > 0; n >>= 1 {
		if n&1 == 1 {
			out, _ = out.mul(sq)
		}
		sq, _ = sq.mul(sq)
	}
	return out
}

func (m *matrix[T]) trace() (t T) {
	for i := range min(m.rows, m.cols) {
		t += *m.at(i, i)
	}
	return
}

// lu solves and inverts by Gaussian elimination with pivoting.
func eliminate(m *matrix[float64], rhs *matrix[float64]) (det float64, x *matrix[float64], err error) {
	a, b := m.each(func(_, _ int, v float64) float64 { return v }), rhs.each(func(_, _ int, v float64) float64 { return v })
	n := a.rows
	det = 1
	for c := range n {
		p := c
		for r := c + 1; r < n; r++ {
			if math.Abs(*a.at(r, c)) > math.Abs(*a.at(p, c)) {
				p = r
			}
		}
		if math.Abs(*a.at(p, c)) < 1e-12 {
			return 0, nil, errSingular
		}
		if p != c {
			for j := range n {
				pa, ca := a.at(p, j), a.at(c, j)
				*pa, *ca = *ca, *pa
			}
			for j := range b.cols {
				pb, cb := b.at(p, j), b.at(c, j)
				*pb, *cb = *cb, *pb
			}
			det = -det
		}
		pivot := *a.at(c, c)
		det *= pivot
		for r := range n {
			if r == c {
				continue
			}
			f := *a.at(r, c) / pivot
			for j := c; j < n; j++ {
				*a.at(r, j) -= f * *a.at(c, j)
			}
			for j := range b.cols {
				*b.at(r, j) -= f * *b.at(c, j)
			}
		}
	}
	for r := range n {
		d := *a.at(r, r)
		for j := range b.cols {
			*b.at(r, j) /= d
		}
	}
	return det, b, nil
}

func round(m *matrix[float64], digits int) *matrix[float64] {
	k := math.Pow10(digits)
	return m.each(func(_, _ int, v float64) float64 { return math.Round(v*k)/k + 0 })
}

// dominant finds the largest eigenvalue by power iteration.
func dominant(m *matrix[float64]) (value float64, vec []float64, steps int) {
	vec = make([]float64, m.rows)
	vec[0] = 1
	for steps = 1; steps < 1000; steps++ {
		next := make([]float64, m.rows)
		norm := 0.0
		for i := range next {
			for j, v := range m.row(i) {
				next[i] += v * vec[j]
			}
			norm = max(norm, math.Abs(next[i]))
		}
		for i := range next {
			next[i] /= norm
		}
		done := math.Abs(norm-value) < 1e-12
		value, vec = norm, next
		if done {
			break
		}
	}
	return
}

type series struct {
	name string
	xs   []float64
}

type summary struct {
	n                               int
	mean, stddev, skew, med, q1, q3 float64
	lo, hi                          float64
}

func (s series) quantile(p float64) float64 {
	xs := slices.Sorted(slices.Values(s.xs))
	pos := p * float64(len(xs)-1)
	lo, frac := math.Modf(pos)
	i := int(lo)
	if i+1 >= len(xs) {
		return xs[i]
	}
	return xs[i]*(1-frac) + xs[i+1]*frac
}

func (s series) summarize() (out summary, err error) {
	if len(s.xs) == 0 {
		return out, fmt.Errorf("series %s is empty", s.name)
	}
	out.n = len(s.xs)
	var m2, m3 float64
	for i, x := range s.xs {
		n := float64(i + 1)
		d := x - out.mean
		dn := d / n
		t := d * dn * (n - 1)
		out.mean += dn
		m3 += t*dn*(n-2) - 3*dn*m2
		m2 += t
	}
	out.stddev = math.Sqrt(m2 / float64(out.n))
	out.skew = math.Sqrt(float64(out.n)) * m3 / math.Pow(m2, 1.5)
	out.med, out.q1, out.q3 = s.quantile(.5), s.quantile(.25), s.quantile(.75)
	out.lo, out.hi = slices.Min(s.xs), slices.Max(s.xs)
	return
}

func correlation(a, b []float64) float64 {
	var sa, sb, saa, sbb, sab float64
	n := float64(len(a))
	for i := range a {
		sa += a[i]
		sb += b[i]
		saa += a[i] * a[i]
		sbb += b[i] * b[i]
		sab += a[i] * b[i]
	}
	return (n*sab - sa*sb) / math.Sqrt((n*saa-sa*sa)*(n*sbb-sb*sb))
}

// polyfit solves the normal equations.
func polyfit(xs, ys []float64, degree int) ([]float64, error) {
	x := zeros[float64](len(xs), degree+1)
	y := &matrix[float64]{len(ys), 1, ys}
	for i, v := range xs {
		p := 1.0
		for j := range degree + 1 {
			*x.at(i, j) = p
			p *= v
		}
	}
	xt := x.transpose()
	a, err1 := xt.mul(x)
	b, err2 := xt.mul(y)
	if err := errors.Join(err1, err2); err != nil {
		return nil, err
	}
	_, c, err := eliminate(a, b)
	if err != nil {
		return nil, fmt.Errorf("degree %d: %w", degree, err)
	}
	return c.data, nil
}

type point struct{ x, y float64 }

func (p point) dist(q point) float64 { return math.Hypot(p.x-q.x, p.y-q.y) }

func kmeans(ps []point, k int) (centers []point, sizes []int, rounds int) {
	centers = slices.Clone(ps[:k])
	assign := make([]int, len(ps))
	for changed := true; changed; rounds++ {
		changed = false
		for i, p := range ps {
			best := 0
			for c := range centers {
				if p.dist(centers[c]) < p.dist(centers[best]) {
					best = c
				}
			}
			if rounds == 0 || assign[i] != best {
				assign[i], changed = best, true
			}
		}
		sums := make([]struct {
			point
			n int
		}, k)
		for i, p := range ps {
			s := &sums[assign[i]]
			s.x += p.x
			s.y += p.y
			s.n++
		}
		sizes = sizes[:0]
		for c, s := range sums {
			if s.n > 0 {
				centers[c] = point{s.x / float64(s.n), s.y / float64(s.n)}
			}
			sizes = append(sizes, s.n)
		}
	}
	return
}

func histogram[T cmp.Ordered](xs []T, edges ...T) map[string]int {
	out := map[string]int{}
	for _, x := range xs {
		i, found := slices.BinarySearch(edges, x)
		if found {
			i++
		}
		switch i {
		case 0:
			out[fmt.Sprintf("<%v", edges[0])]++
		case len(edges):
			out[fmt.Sprintf(">=%v", edges[len(edges)-1])]++
		default:
			out[fmt.Sprintf("[%v,%v)", edges[i-1], edges[i])]++
		}
	}
	return out
}

type lcg uint64

func (l *lcg) float() float64 {
	*l = *l*6364136223846793005 + 1442695040888963407
	return float64(*l>>11) / (1 << 53)
}

func (l *lcg) normal() float64 {
	s := 0.0
	for range 12 {
		s += l.float()
	}
	return s - 6
}

func main() {
	a := of([]int{1, 2, 3}, []int{4, 5, 6})
	p, err := a.mul(a.transpose())
	fmt.Print(p, a.transpose(), err, p.trace(), "\n")
	_, err = a.mul(a)
	fmt.Println(err, errors.Is(err, errShape))
	fmt.Print(of([]int{1, 1}, []int{1, 0}).pow(60))
	fmt.Print(of([]complex128{0, 1i}, []complex128{1i, 0}).pow(3))
	func() {
		defer func() { fmt.Println("recovered", recover()) }()
		of([]int{1, 2}, []int{3})
	}()
	m := of([]float64{2, 1, -1}, []float64{-3, -1, 2}, []float64{-2, 1, 2})
	det, x, err := eliminate(m, of([]float64{8}, []float64{-11}, []float64{-3}))
	fmt.Printf("%.4f %v %v\n", det, round(x, 6).data, err)
	_, inv, _ := eliminate(m, identity[float64](3))
	back, _ := m.mul(inv)
	fmt.Print(round(inv, 4), round(back, 9))
	_, _, err = eliminate(of([]float64{1, 2}, []float64{2, 4}), identity[float64](2))
	fmt.Println(err)
	h := zeros[float64](6, 6).each(func(i, j int, _ float64) float64 { return 1 / float64(i+j+1) })
	det, _, err = eliminate(h, identity[float64](6))
	fmt.Printf("%.6g %v\n", det, err)
	val, vec, steps := dominant(of([]float64{2, 1}, []float64{1, 3}))
	fmt.Printf("%.9f %.6f %t\n", val, vec, steps < 100)

	var g lcg = 12345
	data := []series{{name: "uniform"}, {name: "normal"}, {name: "square"}, {name: "short", xs: []float64{3, 1, 2}}, {name: "empty"}}
	for i := range 1000 {
		data[0].xs = append(data[0].xs, g.float())
		data[1].xs = append(data[1].xs, g.normal()*2+10)
		data[2].xs = append(data[2].xs, float64(i*i%97))
	}
	w := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(w, "name\tn\tmean\tstddev\tskew\tmedian\tq1\tq3\tmin\tmax\t")
	var failed []error
	for _, s := range data {
		sum, err := s.summarize()
		if err != nil {
			failed = append(failed, err)
			continue
		}
		fmt.Fprintf(w, "%s\t%d", s.name, sum.n)
		for _, f := range []float64{sum.mean, sum.stddev, sum.skew, sum.med, sum.q1, sum.q3, sum.lo, sum.hi} {
			fmt.Fprintf(w, "\t%.4f", f)
		}
		fmt.Fprintln(w, "\t")
	}
	w.Flush()
	fmt.Println(failed)
	fmt.Printf("%.6f %.6f\n", correlation(data[0].xs, data[1].xs), correlation(data[1].xs, data[1].xs))
	hist := histogram(data[1].xs, 6.0, 8, 10, 12, 14)
	keys := make([]string, 0)
	for k := range hist {
		keys = append(keys, k)
	}
	sort.Strings(keys)
	for _, k := range keys {
		fmt.Printf("%-8s %s %d\n", k, strings.Repeat("#", hist[k]/10), hist[k])
	}
	fmt.Println(histogram([]string{"apple", "kiwi", "zoo"}, "b", "m"))
	xs, ys := []float64{}, []float64{}
	for i := range 20 {
		v := float64(i) / 4
		xs = append(xs, v)
		ys = append(ys, 1.5-2*v+0.5*v*v)
	}
	for d := range 4 {
		c, err := polyfit(xs, ys, d)
		fmt.Printf("%d", d)
		for _, v := range c {
			fmt.Printf(" %.5f", math.Round(v*1e5)/1e5+0)
		}
		fmt.Println(err)
	}
	_, err = polyfit([]float64{1, 1}, []float64{2, 2}, 2)
	fmt.Println(err, errors.Is(err, errSingular))
	var ps []point
	for i := range 90 {
		c := []point{{0, 0}, {10, 0}, {5, 8}}[i%3]
		ps = append(ps, point{c.x + g.normal(), c.y + g.normal()})
	}
	centers, sizes, rounds := kmeans(ps, 3)
	fmt.Printf("%.3f %v %d\n", centers, sizes, rounds)
}
