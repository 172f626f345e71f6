package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"strings"
	"time"

	"github.com/wardmap/wardmap/spatial/live"
)

// A simulation drives the units of a server's roster around its city and reports where they are.
type simulation struct {
	server string
	units  int
	speed  float64
	door   string
	mqtt   string
	every  time.Duration
	length time.Duration
	seed   uint64
}

func (o *simulation) check() error {
	switch {
	case o.units < 1 || o.units > 100_000:
		return fmt.Errorf("--units %d: give 1 to 100000", o.units)
	case o.speed <= 0 || o.speed > 100:
		return fmt.Errorf("--speed %v: give more than 0, up to 100", o.speed)
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
	f.StringVar(&o.server, "server", "http://127.0.0.1:8080", "`address` of the server")
	f.IntVar(&o.units, "units", 500, "how `many` units of the roster move")
	f.Float64Var(&o.speed, "speed", 1, "`times` as fast as in life")
	f.StringVar(&o.door, "door", "http", "how positions get in: http or mqtt")
	f.StringVar(&o.mqtt, "mqtt", "127.0.0.1:1883", "`address` of the MQTT door")
	f.DurationVar(&o.every, "every", time.Second, "how `often` each unit reports")
	f.DurationVar(&o.length, "for", 0, "how `long`; 0 is until it is interrupted")
	f.Uint64Var(&o.seed, "seed", 1, "`number` that everything that happens grows from")
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
	o.server = strings.TrimRight(o.server, "/")
	town, err := visit(ctx, o.server)
	if err != nil {
		return err
	}
	crew := town.crew(o.units, rand.New(rand.NewPCG(o.seed, 5)))
	if len(crew) == 0 {
		return fmt.Errorf("the roster of %s has no units that move; start it with --demo, or register some", o.server)
	}
	send, err := o.open(ctx, crew)
	if err != nil {
		return err
	}
	defer send.close()
	fmt.Fprintf(out, "%d units of %s are on their way by %s, %g times as fast as in life\n", len(crew), o.server, o.door, o.speed)
	return o.drive(ctx, crew, send, out)
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
