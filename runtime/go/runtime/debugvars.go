package runtime

import (
	"internal/bytealg"
	"internal/godebugs"
	"internal/runtime/atomic"
	"internal/strconv"
	_ "unsafe" // for go:linkname
)

// The GODEBUG variables that the run-time system itself obeys. The Rust half reads those that concern it (gcstress,
// stackmove, gctrace, schedtrace, ...) from the environment by itself.

var debug struct {
	containermaxprocs  int32
	inittrace          int32
	profstackdepth     int32
	traceadvanceperiod int32
	updatemaxprocs     int32

	// These can change while the program runs.
	panicnil        atomic.Int32
	tracebacklabels atomic.Int32
}

type debugVar struct {
	name   string
	value  *int32        // settable when the program starts only
	atomic *atomic.Int32 // settable at any time
}

var debugVars = [...]debugVar{
	{name: "containermaxprocs", value: &debug.containermaxprocs},
	{name: "inittrace", value: &debug.inittrace},
	{name: "panicnil", atomic: &debug.panicnil},
	{name: "profstackdepth", value: &debug.profstackdepth},
	{name: "traceadvanceperiod", value: &debug.traceadvanceperiod},
	{name: "tracebacklabels", atomic: &debug.tracebacklabels},
	{name: "updatemaxprocs", value: &debug.updatemaxprocs},
}

// removedGODEBUG is set if the environment asks for the old behaviour of a setting that no longer exists.
var removedGODEBUG struct {
	key, value string
	removed    int
}

func debugvarsinit() {
	debug.containermaxprocs = 1
	debug.profstackdepth = 128
	debug.traceadvanceperiod = 1_000_000_000
	debug.updatemaxprocs = 1
	debug.tracebacklabels.Store(1)
	parsedebugvars(getmoduledata().godebugDefault, nil)
	env := gogetenv("GODEBUG")
	parsedebugvars(env, nil)
	debug.profstackdepth = min(debug.profstackdepth, 1024)
	godebugEnv.Store(&env)
}

// reparsedebugvars is called when the environment variable changes.
func reparsedebugvars(env string) {
	seen := make(map[string]bool)
	parsedebugvars(env, seen)
	parsedebugvars(getmoduledata().godebugDefault, seen)
	for i := range debugVars {
		if v := &debugVars[i]; v.atomic != nil && !seen[v.name] {
			v.atomic.Store(0)
		}
	}
}

// parsedebugvars obeys a list of settings, the last one of a name being the one that counts. With seen != nil the
// program is running: only what can change is set, and names in seen are passed over.
func parsedebugvars(settings string, seen map[string]bool) {
	for settings != "" {
		var field string
		if seen == nil {
			i := bytealg.IndexByteString(settings, ',')
			if i < 0 {
				i = len(settings)
			}
			field = settings[:i]
			settings = settings[min(i+1, len(settings)):]
		} else {
			i := lastIndex(settings, ",")
			field = settings[i+1:]
			settings = settings[:max(i, 0)]
		}
		i := bytealg.IndexByteString(field, '=')
		if i < 0 {
			continue
		}
		key, value := field[:i], field[i+1:]
		if seen == nil && isRemoved(key, value) {
			return
		}
		if seen[key] {
			continue
		}
		if seen != nil {
			seen[key] = true
		}
		if seen == nil && key == "memprofilerate" {
			if n, err := strconv.Atoi(value); err == nil {
				MemProfileRate = n
			}
			continue
		}
		setdebugvar(key, value, seen == nil)
	}
}

func setdebugvar(key, value string, starting bool) {
	for i := range debugVars {
		v := &debugVars[i]
		if v.name != key {
			continue
		}
		if n, err := strconv.ParseInt(value, 10, 32); err == nil {
			if v.atomic != nil {
				v.atomic.Store(int32(n))
			} else if starting {
				*v.value = int32(n)
			}
		}
	}
}

func isRemoved(key, value string) bool {
	for i := range godebugs.Removed {
		info := &godebugs.Removed[i]
		if info.Name == key {
			if info.Old(value) {
				removedGODEBUG.key = key
				removedGODEBUG.value = value
				removedGODEBUG.removed = info.Removed
				return true
			}
			return false
		}
	}
	return false
}

// setTraceback sets how much a crash prints. The environment's setting is the least.
//
//go:linkname setTraceback runtime/debug.SetTraceback
func setTraceback(name string) {
	t := traceback{level: 1}
	switch name {
	case "none":
		t.level = 0
	case "single", "":
	case "all":
		t.all = true
	case "system":
		t = traceback{level: 2, all: true}
	case "crash":
		t = traceback{level: 2, all: true, crash: true}
	default:
		t.all = true
		t.level = 0
		if n, err := strconv.Atoi(name); err == nil && n == int(uint32(n)) {
			t.level = int32(n)
		}
	}
	t.level |= tracebackEnv.level
	t.all = t.all || tracebackEnv.all
	t.crash = t.crash || tracebackEnv.crash
	settraceback(t.level, t.all, t.crash)
	if !tracebackInit {
		tracebackInit = true
		tracebackEnv = t
	}
}

type traceback struct {
	level      int32
	all, crash bool
}

var (
	tracebackEnv  traceback // what GOTRACEBACK says
	tracebackInit bool
)
