// run

// A calculator language: scanner, Pratt parser, evaluator, compiler to a stack machine, simplifier and derivative.
package main

import (
	"errors"
	"fmt"
	"math"
	"sort"
	"strconv"
	"strings"
	"unicode"
)

type kind int

const (
	eof kind = iota
	number
	ident
	op
	lparen
	rparen
	comma
	illegal
)

var kindNames = [...]string{"eof", "number", "ident", "op", "(", ")", ",", "illegal"}

func (k kind) String() string { return kindNames[k] }

type token struct {
	kind kind
	text string
	pos  int
}

type scanner struct {
	src []rune
	pos int
}

func (s *scanner) take(f func(rune) bool) string {
	start := s.pos
	for s.pos < len(s.src) && f(s.src[s.pos]) {
		s.pos++
	}
	return string(s.src[start:s.pos])
}

func (s *scanner) next() token {
	s.take(unicode.IsSpace)
	start := s.pos
	if start >= len(s.src) {
		return token{eof, "", start}
	}
	switch r := s.src[s.pos]; {
	case unicode.IsDigit(r) || r == '.':
		t := s.take(func(r rune) bool { return unicode.IsDigit(r) || r == '.' })
		if s.pos < len(s.src) && (s.src[s.pos] == 'e' || s.src[s.pos] == 'E') {
			s.pos++
			t += "e" + s.take(func(r rune) bool { return unicode.IsDigit(r) || r == '-' })
		}
		return token{number, t, start}
	case unicode.IsLetter(r):
		return token{ident, s.take(func(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) || r == '_' }), start}
	case r == '(':
		s.pos++
		return token{lparen, "(", start}
	case r == ')':
		s.pos++
		return token{rparen, ")", start}
	case r == ',':
		s.pos++
		return token{comma, ",", start}
	case strings.ContainsRune("+-*/^%<>=!&|?:", r):
		s.pos++
		t := string(r)
		if s.pos < len(s.src) {
			switch two := t + string(s.src[s.pos]); two {
			case "<=", ">=", "==", "!=", "&&", "||":
				s.pos++
				t = two
			}
		}
		return token{op, t, start}
	default:
		s.pos++
		return token{illegal, string(r), start}
	}
}

type expr interface {
	fmt.Stringer
	eval(env) float64
	emit(*program)
}

type (
	env  map[string]float64
	num  float64
	name string
	un   struct {
		op string
		x  expr
	}
	bin struct {
		op   string
		x, y expr
	}
	cond struct{ c, x, y expr }
	call struct {
		fn   string
		args []expr
	}
	assign struct {
		to string
		x  expr
	}
)

type evalError struct{ msg string }

func (e evalError) Error() string { return "eval: " + e.msg }

type syntaxError struct {
	pos int
	msg string
}

func (e *syntaxError) Error() string { return fmt.Sprintf("%d: %s", e.pos, e.msg) }

func (n num) String() string  { return strconv.FormatFloat(float64(n), 'g', -1, 64) }
func (n name) String() string { return string(n) }
func (u un) String() string   { return "(" + u.op + u.x.String() + ")" }
func (b bin) String() string  { return fmt.Sprintf("(%v %s %v)", b.x, b.op, b.y) }
func (c cond) String() string { return fmt.Sprintf("(%v ? %v : %v)", c.c, c.x, c.y) }
func (c call) String() string {
	parts := make([]string, len(c.args))
	for i, a := range c.args {
		parts[i] = a.String()
	}
	return c.fn + "(" + strings.Join(parts, ", ") + ")"
}
func (a assign) String() string { return a.to + " = " + a.x.String() }

func truth(b bool) float64 {
	if b {
		return 1
	}
	return 0
}

var binops = map[string]func(a, b float64) float64{
	"+": func(a, b float64) float64 { return a + b }, "-": func(a, b float64) float64 { return a - b },
	"*": func(a, b float64) float64 { return a * b },
	"/": func(a, b float64) float64 {
		if b == 0 {
			panic(evalError{"division by zero"})
		}
		return a / b
	},
	"%": math.Mod, "^": math.Pow,
	"<": func(a, b float64) float64 { return truth(a < b) }, ">": func(a, b float64) float64 { return truth(a > b) },
	"<=": func(a, b float64) float64 { return truth(a <= b) }, ">=": func(a, b float64) float64 { return truth(a >= b) },
	"==": func(a, b float64) float64 { return truth(a == b) }, "!=": func(a, b float64) float64 { return truth(a != b) },
	"&&": func(a, b float64) float64 { return truth(a != 0 && b != 0) }, "||": func(a, b float64) float64 { return truth(a != 0 || b != 0) },
}

type function struct {
	arity int
	fn    func([]float64) float64
}

func one(f func(float64) float64) function {
	return function{1, func(a []float64) float64 { return f(a[0]) }}
}

var functions = map[string]function{
	"sin": one(math.Sin), "cos": one(math.Cos), "sqrt": one(math.Sqrt), "abs": one(math.Abs), "exp": one(math.Exp), "ln": one(math.Log), "floor": one(math.Floor),
	"max": {-1, func(a []float64) float64 {
		m := math.Inf(-1)
		for _, x := range a {
			m = max(m, x)
		}
		return m
	}},
	"sum": {-1, func(a []float64) (s float64) {
		for _, x := range a {
			s += x
		}
		return
	}},
	"hypot": {2, func(a []float64) float64 { return math.Hypot(a[0], a[1]) }},
}

func (n num) eval(env) float64 { return float64(n) }
func (n name) eval(e env) float64 {
	v, ok := e[string(n)]
	if !ok {
		panic(evalError{"undefined: " + string(n)})
	}
	return v
}
func (u un) eval(e env) float64 {
	x := u.x.eval(e)
	if u.op == "!" {
		return truth(x == 0)
	}
	return -x
}
func (b bin) eval(e env) float64 {
	switch x := b.x.eval(e); {
	case b.op == "&&" && x == 0:
		return 0
	case b.op == "||" && x != 0:
		return 1
	default:
		return binops[b.op](x, b.y.eval(e))
	}
}
func (c cond) eval(e env) float64 {
	if c.c.eval(e) != 0 {
		return c.x.eval(e)
	}
	return c.y.eval(e)
}
func (c call) eval(e env) float64 {
	args := make([]float64, len(c.args))
	for i, a := range c.args {
		args[i] = a.eval(e)
	}
	return functions[c.fn].fn(args)
}
func (a assign) eval(e env) float64 {
	v := a.x.eval(e)
	e[a.to] = v
	return v
}

// The parser.
var precedence = map[string]int{"=": 1, "?": 2, "||": 3, "&&": 4, "==": 5, "!=": 5, "<": 6, ">": 6, "<=": 6, ">=": 6, "+": 7, "-": 7, "*": 8, "/": 8, "%": 8, "^": 10}

type parser struct {
	scanner
	tok token
}

func (p *parser) advance() token {
	t := p.tok
	p.tok = p.next()
	return t
}

func (p *parser) fail(format string, args ...any) {
	panic(&syntaxError{p.tok.pos, fmt.Sprintf(format, args...)})
}

func (p *parser) expect(k kind) {
	if p.tok.kind != k {
		p.fail("expected %v, found %v %q", k, p.tok.kind, p.tok.text)
	}
	p.advance()
}

func parse(src string) (e expr, err error) {
	p := &parser{scanner: scanner{src: []rune(src)}}
	defer func() {
		switch x := recover().(type) {
		case nil:
		case *syntaxError:
			err = x
		default:
			panic(x)
		}
	}()
	p.advance()
	e = p.expr(0)
	p.expect(eof)
	return
}

func (p *parser) expr(min int) expr {
	x := p.unary()
	for p.tok.kind == op {
		o := p.tok.text
		prec, ok := precedence[o]
		if !ok || prec <= min {
			break
		}
		switch o {
		case "=":
			n, ok := x.(name)
			if !ok {
				p.fail("cannot assign to %v", x)
			}
			p.advance()
			x = assign{string(n), p.expr(prec - 1)}
		case "?":
			p.advance()
			a := p.expr(0)
			if p.tok.text != ":" {
				p.fail("expected :, found %q", p.tok.text)
			}
			p.advance()
			x = cond{x, a, p.expr(prec - 1)}
		case "^":
			p.advance()
			x = bin{o, x, p.expr(prec - 1)}
		default:
			p.advance()
			x = bin{o, x, p.expr(prec)}
		}
	}
	return x
}

func (p *parser) unary() expr {
	if p.tok.kind == op && (p.tok.text == "-" || p.tok.text == "!") {
		o := p.advance().text
		return un{o, p.expr(9)}
	}
	switch t := p.advance(); t.kind {
	case number:
		f, err := strconv.ParseFloat(t.text, 64)
		if err != nil {
			panic(&syntaxError{t.pos, "bad number " + t.text})
		}
		return num(f)
	case ident:
		if p.tok.kind != lparen {
			return name(t.text)
		}
		f, ok := functions[t.text]
		if !ok {
			panic(&syntaxError{t.pos, "unknown function " + t.text})
		}
		p.advance()
		c := call{fn: t.text}
		for p.tok.kind != rparen {
			c.args = append(c.args, p.expr(0))
			if p.tok.kind != comma {
				break
			}
			p.advance()
		}
		p.expect(rparen)
		if f.arity >= 0 && f.arity != len(c.args) {
			panic(&syntaxError{t.pos, fmt.Sprintf("%s takes %d arguments, got %d", t.text, f.arity, len(c.args))})
		}
		return c
	case lparen:
		x := p.expr(0)
		p.expect(rparen)
		return x
	default:
		panic(&syntaxError{t.pos, fmt.Sprintf("unexpected %v %q", t.kind, t.text)})
	}
}

// The stack machine.
type instr struct {
	code byte
	str  string
	val  float64
	n    int
}
type program struct{ code []instr }

func (p *program) add(i instr) int { p.code = append(p.code, i); return len(p.code) - 1 }

func (n num) emit(p *program)  { p.add(instr{code: 'c', val: float64(n)}) }
func (n name) emit(p *program) { p.add(instr{code: 'l', str: string(n)}) }
func (u un) emit(p *program)   { u.x.emit(p); p.add(instr{code: 'u', str: u.op}) }
func (b bin) emit(p *program) {
	b.x.emit(p)
	if b.op == "&&" || b.op == "||" {
		j := p.add(instr{code: 's', str: b.op})
		b.y.emit(p)
		p.add(instr{code: 't'})
		p.code[j].n = len(p.code)
		return
	}
	b.y.emit(p)
	p.add(instr{code: 'b', str: b.op})
}
func (c cond) emit(p *program) {
	c.c.emit(p)
	jz := p.add(instr{code: 'z'})
	c.x.emit(p)
	j := p.add(instr{code: 'j'})
	p.code[jz].n = len(p.code)
	c.y.emit(p)
	p.code[j].n = len(p.code)
}
func (c call) emit(p *program) {
	for _, a := range c.args {
		a.emit(p)
	}
	p.add(instr{code: 'f', str: c.fn, n: len(c.args)})
}
func (a assign) emit(p *program) { a.x.emit(p); p.add(instr{code: 'w', str: a.to}) }

func (p *program) run(e env) float64 {
	var st []float64
	pop := func() float64 {
		v := st[len(st)-1]
		st = st[:len(st)-1]
		return v
	}
	for pc := 0; pc < len(p.code); pc++ {
		switch i := p.code[pc]; i.code {
		case 'c':
			st = append(st, i.val)
		case 'l':
			st = append(st, name(i.str).eval(e))
		case 'u':
			st = append(st, un{i.str, num(pop())}.eval(nil))
		case 'b':
			y := pop()
			x := pop()
			st = append(st, binops[i.str](x, y))
		case 's':
			x := pop()
			if (x != 0) == (i.str == "||") {
				st = append(st, truth(x != 0))
				pc = i.n - 1
			}
		case 't':
			st = append(st, truth(pop() != 0))
		case 'z':
			if pop() == 0 {
				pc = i.n - 1
			}
		case 'j':
			pc = i.n - 1
		case 'f':
			args := append([]float64(nil), st[len(st)-i.n:]...)
			st = append(st[:len(st)-i.n], functions[i.str].fn(args))
		case 'w':
			e[i.str] = st[len(st)-1]
		default:
			panic(fmt.Sprintf("bad instruction %c", i.code))
		}
	}
	return pop()
}

// Symbolic work.
func simplify(e expr) expr {
	switch e := e.(type) {
	case un:
		x := simplify(e.x)
		if n, ok := x.(num); ok && e.op == "-" {
			return -n
		}
		return un{e.op, x}
	case bin:
		x, y := simplify(e.x), simplify(e.y)
		a, aok := x.(num)
		b, bok := y.(num)
		switch {
		case aok && bok && !(e.op == "/" && b == 0):
			return num(bin{e.op, a, b}.eval(nil))
		case e.op == "*" && (aok && a == 0 || bok && b == 0):
			return num(0)
		case e.op == "*" && aok && a == 1, e.op == "+" && aok && a == 0:
			return y
		case e.op == "*" && bok && b == 1, (e.op == "+" || e.op == "-") && bok && b == 0, e.op == "^" && bok && b == 1:
			return x
		}
		return bin{e.op, x, y}
	case call:
		out := call{fn: e.fn}
		for _, a := range e.args {
			out.args = append(out.args, simplify(a))
		}
		return out
	}
	return e
}

func derive(e expr, v string) (expr, error) {
	switch e := e.(type) {
	case num:
		return num(0), nil
	case name:
		return num(truth(string(e) == v)), nil
	case un:
		d, err := derive(e.x, v)
		return un{e.op, d}, err
	case bin:
		dx, err1 := derive(e.x, v)
		dy, err2 := derive(e.y, v)
		if err := errors.Join(err1, err2); err != nil {
			return nil, err
		}
		switch e.op {
		case "+", "-":
			return bin{e.op, dx, dy}, nil
		case "*":
			return bin{"+", bin{"*", dx, e.y}, bin{"*", e.x, dy}}, nil
		case "^":
			if n, ok := e.y.(num); ok {
				return bin{"*", bin{"*", n, bin{"^", e.x, n - 1}}, dx}, nil
			}
		}
	case call:
		if len(e.args) == 1 {
			d, err := derive(e.args[0], v)
			if err != nil {
				return nil, err
			}
			switch e.fn {
			case "sin":
				return bin{"*", call{"cos", e.args}, d}, nil
			case "cos":
				return un{"-", bin{"*", call{"sin", e.args}, d}}, nil
			case "exp":
				return bin{"*", e, d}, nil
			}
		}
	}
	return nil, fmt.Errorf("cannot derive %v", e)
}

func safely(f func() float64) (v float64, err error) {
	defer func() {
		if e, ok := recover().(evalError); ok {
			err = e
		}
	}()
	return f(), nil
}

func main() {
	e := env{"pi": math.Pi, "x": 2}
	for _, src := range []string{
		"1 + 2 * 3", "(1+2)*3", "2^3^2", "-2^2", "10 - 4 - 3", "7 % 4 + 1e3", "1 < 2 && 2 < 3", "x = 5", "x * x", "y = x = 3", "x + y",
		"sin(pi/2) + cos(0)", "max(1, 5, 3) - sum()", "hypot(3,4)", "x > 2 ? 10 : 20", "0 ? 1 : 0 ? 2 : 3", "1/0", "z", "1 || z", "0 && z", "!0 + !5",
		"1 +", "(1", "sin(1,2)", "foo(1)", "1 = 2", "3 $ 4", "1.2.3", "é2 = 4", "é2 ^ .5", "1 ? 2", "sqrt(abs(-16)) * floor(2.9)",
	} {
		x, err := parse(src)
		if err != nil {
			var se *syntaxError
			fmt.Printf("%-30s error %v %v\n", src, err, errors.As(err, &se))
			continue
		}
		var p program
		x.emit(&p)
		e2 := env{}
		for k, v := range e {
			e2[k] = v
		}
		v2, err2 := safely(func() float64 { return p.run(e2) })
		v, err := safely(func() float64 { return x.eval(e) })
		fmt.Printf("%-30s %v = %v", src, x, v)
		if err != nil {
			fmt.Printf(" (%v)", err)
		}
		if v != v2 || err != err2 {
			fmt.Printf(" DIFFERS %v %v", v2, err2)
		}
		fmt.Println(" ", len(p.code))
	}
	keys := make([]string, 0, len(e))
	for k := range e {
		keys = append(keys, k)
	}
	sort.Strings(keys)
	fmt.Println(keys)
	for _, src := range []string{"3*x^2 + 2*x + 1", "sin(x^2)", "exp(2*x)*x", "x^x", "0*x + 1*x - 0", "cos(x) * (2+3)"} {
		x, _ := parse(src)
		d, err := derive(x, "x")
		if err != nil {
			fmt.Println(src, simplify(x), err)
			continue
		}
		s := simplify(d)
		fmt.Printf("d/dx %v = %v at 2: %.6f\n", simplify(x), s, s.eval(env{"x": 2}))
	}
}
