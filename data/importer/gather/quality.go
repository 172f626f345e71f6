package gather

import "time"

// A Quality says how good the newest delivery of a source is. Shares are 0 to 1 of what was delivered.
type Quality struct {
	Run        int64 // that it is of, 0 when nothing was delivered yet
	Rejected   float64
	Restricted float64
	Duplicates float64
	Missing    map[string]float64 // property that the source fills -> share of features without it
	Newest     time.Time          // record, zero when it is unknown
	Age        time.Duration      // of it
}

// qualityOf is the quality of the newest delivery that held records.
func qualityOf(st *State, now time.Time) Quality {
	for _, r := range st.Runs {
		if r.Cause == ByReplay || r.Taken == 0 {
			continue
		}
		share := func(n, of int64) float64 { return float64(n) / float64(max(1, of)) }
		q := Quality{
			Run: r.Number, Rejected: share(r.Rejected, r.Taken), Restricted: share(r.Restricted, r.Taken),
			Duplicates: share(r.Duplicates, r.Taken), Missing: map[string]float64{}, Newest: r.Newest,
		}
		for property, n := range r.Missing {
			q.Missing[property] = share(n, r.Changed+r.Unchanged)
		}
		if !r.Newest.IsZero() {
			q.Age = now.Sub(r.Newest)
		}
		return q
	}
	return Quality{}
}
