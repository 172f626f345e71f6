package main

import (
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"strings"
	"time"

	"github.com/paulmach/orb"
	"github.com/paulmach/orb/geo"
	"github.com/paulmach/orb/geojson"
)

// happenings are what happens in a simulated city.
var happenings = []struct{ kind, zh, en, priority string }{
	{"traffic", "两车追尾", "Rear-end collision", "2"}, {"traffic", "电动车与行人刮碰", "E-bike and pedestrian", "2"}, {"public_order", "酒后滋事", "Drunken disorder", "2"},
	{"theft", "店铺失窃", "Shop theft", "3"}, {"dispute", "邻里纠纷", "Neighbours' dispute", "3"}, {"dispute", "消费纠纷", "Customer dispute", "4"},
	{"help", "老人摔倒求助", "Fall, help needed", "2"}, {"help", "被困电梯", "Trapped in a lift", "2"}, {"missing", "走失求助", "Somebody lost", "1"},
	{"fire", "厨房冒烟", "Smoke from a kitchen", "1"}, {"facility", "井盖缺失", "Manhole cover missing", "4"}, {"facility", "信号灯故障", "Traffic light fault", "3"},
}

// A precinct is a simulated command centre: incidents happen, the nearest free unit is sent, drives there, works and
// closes. Now and then one is forgotten until its clock has run out.
type precinct struct {
	*caller
	rng   *rand.Rand
	speed float64
	each  time.Duration // between two incidents
	crew  map[string]*mover
	out   io.Writer

	began time.Time
	next  time.Time
	n     int
	open  map[string]*call
}

// A call is an incident that the precinct works on.
type call struct {
	id, unit string
	at       orb.Point
	state    string
	act      time.Time // when its next step is due
	errand   *errand
}

// run works until ctx ends.
func (p *precinct) run(ctx context.Context) {
	p.open = map[string]*call{}
	p.began, p.next = time.Now(), time.Now()
	p.adopt(ctx)
	for sleep(ctx, time.Second) {
		now := time.Now()
		if p.each > 0 && now.After(p.next) {
			p.next = now.Add(p.span(p.each.Seconds()*0.5, p.each.Seconds()*1.5))
			p.happen(ctx, now)
		}
		for id, c := range p.open {
			if err := p.step(ctx, c, now); err != nil && ctx.Err() == nil {
				fmt.Fprintf(p.out, "incident %s: %v\n", id, err)
				c.act = now.Add(10 * time.Second)
			}
			if c.state == "closed" {
				delete(p.open, id)
			}
		}
	}
}

// span is a time between two numbers of seconds, as fast as time runs here.
func (p *precinct) span(least, most float64) time.Duration {
	return time.Duration((least + (most-least)*p.rng.Float64()) / p.speed * float64(time.Second))
}

// adopt takes over the incidents that are open.
func (p *precinct) adopt(ctx context.Context) {
	err := p.collection(ctx, "incidents", "", func(f *geojson.Feature) {
		state, units := f.Properties.MustString("state", ""), f.Properties.MustString("units", "")
		at, ok := f.Geometry.(orb.Point)
		if !ok || state == "closed" {
			return
		}
		id := fmt.Sprint(f.ID)
		c := &call{id: id, at: at, state: state, act: time.Now().Add(p.span(20, 900))}
		c.unit, _, _ = strings.Cut(units, ",")
		if m := p.crew[c.unit]; m != nil {
			c.errand, _ = m.send(at)
		}
		p.open[id] = c
	})
	if err != nil && ctx.Err() == nil {
		fmt.Fprintln(p.out, "incidents:", err)
	}
}

// happen makes an incident near one of the units.
func (p *precinct) happen(ctx context.Context, now time.Time) {
	if len(p.crew) == 0 {
		return
	}
	var homes []orb.Point
	for _, m := range p.crew {
		homes = append(homes, m.unit.home)
	}
	at := geo.PointAtBearingAndDistance(homes[p.rng.IntN(len(homes))], 360*p.rng.Float64(), 150+900*p.rng.Float64())
	k := happenings[p.rng.IntN(len(happenings))]
	p.n++
	id := fmt.Sprintf("sim-%s-%d", p.began.UTC().Format("0102150405"), p.n)
	err := p.create(ctx, "incidents", id, at, map[string]any{
		"name": k.zh, "name_en": k.en, "type": k.kind, "priority": k.priority, "state": "new", "number": "JQ" + now.Format("20060102") + fmt.Sprintf("%04d", 9000+p.n%1000),
		"reported_at": now.UTC().Format(time.RFC3339),
	})
	if err != nil {
		if ctx.Err() == nil {
			fmt.Fprintln(p.out, "report an incident:", err)
		}
		return
	}
	wait := p.span(8, 40)
	if p.rng.IntN(8) == 0 {
		wait = p.span(200, 600) // forgotten for a while
	}
	p.open[id] = &call{id: id, at: at, state: "new", act: now.Add(wait)}
}

// step does what comes next for an incident, when it is time.
func (p *precinct) step(ctx context.Context, c *call, now time.Time) error {
	if now.Before(c.act) {
		return nil
	}
	switch c.state {
	case "new":
		return p.dispatch(ctx, c, now)
	case "dispatched":
		c.state, c.act = "en_route", now
		return p.caller.state(ctx, c.unit, "en_route")
	case "en_route":
		if c.errand != nil {
			if arrived, _ := c.errand.now(); !arrived {
				return nil
			}
		}
		c.state, c.act = "on_scene", now.Add(p.span(90, 400))
		return p.caller.state(ctx, c.unit, "on_scene")
	case "on_scene":
		if err := p.change(ctx, "incidents", c.id, map[string]any{"state": "closed", "outcome": [...]string{"handled", "handled", "handled", "unfounded", "transferred"}[p.rng.IntN(5)]}); err != nil {
			return err
		}
		c.state = "closed"
		if c.errand != nil {
			c.errand.release()
		}
	}
	return nil
}

// dispatch sends the unit that the server says is the nearest; sometimes the one after it, with a reason.
func (p *precinct) dispatch(ctx context.Context, c *call, now time.Time) error {
	var answer struct{ Units []struct{ ID, Class string } }
	status, err := p.do(ctx, http.MethodGet, "/units/nearest?incident="+c.id+"&by=road&k=5", "", nil, &answer)
	if status == http.StatusNotFound { // somebody took it away
		c.state = "closed"
		return nil
	}
	if err != nil {
		return err
	}
	var free []string
	for _, u := range answer.Units {
		if u.Class == "vehicle" || u.Class == "officer" {
			free = append(free, u.ID)
		}
	}
	if len(free) == 0 {
		c.act = now.Add(p.span(20, 40))
		return nil
	}
	values := map[string]any{"state": "dispatched", "units": free[0]}
	if len(free) > 1 && p.rng.IntN(6) == 0 {
		values["units"], values["override"] = free[1], "首选单元正在看护现场"
	}
	if err := p.change(ctx, "incidents", c.id, values); err != nil {
		return err
	}
	c.unit, c.state, c.act = values["units"].(string), "dispatched", now.Add(p.span(4, 20))
	if m := p.crew[c.unit]; m != nil {
		if e, sent := m.send(c.at); sent {
			c.errand = e
		}
	}
	return nil
}
