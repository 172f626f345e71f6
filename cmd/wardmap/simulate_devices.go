package main

import (
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"time"

	"github.com/paulmach/orb/geojson"

	"github.com/wardmap/wardmap/spatial"
	"github.com/wardmap/wardmap/spatial/live"
)

// A workshop is the devices of a simulated city and those who mend them: devices call, some fall silent, orders that the
// server opens are assigned, worked on, verified and closed.
type workshop struct {
	*caller
	rng    *rand.Rand
	speed  float64
	each   time.Duration // between two faults
	calls  time.Duration // between two calls of a device
	send   sender
	out    io.Writer
	all    []string             // serial numbers
	broken map[string]time.Time // until when, unless it is mended before
	next   time.Time
	act    map[string]time.Time // when the next step of an order is due
}

// visit asks for the devices of a layer.
func (s *workshop) visit(ctx context.Context, layer, prefix string) error {
	return s.collection(ctx, layer, "", func(f *geojson.Feature) {
		if status := f.Properties.MustString("status", ""); status != "maintenance" && status != "offline" && status != "fault" {
			s.all = append(s.all, prefix+fmt.Sprint(f.ID))
		}
	})
}

func (s *workshop) run(ctx context.Context) {
	s.broken, s.act = map[string]time.Time{}, map[string]time.Time{}
	said := time.Time{}
	for first := true; first || sleep(ctx, time.Second); first = false {
		now := time.Now()
		if s.each > 0 && now.After(s.next) && len(s.all) > 0 {
			s.next = now.Add(time.Duration((0.5 + s.rng.Float64()) * float64(s.each) / s.speed))
			s.broken[s.all[s.rng.IntN(len(s.all))]] = now.Add(time.Duration(5+s.rng.IntN(20)) * time.Minute)
		}
		if now.Sub(said) >= s.calls {
			said = now
			s.say(ctx, "devices call", s.call(ctx, now))
		}
		s.say(ctx, "work orders", s.work(ctx, now))
	}
}

func (s *workshop) say(ctx context.Context, what string, err error) {
	if err != nil && ctx.Err() == nil {
		fmt.Fprintf(s.out, "%s: %v\n", what, err)
	}
}

// call sends a sign of life of every device that is whole.
func (s *workshop) call(ctx context.Context, now time.Time) error {
	var reports []live.Report
	for _, device := range s.all {
		if until, broken := s.broken[device]; broken && now.Before(until) {
			continue
		}
		delete(s.broken, device)
		reports = append(reports, live.Report{Device: device, Fix: spatial.InstantOf(now), Flags: live.NoFix})
	}
	for len(reports) > 0 {
		n := min(len(reports), 1000)
		if _, err := s.send.send(ctx, reports[:n]); err != nil {
			return err
		}
		reports = reports[n:]
	}
	return nil
}

// work takes the next step of every open order that is due.
func (s *workshop) work(ctx context.Context, now time.Time) error {
	steps := map[string]struct {
		to     string
		values map[string]any
	}{
		"confirmed": {"assigned", map[string]any{"team": [...]string{"秦州运维一班", "秦州运维二班", "麦积运维班"}[s.rng.IntN(3)]}},
		"assigned":  {"arrived", nil},
		"arrived":   {"mended", map[string]any{"repair": [...]string{"更换电源适配器", "重启并升级固件", "重新熔接光纤", "清洁镜头并校正角度"}[s.rng.IntN(4)]}},
		"mended":    {"verified", nil},
		"verified":  {"closed", map[string]any{"evidence": fmt.Sprintf("照片 IMG-%06d", s.rng.IntN(1_000_000))}},
	}
	for state, step := range steps {
		var due []*geojson.Feature
		err := s.collection(ctx, "work_orders", "&state="+state, func(f *geojson.Feature) {
			key := fmt.Sprint(f.ID, "/", state)
			if _, known := s.act[key]; !known {
				s.act[key] = now.Add(time.Duration((20 + 100*s.rng.Float64()) / s.speed * float64(time.Second)))
			}
			if now.After(s.act[key]) {
				delete(s.act, key)
				due = append(due, f)
			}
		})
		if err != nil {
			return err
		}
		for _, f := range due {
			values := map[string]any{"state": step.to}
			for name, v := range step.values {
				values[name] = v
			}
			if err := s.change(ctx, "work_orders", fmt.Sprint(f.ID), values); err != nil {
				return err
			}
			if step.to == "mended" {
				s.mend(f.Properties.MustString("device", ""))
			}
		}
	}
	return nil
}

// mend lets a device call again. A device is layer/id there, and layer-id as it calls.
func (s *workshop) mend(device string) {
	for prefix, layer := range map[string]string{"camera-": "cameras/", "terminal-": "terminals/"} {
		if len(device) > len(layer) && device[:len(layer)] == layer {
			delete(s.broken, prefix+device[len(layer):])
		}
	}
}
