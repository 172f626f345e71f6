package importer

import "time"

// A Progress tells how an import goes.
type Progress struct {
	Done, Total int64 // bytes of the file; Total is 0 when unknown
	Read        int64 // features
	Rejected    int64
	Elapsed     time.Duration
}

// Fraction is how much of the file is read, 0 to 1.
func (p Progress) Fraction() float64 {
	if p.Total <= 0 {
		return 0
	}
	return min(1, float64(p.Done)/float64(p.Total))
}

// Rate is features per second since the start.
func (p Progress) Rate() float64 {
	if p.Elapsed <= 0 {
		return 0
	}
	return float64(p.Read) / p.Elapsed.Seconds()
}

// Remaining is the time that the rest will take at the pace so far, 0 when that is unknown.
func (p Progress) Remaining() time.Duration {
	f := p.Fraction()
	if f <= 0 {
		return 0
	}
	return time.Duration(float64(p.Elapsed) * (1 - f) / f)
}

// clockwork calls progress now and then.
type clockwork struct {
	progress    func(Progress)
	done, total int64 // bytes of the file, as the source said last
	start, last time.Time
	n           int
}

func newClock(progress func(Progress)) *clockwork {
	return &clockwork{progress: progress, start: time.Now()}
}

func (c *clockwork) show(r Result, end bool) {
	if c.progress == nil {
		return
	}
	if c.n++; !end && c.n%64 != 0 {
		return
	}
	now := time.Now()
	if !end && now.Sub(c.last) < 100*time.Millisecond {
		return
	}
	c.last = now
	c.progress(Progress{Done: c.done, Total: c.total, Read: r.Read, Rejected: r.Rejected, Elapsed: now.Sub(c.start)})
}
