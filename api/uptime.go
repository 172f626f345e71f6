package api

import (
	"context"
	"math"
	"net/http"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/wardmap/wardmap/layers"
	"github.com/wardmap/wardmap/spatial"
	"github.com/wardmap/wardmap/spatial/health"
)

// longestUptime is the longest time that is asked about.
const longestUptime = 400 * 24 * time.Hour

// usualUptime is the time before now that is told of when nobody says from when.
const usualUptime = 30 * 24 * time.Hour

// silent are the faults of work orders for which a device is not there.
var silent = map[string]bool{"offline": true, "network": true, "power": true}

// getUptime answers with the online rate of the devices of a layer, or of one: for how long of the time that they were due
// they were there, by the work orders of their outages.
func (s *Server) getUptime(c echo.Context) error {
	l, err := s.layer(c)
	if err != nil {
		return err
	}
	q, err := query(c, "device", "from", "to")
	if err != nil {
		return err
	}
	if l.Registry == nil || l.Registry.Health == nil {
		return refuse(notFound, "nobody looks after the features of layer %s: its registry has no health", l.ID)
	}
	orders, known := s.defs().Layer(l.Registry.Health.Orders)
	if !known {
		return refuse(notFound, "there is no layer %q of work orders here", l.Registry.Health.Orders)
	}
	to, err := when(q, "to", s.now())
	if err != nil {
		return err
	}
	from, err := when(q, "from", to.Add(-usualUptime))
	if err != nil {
		return err
	}
	if !from.Before(to) || to.Sub(from) > longestUptime {
		return badValue("from", "it must be before to, by 400 days at most")
	}
	ctx, devices := c.Request().Context(), int64(1)
	if q["device"] != "" {
		if _, err := s.read(l).Feature(ctx, l.ID, q["device"]); err != nil {
			return err
		}
	} else {
		stat, err := s.read(l).Stat(ctx, l.ID)
		if err != nil {
			return err
		}
		devices = stat.Count
	}
	outages, err := s.outages(ctx, orders, l.ID, q["device"])
	if err != nil {
		return err
	}
	down, faults := time.Duration(0), 0
	for _, of := range outages {
		up, due := health.Uptime(from, to, of.spans, nil)
		down += time.Duration(of.devices) * (due - up)
		if due > up {
			faults += len(of.spans)
		}
	}
	due := time.Duration(devices) * to.Sub(from)
	answer := map[string]any{
		"layer": l.ID, "from": from.UTC().Format(time.RFC3339), "to": to.UTC().Format(time.RFC3339), "devices": devices, "faults": faults,
		"due_s": math.Round(due.Seconds()), "up_s": math.Round(max(0, due-down).Seconds()), "rate": nil,
		"note": "By the work orders of outages: from detected_at to restored_at. Planned outages have none, and count as up.",
	}
	if due > 0 {
		answer["rate"] = math.Round(1e6*float64(max(0, due-down))/float64(due)) / 1e6
	}
	if q["device"] != "" {
		answer["device"] = q["device"]
	}
	return sendJSON(c, http.StatusOK, typeJSON, answer)
}

// outage is when one device was not there, or several together.
type outage struct {
	devices int64
	spans   []health.Span
}

// outages are those of a layer, by device; of one device those that name it.
func (s *Server) outages(ctx context.Context, orders layers.Layer, layer, device string) (map[string]*outage, error) {
	out := map[string]*outage{}
	where := map[string]any{}
	if device != "" {
		where["device"] = layer + "/" + device
	}
	after := ""
	for {
		page, err := s.read(orders).Features(ctx, orders.ID, layers.Query{Where: where, After: after, Limit: maxLimit})
		if err != nil {
			return nil, err
		}
		for _, f := range page.Features {
			add(out, layer, f)
		}
		if after = page.Next; after == "" {
			return out, nil
		}
	}
}

// add takes in an order. One for many devices at once counts for as many as it names.
func add(out map[string]*outage, layer string, f spatial.Feature) {
	moment := func(name string) time.Time {
		t, _ := time.Parse(time.RFC3339, textOf(&f, name))
		return t
	}
	device := textOf(&f, "device")
	begin := moment("detected_at")
	if !silent[textOf(&f, "fault")] || begin.IsZero() || device != layer && !strings.HasPrefix(device, layer+"/") {
		return
	}
	key, devices := device, int64(1)
	if device == layer {
		key, devices = device+"/"+f.ID, 1
		if n, ok := f.Properties["devices"].(int64); ok {
			devices = n
		}
	}
	if out[key] == nil {
		out[key] = &outage{devices: devices}
	}
	end := moment("restored_at")
	if end.IsZero() {
		end = moment("closed_at")
	}
	out[key].spans = append(out[key].spans, health.Span{Begin: begin, End: end})
}
