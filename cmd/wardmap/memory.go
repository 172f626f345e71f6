package main

import (
	"context"
	"math"
	"runtime/debug"
	"runtime/metrics"
	"time"
)

// plenty is how much memory a server may take before its collector begins to save it, in bytes.
const plenty = 1400 << 20

// enough is the memory that the collector shall keep to while so many bytes live. Left alone, it lets the heap grow to twice
// of what lives, which is fast as long as there is plenty; of a million buildings it would be more than 2 GB, half of it garbage.
func enough(live uint64) int64 { return int64(max(plenty, live+live/6)) }

// saveMemory lets the collector keep to what is enough until ctx ends, unless GOMEMLIMIT says what to keep to.
func saveMemory(ctx context.Context) {
	if debug.SetMemoryLimit(-1) != math.MaxInt64 {
		return
	}
	defer debug.SetMemoryLimit(math.MaxInt64)
	now := time.NewTicker(time.Second)
	defer now.Stop()
	live := []metrics.Sample{{Name: "/gc/heap/live:bytes"}}
	for last := int64(0); ; {
		metrics.Read(live)
		if limit := enough(live[0].Value.Uint64()); limit-last > last/32 || last-limit > last/32 { // setting it stops the world for a moment
			debug.SetMemoryLimit(limit)
			last = limit
		}
		select {
		case <-ctx.Done():
			return
		case <-now.C:
		}
	}
}
