package gather

import (
	"fmt"
	"time"

	"github.com/wardmap/wardmap/layers"
)

// A Health says whether a source is dead. The zero value is alive.
type Health struct {
	Dead  bool
	Since time.Time // since when
	Why   layers.Text
}

// healthOf judges a source at a moment: by what it has not delivered, and by how often it failed in a row.
func healthOf(d *Definition, st *State, now time.Time) Health {
	heard := st.Heard
	if heard.IsZero() {
		heard = st.Known
	}
	if st.Failures >= d.Failures && d.Failures > 0 {
		return Health{true, st.Failing, layers.Text{
			Zh: fmt.Sprintf("连续失败 %d 次：%s", st.Failures, st.Why),
			En: fmt.Sprintf("failed %d times in a row: %s", st.Failures, st.Why),
		}}
	}
	if d.Silent > 0 && !heard.IsZero() && now.Sub(heard) > d.Silent.D() {
		why := layers.Text{
			Zh: fmt.Sprintf("超过 %v 没有数据", d.Silent),
			En: fmt.Sprintf("has delivered nothing for more than %v", d.Silent),
		}
		if st.Why != "" {
			why.Zh += "：" + st.Why
			why.En += ": " + st.Why
		}
		return Health{true, heard.Add(d.Silent.D()), why}
	}
	return Health{}
}
