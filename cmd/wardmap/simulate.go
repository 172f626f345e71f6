package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"strings"
	"sync"
	"time"

	"github.com/wardmap/wardmap/spatial"
	"github.com/wardmap/wardmap/spatial/live"
)

// A simulation drives the units of a server's roster around its city and reports where they are.
type simulation struct {
	caller
	units  int
	speed  float64
	door   string
	mqtt   string
	every  time.Duration
	length time.Duration
	seed   uint64

	incidents float64 // an hour
	faults    float64 // of devices, an hour
	calls     time.Duration
}

func (o *simulation) check() error {
	switch {
	case o.units < 1 || o.units > 100_000:
		return fmt.Errorf("--units %d: give 1 to 100000", o.units)
	case o.speed <= 0 || o.speed > 100:
		return fmt.Errorf("--speed %v: give more than 0, up to 100", o.speed)
	case o.incidents < 0 || o.incidents > 10_000 || o.faults < 0 || o.faults > 10_000:
		return fmt.Errorf("--incidents %v, --faults %v: give 0 to 10000 an hour", o.incidents, o.faults)
	case o.calls < time.Second:
		return fmt.Errorf("--device-calls %v: give 1s or more", o.calls)
	case o.every < 50*time.Millisecond:
		return fmt.Errorf("--every %v: give 50ms or more", o.every)
	case o.door != "http" && o.door != "mqtt":
		return fmt.Errorf("--door %q: it is http or mqtt", o.door)
	}
	return nil
}

// simulate moves the units of the roster through the streets until it is interrupted.
func simulate(ctx context.Context, args []string, out io.Writer) error {
	var o simulation
	f := flags("simulate")
	f.StringVar(&o.base, "server", "http://127.0.0.1:8080", "`address` of the server")
	f.IntVar(&o.units, "units", 500, "how `many` units of the roster move")
	f.Float64Var(&o.speed, "speed", 1, "`times` as fast as in life")
	f.StringVar(&o.door, "door", "http", "how positions get in: http or mqtt")
	f.StringVar(&o.mqtt, "mqtt", "127.0.0.1:1883", "`address` of the MQTT door")
	f.DurationVar(&o.every, "every", time.Second, "how `often` each unit reports")
	f.DurationVar(&o.length, "for", 0, "how `long`; 0 is until it is interrupted")
	f.Uint64Var(&o.seed, "seed", 1, "`number` that everything that happens grows from")
	f.StringVar(&o.token, "token", "", "`key` of a program's account, where the server has accounts; better as WARDMAP_TOKEN")
	f.Float64Var(&o.incidents, "incidents", 60, "how `many` incidents an hour of life; 0 is none")
	f.Float64Var(&o.faults, "faults", 30, "how `many` faults of cameras and terminals an hour of life; 0 is none, and none of them call")
	f.DurationVar(&o.calls, "device-calls", 20*time.Second, "how `often` cameras and terminals call")
	if err := parseAlone(f, args); err != nil {
		return err
	}
	if err := o.check(); err != nil {
		return err
	}
	if o.length > 0 {
		var stop context.CancelFunc
		ctx, stop = context.WithTimeout(ctx, o.length)
		defer stop()
	}
	err := o.run(ctx, out)
	if errors.Is(err, context.DeadlineExceeded) && o.length > 0 {
		return nil
	}
	return err
}

func (o *simulation) run(ctx context.Context, out io.Writer) error {
	o.base, out = strings.TrimRight(o.base, "/"), &shared{to: out}
	town, err := visit(ctx, &o.caller)
	if err != nil {
		return err
	}
	crew := town.crew(o.units, rand.New(rand.NewPCG(o.seed, 5)))
	if len(crew) == 0 {
		return fmt.Errorf("the roster of %s has no units that move; start it with --demo, or register some", o.base)
	}
	send, err := o.open(ctx, crew)
	if err != nil {
		return err
	}
	defer send.close()
	fmt.Fprintf(out, "%d units of %s are on their way by %s, %g times as fast as in life\n", len(crew), o.base, o.door, o.speed)
	var work sync.WaitGroup
	defer work.Wait()
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	if err := o.live(ctx, crew, &work, out); err != nil {
		return err
	}
	return o.drive(ctx, crew, send, out)
}

// live lets happen what happens besides moving, until ctx ends.
func (o *simulation) live(ctx context.Context, crew []*mover, work *sync.WaitGroup, out io.Writer) error {
	if n, err := o.plan(ctx, crew, time.Now()); err != nil {
		fmt.Fprintln(out, "no shifts are planned:", err)
	} else if n > 0 {
		fmt.Fprintf(out, "%d shifts are planned in the beats\n", n)
	}
	if o.incidents > 0 {
		p := &precinct{caller: &o.caller, rng: rand.New(rand.NewPCG(o.seed, 6)), speed: o.speed, each: time.Duration(float64(time.Hour) / o.incidents), crew: map[string]*mover{}, out: out}
		for _, m := range crew {
			if m.unit.class == spatial.Vehicle || m.unit.class == spatial.Officer {
				p.crew[m.unit.id] = m
			}
		}
		work.Go(func() { p.run(ctx) })
	}
	if o.faults == 0 {
		return nil
	}
	s := &workshop{caller: &o.caller, rng: rand.New(rand.NewPCG(o.seed, 7)), speed: o.speed, each: time.Duration(float64(time.Hour) / o.faults), calls: o.calls, send: &byHTTP{&o.caller}, out: out}
	if err := errors.Join(s.visit(ctx, "cameras", "camera-"), s.visit(ctx, "terminals", "terminal-")); err != nil {
		return err
	}
	work.Go(func() { s.run(ctx) })
	return nil
}

// drive moves everybody step by step and reports.
func (o *simulation) drive(ctx context.Context, crew []*mover, send sender, out io.Writer) error {
	reports := make([]live.Report, 0, len(crew))
	before, said := time.Now(), time.Now()
	accepted, refused := 0, 0
	for sleep(ctx, o.every) {
		now := time.Now()
		reports = reports[:0]
		for _, m := range crew {
			m.step(now.Sub(before).Seconds(), o.speed)
			if r, heard := m.report(now); heard {
				reports = append(reports, r)
			}
		}
		before = now
		n, err := send.send(ctx, reports)
		if ctx.Err() != nil {
			break
		}
		if err != nil {
			fmt.Fprintln(out, "not sent:", err)
		}
		accepted, refused = accepted+n, refused+len(reports)-n
		if now.Sub(said) >= 10*time.Second {
			said = now
			fmt.Fprintf(out, "%s  %d positions accepted, %d not\n", now.Format(time.TimeOnly), accepted, refused)
		}
	}
	fmt.Fprintf(out, "%d positions accepted, %d not\n", accepted, refused)
	return ctx.Err()
}
