package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"iter"
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
		changes := m.Look(now, devicesOf(l, heard))
		if len(changes) == 0 {
			continue
		}
		if err := wa.act(ctx, l, changes, called, now); err != nil {
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
	orders, err := wa.orders(ctx, l, now)
	if err != nil {
		return err
	}
	var fell, back []fallen
	for _, c := range changes {
		f, err := wa.w.store.Feature(ctx, l.ID, c.Device)
		if errors.Is(err, layers.ErrNotFound) {
			continue
		}
		if err != nil {
			return err
		}
		one := fallen{c, f}
		switch status := f.Properties[l.Registry.Health.Status]; {
		case c.State == health.Up:
			back = append(back, one)
		case status != layers.Planned && (status != layers.Offline || c.State != health.Down): // what is known stands there: a restart knows nothing new
			fell = append(fell, one)
		}
	}
	if health.Together(len(fell), called) {
		err = wa.together(ctx, l, orders, fell)
		fell = nil
	}
	for _, one := range fell {
		err = errors.Join(err, wa.fell(ctx, l, orders, one))
	}
	for _, one := range back {
		err = errors.Join(err, wa.back(ctx, l, orders, one))
	}
	if len(back) > 0 && !health.Together(wa.monitors[l.ID].Silent(), called) {
		err = errors.Join(err, orders.restore(ctx, l.ID))
	}
	return err
}

// A fallen is a device of which something else is believed than before.
type fallen struct {
	health.Change
	feature spatial.Feature
}

// fell writes the status of a device that is faulty, and its order.
func (wa *ward) fell(ctx context.Context, l layers.Layer, orders *orderBook, one fallen) error {
	fault := faultOffline
	if one.State == health.Flapping {
		fault = faultFlapping
	}
	values := map[string]any{orderTimes: int64(max(1, one.Times)), orderDetectedAt: moment(one.Since)}
	if class := textIn(one.feature.Properties, l.Registry.Health.Class); class != "" {
		values[orderClass] = class
	}
	name := cmp.Or(textIn(one.feature.Properties, l.Label), one.Device)
	if err := orders.open(ctx, l.ID+"/"+one.Device, fault, name, one.feature.Geometry.Bound().Center(), values); err != nil || one.State != health.Down {
		return err
	}
	return wa.status(ctx, l, one.Device, layers.Offline)
}

// together opens one order for many that fell silent at once.
func (wa *ward) together(ctx context.Context, l layers.Layer, orders *orderBook, fell []fallen) error {
	var middle orb.MultiPoint
	since := fell[0].Since
	for _, one := range fell {
		middle = append(middle, one.feature.Geometry.Bound().Center())
		if one.Since.Before(since) {
			since = one.Since
		}
		if err := wa.status(ctx, l, one.Device, layers.Offline); err != nil {
			return err
		}
	}
	values := map[string]any{orderTimes: int64(1), orderDevices: int64(len(fell)), orderDetectedAt: moment(since)}
	return orders.open(ctx, l.ID, faultNetwork, l.Title.Zh, middle.Bound().Center(), values)
}

// back writes that a device calls again.
func (wa *ward) back(ctx context.Context, l layers.Layer, orders *orderBook, one fallen) error {
	if one.feature.Properties[l.Registry.Health.Status] == layers.Offline {
		if err := wa.status(ctx, l, one.Device, layers.Online); err != nil {
			return err
		}
	}
	return orders.restore(ctx, l.ID+"/"+one.Device)
}

// status writes the status of a device, and of what shows the same.
func (wa *ward) status(ctx context.Context, l layers.Layer, device, status string) error {
	h := l.Registry.Health
	for _, layer := range append([]string{l.ID}, h.With...) {
		_, err := wa.editor.Patch(ctx, layer, device, 0, layers.Patch{Properties: map[string]any{h.Status: status}})
		if err != nil && !errors.Is(err, layers.ErrNotFound) {
			return err
		}
	}
	return nil
}
