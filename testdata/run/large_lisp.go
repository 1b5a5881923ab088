// run

// A tiny LISP: reader, environments, special forms, tail calls, macros, closures, errors with traces.
package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"sort"
	"strconv"
	"strings"
	"unicode"
)

type value interface{}

type symbol string

type pair struct{ car, cdr value }

type builtin struct {
	name     string
	min, max int
	fn       func([]value) (value, error)
}

type lambda struct {
	name   string
	params []symbol
	rest   symbol
	body   []value
	env    *env
	macro  bool
}

type env struct {
	vars  map[symbol]value
	outer *env
}

type lispError struct {
	msg   string
	trace []string
}

func (e *lispError) Error() string {
	if len(e.trace) == 0 {
		return e.msg
	}
	return e.msg + " in " + strings.Join(e.trace, " < ")
}

type thrown struct{ v value }

func (t thrown) Error() string { return "uncaught: " + show(t.v) }

func errorf(format string, args ...any) error { return &lispError{msg: fmt.Sprintf(format, args...)} }

var nilSym = symbol("nil")

func list(vs ...value) value {
	var out value = nilSym
	for i := len(vs) - 1; i >= 0; i-- {
		out = &pair{vs[i], out}
	}
	return out
}

func slice(v value) ([]value, error) {
	var out []value
	for {
		switch x := v.(type) {
		case *pair:
			out = append(out, x.car)
			v = x.cdr
		case symbol:
			if x == nilSym {
				return out, nil
			}
			return nil, errorf("improper list ending in %s", x)
		default:
			return nil, errorf("not a list: %s", show(v))
		}
	}
}

func show(v value) string {
	switch v := v.(type) {
	case nil:
		return "<nothing>"
	case symbol:
		return string(v)
	case float64:
		return strconv.FormatFloat(v, 'g', -1, 64)
	case bool:
		if v {
			return "#t"
		}
		return "#f"
	case string:
		return strconv.Quote(v)
	case *pair:
		var b strings.Builder
		b.WriteByte('(')
		for {
			b.WriteString(show(v.car))
			next, ok := v.cdr.(*pair)
			if !ok {
				if v.cdr != nilSym {
					b.WriteString(" . " + show(v.cdr))
				}
				break
			}
			b.WriteByte(' ')
			v = next
		}
		b.WriteByte(')')
		return b.String()
	case *builtin:
		return "<builtin " + v.name + ">"
	case *lambda:
		kind := "lambda"
		if v.macro {
			kind = "macro"
		}
		return fmt.Sprintf("<%s %s/%d>", kind, v.name, len(v.params))
	}
	return fmt.Sprintf("<%T>", v)
}

// Reader.
type reader struct {
	r    *bufio.Reader
	line int
}

func (r *reader) peek() (rune, error) {
	c, _, err := r.r.ReadRune()
	if err == nil {
		r.r.UnreadRune()
	}
	return c, err
}

func (r *reader) get() (rune, error) {
	c, _, err := r.r.ReadRune()
	if c == '\n' {
		r.line++
	}
	return c, err
}

func (r *reader) skip() error {
	for {
		c, err := r.peek()
		switch {
		case err != nil:
			return err
		case c == ';':
			for c != '\n' {
				if c, err = r.get(); err != nil {
					return err
				}
			}
		case unicode.IsSpace(c):
			r.get()
		default:
			return nil
		}
	}
}

var errClose = errors.New("unexpected )")

func (r *reader) read() (value, error) {
	if err := r.skip(); err != nil {
		return nil, err
	}
	switch c, _ := r.get(); c {
	case '(':
		var items []value
		var tail value = nilSym
		for {
			v, err := r.read()
			switch {
			case errors.Is(err, errClose):
				out := tail
				for i := len(items) - 1; i >= 0; i-- {
					out = &pair{items[i], out}
				}
				return out, nil
			case err == io.EOF:
				return nil, fmt.Errorf("line %d: %w", r.line, io.ErrUnexpectedEOF)
			case err != nil:
				return nil, err
			case v == symbol("."):
				if tail, err = r.read(); err != nil {
					return nil, err
				}
			default:
				items = append(items, v)
			}
		}
	case ')':
		return nil, fmt.Errorf("line %d: %w", r.line, errClose)
	case '\'', '`', ',':
		v, err := r.read()
		name := map[rune]symbol{'\'': "quote", '`': "quasiquote", ',': "unquote"}[c]
		return list(name, v), err
	case '"':
		var b strings.Builder
		for {
			c, err := r.get()
			switch {
			case err != nil:
				return nil, fmt.Errorf("line %d: open string", r.line)
			case c == '"':
				return b.String(), nil
			case c == '\\':
				c, _ = r.get()
				if c == 'n' {
					c = '\n'
				}
			}
			b.WriteRune(c)
		}
	default:
		word := string(c)
		for {
			c, err := r.peek()
			if err != nil || unicode.IsSpace(c) || strings.ContainsRune("()'\";", c) {
				break
			}
			r.get()
			word += string(c)
		}
		if f, err := strconv.ParseFloat(word, 64); err == nil {
			return f, nil
		}
		switch word {
		case "#t":
			return true, nil
		case "#f":
			return false, nil
		}
		return symbol(word), nil
	}
}

// Environments.
func (e *env) find(s symbol) *env {
	for ; e != nil; e = e.outer {
		if _, ok := e.vars[s]; ok {
			return e
		}
	}
	return nil
}

func truthy(v value) bool { return v != false && v != nilSym }

func (l *lambda) bind(args []value) (*env, error) {
	if len(args) < len(l.params) || l.rest == "" && len(args) > len(l.params) {
		return nil, errorf("%s: wrong number of arguments: %d", l.name, len(args))
	}
	e := &env{make(map[symbol]value, len(l.params)+1), l.env}
	for i, p := range l.params {
		e.vars[p] = args[i]
	}
	if l.rest != "" {
		e.vars[l.rest] = list(args[len(l.params):]...)
	}
	return e, nil
}

func makeLambda(name string, params value, body []value, e *env) (*lambda, error) {
	l := &lambda{name: name, body: body, env: e}
	for {
		switch p := params.(type) {
		case *pair:
			s, ok := p.car.(symbol)
			if !ok {
				return nil, errorf("bad parameter %s", show(p.car))
			}
			l.params = append(l.params, s)
			params = p.cdr
			continue
		case symbol:
			if p != nilSym {
				l.rest = p
			}
			return l, nil
		}
		return nil, errorf("bad parameters")
	}
}

type machine struct {
	global *env
	out    io.Writer
	depth  int
	steps  int
}

func (m *machine) progn(body []value, e *env) (v value, err error) {
	v = nilSym
	for _, x := range body {
		if v, err = m.eval(x, e); err != nil {
			return
		}
	}
	return
}

func (m *machine) quasi(v value, e *env) (value, error) {
	p, ok := v.(*pair)
	if !ok {
		return v, nil
	}
	if p.car == symbol("unquote") {
		return m.eval(p.cdr.(*pair).car, e)
	}
	a, err := m.quasi(p.car, e)
	if err != nil {
		return nil, err
	}
	d, err := m.quasi(p.cdr, e)
	return &pair{a, d}, err
}

// eval loops instead of recursing for expressions in tail position.
func (m *machine) eval(x value, e *env) (result value, err error) {
	m.depth++
	var trace []string
	defer func() {
		m.depth--
		var le *lispError
		if errors.As(err, &le) && len(trace) > 0 && len(le.trace) < 4 {
			le.trace = append(le.trace, trace[len(trace)-1])
		}
	}()
	if m.depth > 2000 {
		return nil, errorf("recursion too deep")
	}
tail:
	for {
		m.steps++
		switch v := x.(type) {
		case symbol:
			if v == nilSym {
				return v, nil
			}
			if s := e.find(v); s != nil {
				return s.vars[v], nil
			}
			return nil, errorf("undefined: %s", v)
		case *pair:
			args, err := slice(v.cdr)
			if err != nil {
				return nil, err
			}
			if s, ok := v.car.(symbol); ok {
				switch s {
				case "quote":
					return args[0], nil
				case "quasiquote":
					return m.quasi(args[0], e)
				case "if":
					c, err := m.eval(args[0], e)
					if err != nil {
						return nil, err
					}
					switch {
					case truthy(c):
						x = args[1]
					case len(args) > 2:
						x = args[2]
					default:
						return nilSym, nil
					}
					continue tail
				case "define", "defmacro":
					if p, ok := args[0].(*pair); ok {
						name := p.car.(symbol)
						l, err := makeLambda(string(name), p.cdr, args[1:], e)
						if err != nil {
							return nil, err
						}
						l.macro = s == "defmacro"
						e.vars[name] = l
						return name, nil
					}
					val, err := m.eval(args[1], e)
					if err != nil {
						return nil, err
					}
					e.vars[args[0].(symbol)] = val
					return args[0], nil
				case "set!":
					scope := e.find(args[0].(symbol))
					if scope == nil {
						return nil, errorf("set! of undefined %s", args[0])
					}
					val, err := m.eval(args[1], e)
					scope.vars[args[0].(symbol)] = val
					return val, err
				case "lambda":
					return makeLambda("λ", args[0], args[1:], e)
				case "begin":
					if len(args) == 0 {
						return nilSym, nil
					}
					if _, err := m.progn(args[:len(args)-1], e); err != nil {
						return nil, err
					}
					x = args[len(args)-1]
					continue tail
				case "let":
					bindings, err := slice(args[0])
					if err != nil {
						return nil, err
					}
					inner := &env{map[symbol]value{}, e}
					for _, b := range bindings {
						p := b.(*pair)
						if inner.vars[p.car.(symbol)], err = m.eval(p.cdr.(*pair).car, e); err != nil {
							return nil, err
						}
					}
					e = inner
					x = &pair{symbol("begin"), list(args[1:]...)}
					continue tail
				case "cond":
					for _, clause := range args {
						p := clause.(*pair)
						c := value(true)
						if p.car != symbol("else") {
							if c, err = m.eval(p.car, e); err != nil {
								return nil, err
							}
						}
						if truthy(c) {
							x = &pair{symbol("begin"), p.cdr}
							continue tail
						}
					}
					return nilSym, nil
				case "try":
					v, err := m.eval(args[0], e)
					if err == nil {
						return v, nil
					}
					var t thrown
					caught := value(err.Error())
					if errors.As(err, &t) {
						caught = t.v
					}
					handler, err := m.eval(args[1], e)
					if err != nil {
						return nil, err
					}
					return m.apply(handler, []value{caught})
				}
			}
			f, err := m.eval(v.car, e)
			if err != nil {
				return nil, err
			}
			if l, ok := f.(*lambda); ok && l.macro {
				inner, err := l.bind(args)
				if err != nil {
					return nil, err
				}
				if x, err = m.progn(l.body, inner); err != nil {
					return nil, err
				}
				continue tail
			}
			for i := range args {
				if args[i], err = m.eval(args[i], e); err != nil {
					return nil, err
				}
			}
			switch f := f.(type) {
			case *builtin:
				return f.call(args)
			case *lambda:
				if e, err = f.bind(args); err != nil {
					return nil, err
				}
				trace = append(trace[:0], f.name)
				if _, err = m.progn(f.body[:len(f.body)-1], e); err != nil {
					return nil, err
				}
				x = f.body[len(f.body)-1]
				continue tail
			}
			return nil, errorf("not a function: %s", show(f))
		default:
			return x, nil
		}
	}
}

func (b *builtin) call(args []value) (v value, err error) {
	if len(args) < b.min || b.max >= 0 && len(args) > b.max {
		return nil, errorf("%s: wrong number of arguments: %d", b.name, len(args))
	}
	defer func() {
		if e, ok := recover().(error); ok {
			err = errorf("%s: %s", b.name, strings.Replace(e.Error(), "interface conversion: ", "", 1))
		}
	}()
	return b.fn(args)
}

func (m *machine) apply(f value, args []value) (value, error) {
	switch f := f.(type) {
	case *builtin:
		return f.call(args)
	case *lambda:
		e, err := f.bind(args)
		if err != nil {
			return nil, err
		}
		return m.progn(f.body, e)
	}
	return nil, errorf("cannot apply %s", show(f))
}

func newMachine(out io.Writer) *machine {
	m := &machine{global: &env{vars: map[symbol]value{}}, out: out}
	def := func(name string, min, max int, fn func([]value) (value, error)) {
		m.global.vars[symbol(name)] = &builtin{name, min, max, fn}
	}
	fold := func(name string, init float64, f func(a, b float64) float64) {
		def(name, 0, -1, func(a []value) (value, error) {
			if len(a) == 0 {
				return init, nil
			}
			acc := a[0].(float64)
			if len(a) == 1 {
				return f(init, acc), nil
			}
			for _, x := range a[1:] {
				acc = f(acc, x.(float64))
			}
			return acc, nil
		})
	}
	fold("+", 0, func(a, b float64) float64 { return a + b })
	fold("-", 0, func(a, b float64) float64 { return a - b })
	fold("*", 1, func(a, b float64) float64 { return a * b })
	fold("max", math.Inf(-1), math.Max)
	def("/", 2, 2, func(a []value) (value, error) {
		if a[1].(float64) == 0 {
			return nil, errorf("division by zero")
		}
		return a[0].(float64) / a[1].(float64), nil
	})
	def("mod", 2, 2, func(a []value) (value, error) { return math.Mod(a[0].(float64), a[1].(float64)), nil })
	compare := func(name string, f func(a, b float64) bool) {
		def(name, 1, -1, func(a []value) (value, error) {
			for i := 1; i < len(a); i++ {
				if !f(a[i-1].(float64), a[i].(float64)) {
					return false, nil
				}
			}
			return true, nil
		})
	}
	compare("<", func(a, b float64) bool { return a < b })
	compare("<=", func(a, b float64) bool { return a <= b })
	compare("=", func(a, b float64) bool { return a == b })
	def("eq?", 2, 2, func(a []value) (value, error) { return a[0] == a[1], nil })
	def("not", 1, 1, func(a []value) (value, error) { return !truthy(a[0]), nil })
	def("cons", 2, 2, func(a []value) (value, error) { return &pair{a[0], a[1]}, nil })
	def("car", 1, 1, func(a []value) (value, error) { return a[0].(*pair).car, nil })
	def("cdr", 1, 1, func(a []value) (value, error) { return a[0].(*pair).cdr, nil })
	def("list", 0, -1, func(a []value) (value, error) { return list(a...), nil })
	def("null?", 1, 1, func(a []value) (value, error) { return a[0] == nilSym, nil })
	def("pair?", 1, 1, func(a []value) (value, error) { _, ok := a[0].(*pair); return ok, nil })
	def("throw", 1, 1, func(a []value) (value, error) { return nil, thrown{a[0]} })
	def("show", 1, 1, func(a []value) (value, error) { return show(a[0]), nil })
	def("str", 0, -1, func(a []value) (value, error) {
		var b strings.Builder
		for _, x := range a {
			if s, ok := x.(string); ok {
				b.WriteString(s)
			} else {
				b.WriteString(show(x))
			}
		}
		return b.String(), nil
	})
	def("print", 0, -1, func(a []value) (value, error) {
		for i, x := range a {
			if i > 0 {
				fmt.Fprint(m.out, " ")
			}
			if s, ok := x.(string); ok {
				fmt.Fprint(m.out, s)
			} else {
				fmt.Fprint(m.out, show(x))
			}
		}
		fmt.Fprintln(m.out)
		return nilSym, nil
	})
	def("apply", 2, 2, func(a []value) (value, error) {
		args, err := slice(a[1])
		if err != nil {
			return nil, err
		}
		return m.apply(a[0], args)
	})
	def("sort", 2, 2, func(a []value) (value, error) {
		xs, err := slice(a[1])
		if err != nil {
			return nil, err
		}
		sort.SliceStable(xs, func(i, j int) bool {
			v, e := m.apply(a[0], []value{xs[i], xs[j]})
			if e != nil {
				err = e
			}
			return truthy(v)
		})
		return list(xs...), err
	})
	return m
}

func (m *machine) run(src string) {
	r := &reader{bufio.NewReader(strings.NewReader(src)), 1}
	for {
		x, err := r.read()
		if err == io.EOF {
			return
		}
		if err != nil {
			fmt.Fprintln(m.out, "read error:", err)
			if errors.Is(err, errClose) {
				continue
			}
			return
		}
		v, err := m.eval(x, m.global)
		if err != nil {
			fmt.Fprintln(m.out, "error:", err)
			continue
		}
		if s, ok := v.(symbol); ok && (s == nilSym || m.global.vars[s] != nil) {
			continue
		}
		fmt.Fprintln(m.out, "=>", show(v))
	}
}

const prelude = `
(define (map f l) (if (null? l) nil (cons (f (car l)) (map f (cdr l)))))
(define (filter f l) (cond ((null? l) nil) ((f (car l)) (cons (car l) (filter f (cdr l)))) (else (filter f (cdr l)))))
(define (fold f a l) (if (null? l) a (fold f (f a (car l)) (cdr l))))
(define (range a b) (if (< a b) (cons a (range (+ a 1) b)) nil))
(define (append a b) (if (null? a) b (cons (car a) (append (cdr a) b))))
(define (reverse l) (fold (lambda (acc x) (cons x acc)) nil l))
(defmacro (unless c . body) (list 'if c nil (cons 'begin body)))
(defmacro (while c . body) (list 'let (list (list 'loop nil)) (list 'set! 'loop (list 'lambda nil (list 'if c (append (cons 'begin body) (list '(loop)))))) '(loop)))
(defmacro (inc! v) ` + "`(set! ,v (+ ,v 1))" + `)
`

const script = `
(+ 1 2 (* 3 4)) (- 5) (/ 1 4) (< 1 2 3) (< 1 3 2)
'(a "b" (c . d) 1.5 #t)
(define (fact n) (if (= n 0) 1 (* n (fact (- n 1)))))
(fact 10) (fact 20)
(map fact (range 0 8))
(define (count n acc) (if (= n 0) acc (count (- n 1) (+ acc 1)))) ; a tail call
(count 50000 0)
(define (deep n) (if (= n 0) 0 (+ 1 (deep (- n 1)))))
(deep 500)
(deep 5000)
(let ((x 1) (y 2)) (set! x 10) (list x y))
(define make-counter (lambda () (let ((n 0)) (lambda () (set! n (+ n 1)) n))))
(define c1 (make-counter)) (define c2 (make-counter))
(c1) (c1) (c2)
(unless (< 2 1) (print "unless" 'works) 'done)
(define i 0)
(while (< i 3) (print "i is" i) (inc! i))
(fold + 0 (filter (lambda (x) (= 0 (mod x 3))) (range 0 100)))
(reverse '(1 2 3))
(sort < '(5 2 9 1)) (sort (lambda (a b) (< b a)) '(5 2 9 1))
(define (compose . fs) (if (null? fs) (lambda (x) x) (lambda (x) ((car fs) ((apply compose (cdr fs)) x)))))
((compose (lambda (x) (* x 2)) (lambda (x) (+ x 1))) 5)
(str "con" 'cat 1 #f) (show "q") map + unless
(try (throw '(my error)) (lambda (e) (list 'caught e)))
(try (car 5) (lambda (e) e))
(try (undefined-thing) (lambda (e) (str "handled: " e)))
(throw "lost")
(define (f x) (g x)) (define (g x) (h x)) (define (h x) (+ 0 (/ x 0)))
(f 1) (fact) (fact 1 2) (5 5) (set! nope 1) (cdr) (lambda (1) 2) (+ 1 "a")
(define (primes n)
  (define (sieve l) (if (null? l) nil (let ((p (car l))) (cons p (sieve (filter (lambda (x) (not (= 0 (mod x p)))) (cdr l)))))))
  (sieve (range 2 n)))
(primes 60)
(define (queens n)
  (define (ok? row dist placed)
    (cond ((null? placed) #t)
          ((= (car placed) row) #f)
          ((= (car placed) (+ row dist)) #f)
          ((= (car placed) (- row dist)) #f)
          (else (ok? row (+ dist 1) (cdr placed)))))
  (define (try-rows row placed k)
    (cond ((= row n) 0)
          ((ok? row 1 placed) (+ (place (- k 1) (cons row placed)) (try-rows (+ row 1) placed k)))
          (else (try-rows (+ row 1) placed k))))
  (define (place k placed) (if (= k 0) 1 (try-rows 0 placed k)))
  (place n nil))
(map queens (range 1 7))
)
(eq? 'a 'a) (eq? "s" "s") (eq? '(1) '(1)) ` + "`(1 ,(+ 1 1) (3 ,i))" + `
(print "unfinished" (list 1
`

func main() {
	w := bufio.NewWriter(os.Stdout)
	defer w.Flush()
	m := newMachine(w)
	m.run(prelude)
	m.run(script)
	fmt.Fprintln(w, "steps", m.steps, "depth", m.depth, "globals", len(m.global.vars))
}
