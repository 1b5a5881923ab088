// run

// A text adventure as a state machine: rooms, items, commands as methods, scripted input, saved games.
package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"sort"
	"strings"
)

type direction int

const (
	north direction = iota
	east
	south
	west
	numDirections
)

var directionNames = [numDirections]string{"north", "east", "south", "west"}

func (d direction) String() string      { return directionNames[d] }
func (d direction) opposite() direction { return (d + 2) % numDirections }

func parseDirection(s string) (direction, bool) {
	for i, n := range directionNames {
		if s == n || len(s) == 1 && s[0] == n[0] {
			return direction(i), true
		}
	}
	return 0, false
}

type item struct {
	name, desc string
	weight     int
	use        func(*game) (string, error)
	light      bool
}

type room struct {
	name, desc string
	exits      [numDirections]*room
	locked     [numDirections]bool
	items      []*item
	dark       bool
	visits     int
	onEnter    func(*game)
}

func (r *room) connect(d direction, to *room) *room {
	r.exits[d] = to
	to.exits[d.opposite()] = r
	return to
}

func take(list *[]*item, name string) *item {
	for i, it := range *list {
		if it.name == name {
			*list = append((*list)[:i:i], (*list)[i+1:]...)
			return it
		}
	}
	return nil
}

type state interface {
	prompt() string
	handle(*game, string) (state, error)
}

type game struct {
	out   io.Writer
	here  *room
	bag   []*item
	score int
	moves int
	flags map[string]bool
	log   []string
	rooms map[string]*room
}

var (
	errQuit  = errors.New("quit")
	errHeavy = errors.New("too heavy")
)

type unknownCommand struct{ word string }

func (u unknownCommand) Error() string { return fmt.Sprintf("I don't know how to %q", u.word) }

func (g *game) say(format string, args ...any) { fmt.Fprintf(g.out, format+"\n", args...) }

func (g *game) canSee() bool {
	if !g.here.dark {
		return true
	}
	for _, it := range g.bag {
		if it.light && g.flags["lamp lit"] {
			return true
		}
	}
	return false
}

func (g *game) look() {
	if !g.canSee() {
		g.say("It is pitch dark.")
		return
	}
	g.say("[%s] %s", g.here.name, g.here.desc)
	var exits []string
	for d, r := range g.here.exits {
		if r != nil {
			s := direction(d).String()
			if g.here.locked[d] {
				s += " (locked)"
			}
			exits = append(exits, s)
		}
	}
	g.say("Exits: %s", strings.Join(exits, ", "))
	for _, it := range g.here.items {
		g.say("There is %s here.", it.desc)
	}
}

func (g *game) move(d direction) error {
	next := g.here.exits[d]
	switch {
	case next == nil:
		return fmt.Errorf("no way %v", d)
	case g.here.locked[d]:
		return fmt.Errorf("the way %v is locked", d)
	}
	g.here = next
	g.moves++
	next.visits++
	if next.visits == 1 {
		g.score += 5
	}
	g.look()
	if next.onEnter != nil {
		next.onEnter(g)
	}
	return nil
}

type exploring struct{}
type riddle struct {
	tries int
	back  *room
}
type combat struct{ troll, player int }
type ended struct{ won bool }

func (exploring) prompt() string { return "> " }
func (r riddle) prompt() string  { return fmt.Sprintf("answer (%d)> ", r.tries) }
func (combat) prompt() string    { return "fight> " }
func (ended) prompt() string     { return "" }

type command func(*game, []string) (state, error)

var commands map[string]command

func init() {
	commands = map[string]command{
		"look": func(g *game, _ []string) (state, error) { g.look(); return nil, nil },
		"go": func(g *game, args []string) (state, error) {
			if len(args) == 0 {
				return nil, errors.New("go where?")
			}
			d, ok := parseDirection(args[0])
			if !ok {
				return nil, fmt.Errorf("%q is no direction", args[0])
			}
			if err := g.move(d); err != nil {
				return nil, fmt.Errorf("cannot go: %w", err)
			}
			return g.pending(), nil
		},
		"take": func(g *game, args []string) (state, error) {
			if len(args) == 1 && args[0] == "all" {
				for len(g.here.items) > 0 {
					if err := g.pick(g.here.items[0].name); err != nil {
						return nil, err
					}
				}
				return nil, nil
			}
			for _, n := range args {
				if err := g.pick(n); err != nil {
					return nil, err
				}
			}
			return nil, nil
		},
		"drop": func(g *game, args []string) (state, error) {
			for _, n := range args {
				it := take(&g.bag, n)
				if it == nil {
					return nil, fmt.Errorf("you have no %s", n)
				}
				g.here.items = append(g.here.items, it)
				g.say("Dropped %s.", n)
			}
			return nil, nil
		},
		"use": func(g *game, args []string) (state, error) {
			for _, it := range g.bag {
				if len(args) > 0 && it.name == args[0] {
					if it.use == nil {
						return nil, fmt.Errorf("the %s is of no use", it.name)
					}
					msg, err := it.use(g)
					if err == nil {
						g.say("%s", msg)
					}
					return nil, err
				}
			}
			return nil, errors.New("use what?")
		},
		"bag": func(g *game, _ []string) (state, error) {
			names := []string{}
			total := 0
			for _, it := range g.bag {
				names = append(names, it.name)
				total += it.weight
			}
			sort.Strings(names)
			g.say("You carry %v, weight %d.", names, total)
			return nil, nil
		},
		"quit": func(*game, []string) (state, error) { return ended{}, errQuit },
		"crash": func(g *game, _ []string) (state, error) {
			var r *room
			return nil, errors.New(r.name)
		},
	}
	for i, n := range directionNames {
		commands[n[:1]] = func(g *game, _ []string) (state, error) { return commands["go"](g, []string{directionNames[i]}) }
	}
	commands["i"] = commands["bag"]
	commands["l"] = commands["look"]
}

func (g *game) pending() state {
	switch {
	case g.flags["riddle"]:
		delete(g.flags, "riddle")
		return riddle{3, g.rooms["hall"]}
	case g.flags["troll"]:
		delete(g.flags, "troll")
		return combat{10, 8}
	case g.flags["won"]:
		return ended{true}
	}
	return nil
}

func (g *game) pick(name string) error {
	if !g.canSee() {
		return errors.New("you cannot see anything")
	}
	it := take(&g.here.items, name)
	if it == nil {
		return fmt.Errorf("no %s here", name)
	}
	total := it.weight
	for _, b := range g.bag {
		total += b.weight
	}
	if total > 10 {
		g.here.items = append(g.here.items, it)
		return fmt.Errorf("%s: %w (%d)", name, errHeavy, total)
	}
	g.bag = append(g.bag, it)
	g.score += it.weight
	g.say("Taken: %s.", name)
	return nil
}

func (exploring) handle(g *game, line string) (next state, err error) {
	words := strings.Fields(strings.ToLower(line))
	if len(words) == 0 {
		return nil, nil
	}
	cmd, ok := commands[words[0]]
	if !ok {
		return nil, unknownCommand{words[0]}
	}
	defer func() {
		if e := recover(); e != nil {
			err = fmt.Errorf("the magic fails: %v", e)
		}
	}()
	return cmd(g, words[1:])
}

func (r riddle) handle(g *game, line string) (state, error) {
	if strings.EqualFold(strings.TrimSpace(line), "an echo") {
		g.say("The door opens.")
		g.here.locked[north] = false
		g.score += 20
		return exploring{}, nil
	}
	if r.tries--; r.tries == 0 {
		g.here = r.back
		g.say("You are thrown out.")
		return exploring{}, nil
	}
	return r, errors.New("wrong")
}

func (c combat) handle(g *game, line string) (state, error) {
	switch line {
	case "hit":
		c.troll -= 4
	case "block":
		c.player++
		c.troll--
	case "flee":
		return exploring{}, g.move(south)
	default:
		return c, errors.New("hit, block or flee")
	}
	if c.troll <= 0 {
		g.say("The troll falls.")
		g.score += 50
		return exploring{}, nil
	}
	c.player -= 3
	g.say("troll %d, you %d", c.troll, c.player)
	if c.player <= 0 {
		return ended{}, nil
	}
	return c, nil
}

func (e ended) handle(*game, string) (state, error) { return e, io.EOF }

func build(out io.Writer) *game {
	g := &game{out: out, flags: map[string]bool{}, rooms: map[string]*room{}}
	add := func(name, desc string, items ...*item) *room {
		r := &room{name: name, desc: desc, items: items}
		g.rooms[name] = r
		return r
	}
	hall := add("hall", "A hall with a high ceiling.", &item{name: "lamp", desc: "an oil lamp", weight: 2, light: true, use: func(g *game) (string, error) {
		if g.flags["lamp lit"] {
			return "", errors.New("it burns already")
		}
		g.flags["lamp lit"] = true
		return "The lamp burns.", nil
	}}, &item{name: "anvil", desc: "an anvil", weight: 9})
	cellar := add("cellar", "A damp cellar.", &item{name: "key", desc: "a rusty key", weight: 1, use: func(g *game) (string, error) {
		if g.here.name != "hall" {
			return "", errors.New("there is no lock here")
		}
		g.here.locked[east] = false
		return "The lock clicks.", nil
	}})
	cellar.dark = true
	library := add("library", "Books everywhere.", &item{name: "book", desc: "a heavy book", weight: 5})
	bridge := add("bridge", "A bridge over nothing.")
	vault := add("vault", "Gold!")
	hall.connect(south, cellar)
	hall.connect(east, library)
	library.connect(north, bridge).connect(north, vault)
	hall.locked[east], library.locked[north] = true, true
	library.onEnter = func(g *game) {
		if g.here.locked[north] {
			g.say("A voice: what answers when you call?")
			g.flags["riddle"] = true
		}
	}
	bridge.onEnter = func(g *game) {
		if g.here.visits == 1 {
			g.flags["troll"] = true
			g.say("A troll!")
		}
	}
	vault.onEnter = func(g *game) { g.flags["won"] = true }
	g.here = hall
	hall.visits = 1
	return g
}

func play(script string) *game {
	w := bufio.NewWriter(os.Stdout)
	defer w.Flush()
	g := build(w)
	g.look()
	var s state = exploring{}
	sc := bufio.NewScanner(strings.NewReader(script))
	for sc.Scan() {
		fmt.Fprintf(w, "%s%s\n", s.prompt(), sc.Text())
		next, err := s.handle(g, sc.Text())
		var unknown unknownCommand
		switch {
		case errors.Is(err, errQuit):
			g.say("Bye.")
		case errors.As(err, &unknown):
			g.say("%v.", unknown)
			g.log = append(g.log, unknown.word)
		case err != nil:
			g.say("! %v", err)
		}
		if next != nil {
			s = next
		}
		if e, ok := s.(ended); ok {
			g.say("Game over after %d moves with %d points, won: %t.", g.moves, g.score, e.won)
			break
		}
	}
	return g
}

func main() {
	g := play(`look
dance
go up
go
take lamp anvil
i
s
take key
use lamp
use lamp
look
take key
use key
n
use key
e
a ghost
an echo
take book
take all
bag
n
kick
block
hit
hit
run
hit
look
n`)
	fmt.Println(g.log, len(g.flags), g.here.name)
	g = play("n\ne\ntake all\ncrash\ndrop lamp sword\nxyzzy\nquit")
	names := []string{}
	for n, r := range g.rooms {
		names = append(names, fmt.Sprint(n, len(r.items)))
	}
	sort.Strings(names)
	fmt.Println(names, g.log, g.score)
}
