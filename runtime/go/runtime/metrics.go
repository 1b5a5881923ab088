package runtime

import (
	"internal/godebugs"
	"internal/stringslite"
	"unsafe"
)

// The values of runtime/metrics. What is not measured is zero: latencies of the scheduler, how long stopping the world
// takes, the parts of the CPU time of the collector and of the scavenger.

type metricKind int

const (
	metricBad metricKind = iota
	metricUint64
	metricFloat64
	metricHistogram
)

// A metricSample has the layout of metrics.Sample.
type metricSample struct {
	name  string
	value metricValue
}

type metricValue struct {
	kind    metricKind
	scalar  uint64
	pointer unsafe.Pointer // *histogram
}

// A histogram has the layout of metrics.Float64Histogram: counts[i] is of values from buckets[i] to buckets[i+1].
type histogram struct {
	counts  []uint64
	buckets []float64
}

var (
	metricsLock    mutex
	godebugMetrics map[string]func() uint64
)

//go:linkname readMetrics runtime/metrics.runtime_readMetrics
func readMetrics(samples unsafe.Pointer, len, cap int) {
	m := new(metricsInput)
	ReadMemStats(&m.MemStats)
	schedstats(&m.sched)
	m.cpu()
	all := unsafe.Slice((*metricSample)(samples), len)
	for i := range all {
		all[i].value = readMetric(all[i].name, m)
	}
}

func readMetric(name string, m *metricsInput) metricValue {
	switch {
	case stringslite.HasPrefix(name, "/godebug/non-default-behavior/"):
		lock(&metricsLock)
		read := godebugMetrics[name]
		unlock(&metricsLock)
		if read == nil {
			return metricValue{kind: metricUint64}
		}
		return metricValue{kind: metricUint64, scalar: read()}
	}
	switch name {
	case "/gc/heap/allocs-by-size:bytes":
		return sizeHistogram(m, m.Mallocs, func(i int) uint64 { return m.BySize[i].Mallocs })
	case "/gc/heap/frees-by-size:bytes":
		return sizeHistogram(m, m.Frees, func(i int) uint64 { return m.BySize[i].Frees })
	case "/gc/pauses:seconds", "/sched/pauses/total/gc:seconds":
		return timeHistogram(m.PauseNs[:min(int(m.NumGC), len(m.PauseNs))])
	case "/sched/latencies:seconds", "/sched/pauses/stopping/gc:seconds", "/sched/pauses/stopping/other:seconds",
		"/sched/pauses/total/other:seconds":
		return timeHistogram(nil)
	}
	if v, ok := secondsMetric(name, m); ok {
		return metricValue{kind: metricFloat64, scalar: float64bits(v)}
	}
	v, ok := counterMetric(name, m)
	if !ok {
		return metricValue{}
	}
	return metricValue{kind: metricUint64, scalar: v}
}

// sizeHistogram counts objects by size class; what the classes do not have is larger.
func sizeHistogram(m *metricsInput, total uint64, count func(i int) uint64) metricValue {
	h := new(histogram)
	h.buckets = append(h.buckets, 1)
	for i := 1; i < len(m.BySize) && m.BySize[i].Size != 0; i++ {
		n := count(i)
		h.buckets = append(h.buckets, float64(m.BySize[i].Size)+1)
		h.counts = append(h.counts, n)
		total -= min(n, total)
	}
	h.buckets = append(h.buckets, float64frombits(infBits))
	h.counts = append(h.counts, total)
	return metricValue{kind: metricHistogram, pointer: unsafe.Pointer(h)}
}

// The buckets of durations: four for each power of two nanoseconds from 2^timeMinBits to 2^timeMaxBits.
const (
	timeMinBits = 8
	timeMaxBits = 47
	timeSubBits = 2
)

// timeHistogram counts durations in nanoseconds.
func timeHistogram(ns []uint64) metricValue {
	bounds := []uint64{0}
	for j := uint64(1); j < 1<<timeSubBits; j++ {
		bounds = append(bounds, j<<(timeMinBits-timeSubBits))
	}
	for i := timeMinBits; i < timeMaxBits; i++ {
		for j := uint64(0); j < 1<<timeSubBits; j++ {
			bounds = append(bounds, 1<<i|j<<(i-timeSubBits))
		}
	}
	bounds = append(bounds, 1<<timeMaxBits)
	h := &histogram{counts: make([]uint64, len(bounds)+1)}
	h.buckets = append(h.buckets, -float64frombits(infBits))
	for _, b := range bounds {
		h.buckets = append(h.buckets, float64(b)/1e9)
	}
	h.buckets = append(h.buckets, float64frombits(infBits))
	for _, d := range ns {
		lo, hi := 0, len(bounds)
		for lo+1 < hi {
			if mid := (lo + hi) / 2; bounds[mid] <= d {
				lo = mid
			} else {
				hi = mid
			}
		}
		h.counts[lo+1]++
	}
	return metricValue{kind: metricHistogram, pointer: unsafe.Pointer(h)}
}

// What metrics are computed from.
type metricsInput struct {
	MemStats
	sched                    schedStats
	total, mark, pause, idle float64 // seconds of CPU time
}

// schedStats is filled by the Rust half.
type schedStats struct {
	created   uint64 // goroutines
	inSyscall uint64
	runnable  uint64
	running   uint64
	waiting   uint64
	threads   uint64
	mutexWait int64 // nanoseconds
	cpu       int64 // nanoseconds that the process has used
}

// cpu divides the CPU time that there was among its uses. What the process has not used was idle.
func (m *metricsInput) cpu() {
	const second = 1e9
	procs := float64(gomaxprocs(0))
	m.total = float64(nanotime()-bootNanos) / second * procs
	m.mark = m.GCCPUFraction * m.total
	m.pause = float64(m.PauseTotalNs) / second * procs
	m.idle = max(m.total-max(float64(m.sched.cpu)/second, m.mark+m.pause), 0)
}

func secondsMetric(name string, m *metricsInput) (v float64, ok bool) {
	switch name {
	case "/cpu/classes/gc/mark/dedicated:cpu-seconds":
		v = m.mark
	case "/cpu/classes/gc/pause:cpu-seconds":
		v = m.pause
	case "/cpu/classes/gc/total:cpu-seconds":
		v = m.mark + m.pause
	case "/cpu/classes/idle:cpu-seconds":
		v = m.idle
	case "/cpu/classes/total:cpu-seconds":
		v = m.total
	case "/cpu/classes/user:cpu-seconds":
		v = max(m.total-m.mark-m.pause-m.idle, 0)
	case "/sync/mutex/wait/total:seconds":
		v = float64(m.sched.mutexWait) / 1e9
	case "/cpu/classes/gc/mark/assist:cpu-seconds", "/cpu/classes/gc/mark/idle:cpu-seconds",
		"/cpu/classes/scavenge/assist:cpu-seconds", "/cpu/classes/scavenge/background:cpu-seconds",
		"/cpu/classes/scavenge/total:cpu-seconds":
		// Part of the user's or of the collector's time.
	default:
		return 0, false
	}
	return v, true
}

func counterMetric(name string, m *metricsInput) (v uint64, ok bool) {
	switch name {
	case "/gc/cycles/total:gc-cycles":
		v = uint64(m.NumGC)
	case "/gc/cycles/forced:gc-cycles":
		v = uint64(m.NumForcedGC)
	case "/gc/cycles/automatic:gc-cycles":
		v = uint64(m.NumGC - m.NumForcedGC)
	case "/gc/gogc:percent":
		v = uint64(gcPercent())
		if gcPercent() < 0 {
			v = ^uint64(0)
		}
	case "/gc/limiter/last-enabled:gc-cycle":
		v = uint64(gcstat(4))
	case "/gc/gomemlimit:bytes":
		v = uint64(memoryLimit())
	case "/gc/heap/allocs:bytes":
		v = m.TotalAlloc
	case "/gc/heap/allocs:objects":
		v = m.Mallocs
	case "/gc/heap/frees:bytes":
		v = m.TotalAlloc - m.Alloc
	case "/gc/heap/frees:objects":
		v = m.Frees
	case "/gc/heap/goal:bytes":
		v = m.NextGC
	case "/memory/classes/heap/objects:bytes":
		v = m.HeapAlloc
	case "/gc/heap/live:bytes":
		v = uint64(gcstat(0))
	case "/gc/scan/heap:bytes":
		v = uint64(gcstat(0))
	case "/gc/scan/stack:bytes":
		v = uint64(gcstat(1))
	case "/gc/scan/globals:bytes":
		v = uint64(gcstat(2))
	case "/gc/scan/total:bytes":
		v = uint64(gcstat(0) + gcstat(1) + gcstat(2))
	case "/gc/heap/tiny/allocs:objects":
		v = uint64(gcstat(3))
	case "/gc/finalizers/queued:finalizers", "/gc/finalizers/executed:finalizers":
		queued, executed := callcounts(finalizerQueue)
		v = uint64(queued)
		if name == "/gc/finalizers/executed:finalizers" {
			v = uint64(executed)
		}
	case "/gc/cleanups/queued:cleanups", "/gc/cleanups/executed:cleanups":
		queued, executed := callcounts(cleanupQueue)
		v = uint64(queued)
		if name == "/gc/cleanups/executed:cleanups" {
			v = uint64(executed)
		}
	case "/gc/heap/objects:objects":
		v = m.HeapObjects
	case "/gc/stack/starting-size:bytes":
		v = 2048
	case "/memory/classes/heap/free:bytes":
		v = m.HeapIdle - m.HeapReleased
	case "/memory/classes/heap/released:bytes":
		v = m.HeapReleased
	case "/memory/classes/heap/stacks:bytes":
		v = m.StackInuse
	case "/memory/classes/heap/unused:bytes":
		v = m.HeapInuse - m.HeapAlloc
	case "/memory/classes/metadata/mcache/inuse:bytes":
		v = m.MCacheInuse
	case "/memory/classes/metadata/mcache/free:bytes":
		v = m.MCacheSys - m.MCacheInuse
	case "/memory/classes/metadata/mspan/inuse:bytes":
		v = m.MSpanInuse
	case "/memory/classes/metadata/mspan/free:bytes":
		v = m.MSpanSys - m.MSpanInuse
	case "/memory/classes/metadata/other:bytes":
		v = m.GCSys
	case "/memory/classes/os-stacks:bytes":
		v = m.StackSys - m.StackInuse
	case "/memory/classes/other:bytes":
		v = m.OtherSys
	case "/memory/classes/profiling/buckets:bytes":
		v = m.BuckHashSys
	case "/memory/classes/total:bytes":
		v = m.Sys
	case "/sched/gomaxprocs:threads":
		v = uint64(gomaxprocs(0))
	case "/sched/goroutines:goroutines":
		v = m.sched.inSyscall + m.sched.runnable + m.sched.running + m.sched.waiting
	case "/sched/goroutines-created:goroutines":
		v = m.sched.created
	case "/sched/goroutines/not-in-go:goroutines":
		v = m.sched.inSyscall
	case "/sched/goroutines/runnable:goroutines":
		v = m.sched.runnable
	case "/sched/goroutines/running:goroutines":
		v = m.sched.running
	case "/sched/goroutines/waiting:goroutines":
		v = m.sched.waiting
	case "/sched/threads/total:threads":
		v = m.sched.threads
	case "/cgo/go-to-c-calls:calls":
	default:
		return 0, false
	}
	return v, true
}

// metricNames lists all metrics but those of GODEBUG settings.
var metricNames = [...]string{
	"/cgo/go-to-c-calls:calls",
	"/cpu/classes/gc/mark/assist:cpu-seconds",
	"/cpu/classes/gc/mark/dedicated:cpu-seconds",
	"/cpu/classes/gc/mark/idle:cpu-seconds",
	"/cpu/classes/gc/pause:cpu-seconds",
	"/cpu/classes/gc/total:cpu-seconds",
	"/cpu/classes/idle:cpu-seconds",
	"/cpu/classes/scavenge/assist:cpu-seconds",
	"/cpu/classes/scavenge/background:cpu-seconds",
	"/cpu/classes/scavenge/total:cpu-seconds",
	"/cpu/classes/total:cpu-seconds",
	"/cpu/classes/user:cpu-seconds",
	"/gc/cleanups/executed:cleanups",
	"/gc/cleanups/queued:cleanups",
	"/gc/cycles/automatic:gc-cycles",
	"/gc/cycles/forced:gc-cycles",
	"/gc/cycles/total:gc-cycles",
	"/gc/finalizers/executed:finalizers",
	"/gc/finalizers/queued:finalizers",
	"/gc/gogc:percent",
	"/gc/gomemlimit:bytes",
	"/gc/heap/allocs-by-size:bytes",
	"/gc/heap/allocs:bytes",
	"/gc/heap/allocs:objects",
	"/gc/heap/frees-by-size:bytes",
	"/gc/heap/frees:bytes",
	"/gc/heap/frees:objects",
	"/gc/heap/goal:bytes",
	"/gc/heap/live:bytes",
	"/gc/heap/objects:objects",
	"/gc/heap/tiny/allocs:objects",
	"/gc/limiter/last-enabled:gc-cycle",
	"/gc/pauses:seconds",
	"/gc/scan/globals:bytes",
	"/gc/scan/heap:bytes",
	"/gc/scan/stack:bytes",
	"/gc/scan/total:bytes",
	"/gc/stack/starting-size:bytes",
	"/memory/classes/heap/free:bytes",
	"/memory/classes/heap/objects:bytes",
	"/memory/classes/heap/released:bytes",
	"/memory/classes/heap/stacks:bytes",
	"/memory/classes/heap/unused:bytes",
	"/memory/classes/metadata/mcache/free:bytes",
	"/memory/classes/metadata/mcache/inuse:bytes",
	"/memory/classes/metadata/mspan/free:bytes",
	"/memory/classes/metadata/mspan/inuse:bytes",
	"/memory/classes/metadata/other:bytes",
	"/memory/classes/os-stacks:bytes",
	"/memory/classes/other:bytes",
	"/memory/classes/profiling/buckets:bytes",
	"/memory/classes/total:bytes",
	"/sched/gomaxprocs:threads",
	"/sched/goroutines-created:goroutines",
	"/sched/goroutines/not-in-go:goroutines",
	"/sched/goroutines/runnable:goroutines",
	"/sched/goroutines/running:goroutines",
	"/sched/goroutines/waiting:goroutines",
	"/sched/goroutines:goroutines",
	"/sched/latencies:seconds",
	"/sched/pauses/stopping/gc:seconds",
	"/sched/pauses/stopping/other:seconds",
	"/sched/pauses/total/gc:seconds",
	"/sched/pauses/total/other:seconds",
	"/sched/threads/total:threads",
	"/sync/mutex/wait/total:seconds",
}

//go:linkname readMetricNames runtime/metrics_test.runtime_readMetricNames
func readMetricNames() []string {
	list := append([]string(nil), metricNames[:]...)
	for i := range godebugs.All {
		if info := &godebugs.All[i]; !info.Opaque {
			list = append(list, "/godebug/non-default-behavior/"+info.Name+":events")
		}
	}
	return list
}
