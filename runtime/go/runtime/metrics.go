package runtime

import (
	"internal/stringslite"
	"unsafe"
)

// The values of runtime/metrics. What is not measured is zero.

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
	var m MemStats
	ReadMemStats(&m)
	all := unsafe.Slice((*metricSample)(samples), len)
	for i := range all {
		all[i].value = readMetric(all[i].name, &m)
	}
}

func readMetric(name string, m *MemStats) metricValue {
	switch {
	case stringslite.HasSuffix(name, ":cpu-seconds"):
		return metricValue{kind: metricFloat64}
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
		return histogramOf(1, m.Mallocs)
	case "/gc/heap/frees-by-size:bytes":
		return histogramOf(1, m.Frees)
	case "/gc/pauses:seconds", "/sched/latencies:seconds",
		"/sched/pauses/stopping/gc:seconds", "/sched/pauses/stopping/other:seconds",
		"/sched/pauses/total/gc:seconds", "/sched/pauses/total/other:seconds":
		return histogramOf(0, 0)
	case "/sync/mutex/wait/total:seconds":
		return metricValue{kind: metricFloat64}
	}
	v, ok := counterMetric(name, m)
	if !ok {
		return metricValue{}
	}
	return metricValue{kind: metricUint64, scalar: v}
}

// histogramOf makes a histogram with one bucket.
func histogramOf(from float64, count uint64) metricValue {
	h := &histogram{
		counts:  []uint64{count},
		buckets: []float64{from, float64frombits(infBits)},
	}
	return metricValue{kind: metricHistogram, pointer: unsafe.Pointer(h)}
}

func counterMetric(name string, m *MemStats) (v uint64, ok bool) {
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
		v = uint64(gcount())
	case "/sched/goroutines/running:goroutines", "/sched/threads/total:threads":
		v = 1
	case "/sched/goroutines/waiting:goroutines":
		v = uint64(gcount() - 1)
	case "/cgo/go-to-c-calls:calls",
		"/sched/goroutines-created:goroutines", "/sched/goroutines/not-in-go:goroutines",
		"/sched/goroutines/runnable:goroutines":
	default:
		return 0, false
	}
	return v, true
}
