package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"strings"
	"time"

	"github.com/paulmach/orb"

	"github.com/wardmap/wardmap/layers"
	"github.com/wardmap/wardmap/spatial"
	"github.com/wardmap/wardmap/spatial/health"
	"github.com/wardmap/wardmap/spatial/live"
)

// A ward looks after the devices of the layers whose registry says what their silence means: it writes their status and
// opens, folds and closes work orders. What it has to remember stands in those layers; after a restart it believes
// nothing and looks again.
type ward struct {
	w        *world
	editor   *layers.Editor // that brings its own times
	rule     health.Rule
	monitors map[string]*health.Monitor // by layer
}

// Properties of work orders, and the states that a ward knows.
const (
	orderDevice, orderFault, orderTimes, orderDevices, orderClass, orderEvidence, orderRestored = "device", "fault", "times", "devices", "class", "evidence", "restored_at"

	orderDetected, orderConfirmed, orderClosed = "detected", "confirmed", "closed"

	faultOffline, faultFlapping, faultNetwork = "offline", "flapping", "network"
)

// fold is how long after an order was closed the same fault of the same device opens it again, not another one.
const fold = time.Hour

// recovered is the evidence of an order that nobody had taken when its device called again.
const recovered = "设备已自行恢复上报 the device calls again by itself"

func newWard(w *world, rule health.Rule) *ward {
	return &ward{w: w, editor: w.editor.Repaired(), rule: rule, monitors: map[string]*health.Monitor{}}
}

// run looks until ctx ends: so often that the probes take as long as the silence before them.
func (wa *ward) run(ctx context.Context, every time.Duration) {
	for sleep(ctx, every) {
		if err := wa.look(ctx, time.Now()); err != nil && ctx.Err() == nil {
			wa.w.log.Warn("look after the devices", "error", err)
		}
	}
}

func (wa *ward) look(ctx context.Context, now time.Time) error {
	heard := wa.heard()
	for _, l := range wa.w.catalogue().Managed() {
		if l.Registry == nil || l.Registry.Health == nil {
			continue
		}
		m := wa.monitors[l.ID]
		if m == nil {
			m = health.NewMonitor(wa.rule)
			wa.monitors[l.ID] = m
		}
		called := m.Calling()
		if err := wa.act(ctx, l, m.Look(now, devicesOf(l, heard)), called, now); err != nil {
			return fmt.Errorf("layer %s: %w", l.ID, err)
		}
	}
	return nil
}

// heard is when each device called last, by the id of its unit.
func (wa *ward) heard() map[string]time.Time {
	out := map[string]time.Time{}
	wa.w.desk.picture.Units(func(v live.Sight) bool {
		if v.Unit.Class.Moves() {
			return true
		}
		out[v.Unit.ID] = time.Time{}
		if last := max(v.Heard, v.Fix); last != 0 {
			out[v.Unit.ID] = last.Time()
		}
		return true
	})
	return out
}

// devicesOf are those of a layer, by the ids of their features.
func devicesOf(l layers.Layer, heard map[string]time.Time) iter.Seq2[string, time.Time] {
	return func(yield func(string, time.Time) bool) {
		for unit, last := range heard {
			if id, ours := strings.CutPrefix(unit, l.Registry.Prefix); ours && !yield(id, last) {
				return
			}
		}
	}
}

// act writes down what is believed otherwise than before.
func (wa *ward) act(ctx context.Context, l layers.Layer, changes []health.Change, called int, now time.Time) error {
	var fell, back []health.Change
	for _, c := range changes {
		if c.State == health.Up {
			back = append(back, c)
		} else {
			fell = append(fell, c)
		}
	}
	if health.Together(len(fell), called) {
		if err := wa.together(ctx, l, fell, now); err != nil {
			return err
		}
		fell = nil
	}
	for _, c := range fell {
		if err := wa.fell(ctx, l, c, now); err != nil {
			return fmt.Errorf("device %s: %w", c.Device, err)
		}
	}
	for _, c := range back {
		if err := wa.back(ctx, l, c.Device, now); err != nil {
			return fmt.Errorf("device %s: %w", c.Device, err)
		}
	}
	return nil
}

// fell writes the status of a device that is faulty, and its order. One whose outage is planned has none.
func (wa *ward) fell(ctx context.Context, l layers.Layer, c health.Change, now time.Time) error {
	f, err := wa.w.store.Feature(ctx, l.ID, c.Device)
	if err != nil || f.Properties[l.Registry.Health.Status] == layers.Planned {
		return gone(err)
	}
	fault := faultOffline
	if c.State == health.Flapping {
		fault = faultFlapping
	}
	if err := wa.order(ctx, l, l.ID+"/"+c.Device, fault, f, map[string]any{orderTimes: int64(max(1, c.Times)), "detected_at": moment(c.Since)}, now); err != nil {
		return err
	}
	if c.State == health.Down {
		return wa.status(ctx, l, c.Device, layers.Offline)
	}
	return nil
}

// together opens one order for many that fell silent at once.
func (wa *ward) together(ctx context.Context, l layers.Layer, fell []health.Change, now time.Time) error {
	var middle orb.MultiPoint
	for _, c := range fell {
		f, err := wa.w.store.Feature(ctx, l.ID, c.Device)
		if err != nil {
			if gone(err) == nil {
				continue
			}
			return err
		}
		middle = append(middle, f.Geometry.Bound().Center())
		if f.Properties[l.Registry.Health.Status] == layers.Planned {
			continue
		}
		if err := wa.status(ctx, l, c.Device, layers.Offline); err != nil {
			return err
		}
	}
	if len(middle) == 0 {
		return nil
	}
	since := slices.MinFunc(fell, func(a, b health.Change) int { return a.Since.Compare(b.Since) }).Since
	at := spatial.Feature{Geometry: middle.Bound().Center(), Properties: map[string]any{l.Label: l.Title.Zh}}
	return wa.order(ctx, l, l.ID, faultNetwork, at, map[string]any{orderDevices: int64(len(middle)), "detected_at": moment(since)}, now)
}

// order opens an order for a fault, or writes into the one that is there: an open one, or one that was closed so short a
// while ago that it is the same fault.
func (wa *ward) order(ctx context.Context, l layers.Layer, device, fault string, f spatial.Feature, values map[string]any, now time.Time) error {
	orders, ok := wa.w.catalogue().Layer(l.Registry.Health.Orders)
	if !ok {
		return nil
	}
	last, err := wa.last(ctx, orders, device)
	if err != nil {
		return err
	}
	if last != nil {
		open := last.Properties[orders.Flow.Property] != orderClosed
		closed, _ := time.Parse(time.RFC3339, textIn(last.Properties, orders.Flow.Times[orderClosed]))
		if open || now.Sub(closed) < fold {
			again := map[string]any{orderRestored: nil, orderFault: fault, orderTimes: max(numberIn(last.Properties, orderTimes)+1, numberIn(values, orderTimes))}
			if !open {
				again[orders.Flow.Property] = orderConfirmed
			}
			_, err := wa.editor.Patch(ctx, orders.ID, last.ID, 0, layers.Patch{Properties: again})
			return err
		}
	}
	values[orderDevice], values[orderFault], values[orders.Flow.Property] = device, fault, orderConfirmed
	name := cmp.Or(textIn(f.Properties, l.Label), device)
	values[orders.Label] = name + " " + orders.ValueTitle(orderFault, fault).Zh
	if class := textIn(f.Properties, l.Registry.Health.Class); class != "" {
		values[orderClass] = class
	}
	_, err = wa.editor.Apply(ctx, []layers.Edit{{Op: layers.Create, Layer: orders.ID, Feature: spatial.Feature{Geometry: f.Geometry.Bound().Center(), Source: "health", Properties: values}}})
	return err
}

// back writes that a device calls again. An order that nobody has taken yet is closed with that.
func (wa *ward) back(ctx context.Context, l layers.Layer, device string, now time.Time) error {
	f, err := wa.w.store.Feature(ctx, l.ID, device)
	if err != nil {
		return gone(err)
	}
	if f.Properties[l.Registry.Health.Status] == layers.Offline {
		if err := wa.status(ctx, l, device, layers.Online); err != nil {
			return err
		}
	}
	orders, ok := wa.w.catalogue().Layer(l.Registry.Health.Orders)
	if !ok {
		return nil
	}
	for _, named := range []string{l.ID + "/" + device, l.ID} {
		last, err := wa.last(ctx, orders, named)
		if err != nil || last == nil || last.Properties[orderRestored] != nil {
			if err != nil {
				return err
			}
			continue
		}
		state, values := textIn(last.Properties, orders.Flow.Property), map[string]any{orderRestored: moment(now)}
		ours := slices.Contains([]string{faultOffline, faultFlapping, faultNetwork}, textIn(last.Properties, orderFault))
		if !ours || state == orderClosed {
			continue
		}
		if state == orderDetected || state == orderConfirmed {
			values[orders.Flow.Property], values[orderEvidence] = orderClosed, recovered
		}
		if _, err := wa.editor.Patch(ctx, orders.ID, last.ID, 0, layers.Patch{Properties: values}); err != nil {
			return err
		}
	}
	return nil
}

// last is the newest order of a device, nil when it never had one.
func (wa *ward) last(ctx context.Context, orders layers.Layer, device string) (*spatial.Feature, error) {
	page, err := wa.w.store.Features(ctx, orders.ID, layers.Query{Where: map[string]any{orderDevice: device}})
	if err != nil || len(page.Features) == 0 {
		return nil, err
	}
	newest := slices.MaxFunc(page.Features, func(a, b spatial.Feature) int { return cmp.Compare(a.Version, b.Version) })
	return &newest, nil
}

// status writes the status of a device, and of what shows the same.
func (wa *ward) status(ctx context.Context, l layers.Layer, device, status string) error {
	h := l.Registry.Health
	for _, layer := range append([]string{l.ID}, h.With...) {
		_, err := wa.editor.Patch(ctx, layer, device, 0, layers.Patch{Properties: map[string]any{h.Status: status}})
		if err := gone(err); err != nil {
			return err
		}
	}
	return nil
}

// gone is nil for what does not exist any more.
func gone(err error) error {
	if errors.Is(err, layers.ErrNotFound) {
		return nil
	}
	return err
}

func moment(t time.Time) string { return t.UTC().Truncate(time.Second).Format(time.RFC3339) }

func textIn(values map[string]any, name string) string {
	text, _ := values[name].(string)
	return text
}

func numberIn(values map[string]any, name string) int64 {
	n, _ := values[name].(int64)
	return n
}
