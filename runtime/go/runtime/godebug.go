package runtime

import (
	"internal/runtime/atomic"
	_ "unsafe" // for go:linkname
)

// The hooks of package internal/godebug: it is told the default settings and those of the environment, and counts
// the uses of non-default behaviour.

var (
	godebugUpdate           atomic.Pointer[func(def, env string)]
	godebugEnv              atomic.Pointer[string]
	godebugNewIncNonDefault atomic.Pointer[func(name string) func()]
)

//go:linkname godebug_setUpdate internal/godebug.setUpdate
func godebug_setUpdate(update func(def, env string)) {
	godebugUpdate.Store(&update)
	godebugNotify()
}

//go:linkname godebug_registerMetric internal/godebug.registerMetric
func godebug_registerMetric(name string, read func() uint64) {
	lock(&metricsLock)
	if godebugMetrics == nil {
		godebugMetrics = make(map[string]func() uint64)
	}
	godebugMetrics[name] = read
	unlock(&metricsLock)
}

//go:linkname godebug_setNewIncNonDefault internal/godebug.setNewIncNonDefault
func godebug_setNewIncNonDefault(newInc func(name string) func()) {
	godebugNewIncNonDefault.Store(&newInc)
}

func godebugNotify() {
	if update := godebugUpdate.Load(); update != nil {
		(*update)(getmoduledata().godebugDefault, *godebugEnv.Load())
	}
}

func godebugEnvChanged(env string) {
	godebugEnv.Store(&env)
	reparsedebugvars(env)
	godebugNotify()
}

// A godebugInc counts non-default behaviour of the run-time system itself, which cannot import internal/godebug.
type godebugInc struct {
	name string
	inc  atomic.Pointer[func()]
}

func (g *godebugInc) IncNonDefault() {
	inc := g.inc.Load()
	if inc == nil {
		newInc := godebugNewIncNonDefault.Load()
		if newInc == nil {
			return
		}
		f := (*newInc)(g.name)
		inc = &f
		if !g.inc.CompareAndSwap(nil, inc) {
			inc = g.inc.Load()
		}
	}
	(*inc)()
}
