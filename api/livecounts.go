package api

import (
	"net/http"

	"github.com/labstack/echo/v4"
)

// A balance is what became of the events that a subscriber wants: produced = delivered + pending + dead.
type balance struct {
	Name      string `json:"name"`
	Produced  uint64 `json:"produced"`
	Delivered uint64 `json:"delivered"`
	Pending   uint64 `json:"pending"`
	Dead      uint64 `json:"dead"`
	Lost      uint64 `json:"lost"`
}

// getLiveCounts answers with the counters of everything live.
func (s *Server) getLiveCounts(c echo.Context) error {
	l, _, err := s.livePart(c)
	if err != nil {
		return err
	}
	counts := l.Picture.Counts()
	verdicts := map[string]uint64{}
	for v, n := range counts.Verdict {
		verdicts[v.String()] = n
	}
	if l.Refused != nil {
		for v, n := range l.Refused() {
			verdicts[v.String()] += n
		}
	}
	units := map[string]map[string]int{}
	for class, by := range counts.Units {
		units[class.String()] = map[string]int{}
		for freshness, n := range by {
			units[class.String()][freshness.String()] = n
		}
	}
	events := map[string]uint64{}
	for kind, n := range counts.Event {
		events[kind.String()] = n
	}
	balances := []balance{}
	if l.Subscribers != nil {
		list, err := l.Subscribers.Status(c.Request().Context())
		if err != nil {
			return err
		}
		for _, st := range list {
			balances = append(balances, balance{st.Name, st.Produced, st.Delivered, st.Pending, st.Dead, st.Lost})
		}
	}
	doors := map[string]map[string]uint64{}
	if l.Doors != nil {
		doors = l.Doors()
	}
	return sendLiveJSON(c, http.StatusOK, map[string]any{
		"doors": doors, "reports": counts.Reports, "verdicts": verdicts, "units": units, "events": events, "fences": counts.Fences, "seq": counts.Seq,
		"newest": l.Alerts.Newest(), "subscribers": balances,
		"streams": map[string]int64{"doors": s.streams.doors.Load(), "alerts": s.streams.alerts.Load(), "walls": s.streams.walls.Load()},
	})
}
