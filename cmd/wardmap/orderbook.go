package main

import (
	"context"
	"slices"
	"time"

	"github.com/paulmach/orb"

	"github.com/wardmap/wardmap/layers"
	"github.com/wardmap/wardmap/spatial"
)

// Properties of work orders, and the states and faults that a ward knows.
const (
	orderDevice, orderFault, orderTimes, orderDevices, orderClass, orderEvidence = "device", "fault", "times", "devices", "class", "evidence"
	orderDetectedAt, orderRestoredAt                                             = "detected_at", "restored_at"

	orderDetected, orderConfirmed, orderClosed = "detected", "confirmed", "closed"

	faultOffline, faultFlapping, faultNetwork = "offline", "flapping", "network"
)

// fold is how long after an order was closed the same fault of the same device opens it again, not another one.
const fold = time.Hour

// recovered is the evidence of an order that nobody had taken when its device called again.
const recovered = "设备已自行恢复上报 the device calls again by itself"

// An orderBook is the work orders of devices at one moment: of each device the newest. Without a layer of orders it keeps none.
type orderBook struct {
	editor *layers.Editor
	layer  layers.Layer
	newest map[string]spatial.Feature // nil where there is no layer of orders with a flow
	now    time.Time
}

// orders reads the work orders of the devices of a layer.
func (wa *ward) orders(ctx context.Context, l layers.Layer, now time.Time) (*orderBook, error) {
	orders, known := wa.w.catalogue().Layer(l.Registry.Health.Orders)
	if !known || orders.Flow == nil {
		return &orderBook{}, nil
	}
	g := &orderBook{wa.editor, orders, map[string]spatial.Feature{}, now}
	return g, wa.w.store.Scan(ctx, orders.ID, func(f spatial.Feature) error {
		if device := textIn(f.Properties, orderDevice); f.Version > g.newest[device].Version {
			g.newest[device] = f
		}
		return nil
	})
}

// open opens an order for a fault, or writes into the one that is there: an open one, or one that was closed so short a
// while ago that it is the same fault.
func (g *orderBook) open(ctx context.Context, device, fault, name string, at orb.Point, values map[string]any) error {
	if g.newest == nil {
		return nil
	}
	flow := g.layer.Flow
	if last, known := g.newest[device]; known {
		open := last.Properties[flow.Property] != orderClosed
		closed, _ := time.Parse(time.RFC3339, textIn(last.Properties, flow.Times[orderClosed]))
		if open || g.now.Sub(closed) < fold {
			again := map[string]any{orderRestoredAt: nil, orderFault: fault, orderTimes: max(numberIn(last.Properties, orderTimes)+1, numberIn(values, orderTimes))}
			if !open {
				again[flow.Property] = orderConfirmed
			}
			return g.patch(ctx, device, again)
		}
	}
	values[orderDevice], values[orderFault], values[flow.Property] = device, fault, orderConfirmed
	values[g.layer.Label] = name + " " + g.layer.ValueTitle(orderFault, fault).Zh
	return g.keep(device)(g.editor.Apply(ctx, []layers.Edit{{
		Op: layers.Create, Layer: g.layer.ID, Feature: spatial.Feature{Geometry: at, Source: "health", Properties: values},
	}}))
}

// restore writes into the order of a device that it calls again. One that nobody has taken yet is closed with that.
func (g *orderBook) restore(ctx context.Context, device string) error {
	last, known := g.newest[device]
	if !known {
		return nil
	}
	flow := g.layer.Flow
	state := textIn(last.Properties, flow.Property)
	ours := slices.Contains([]string{faultOffline, faultFlapping, faultNetwork}, textIn(last.Properties, orderFault))
	if !ours || state == orderClosed || last.Properties[orderRestoredAt] != nil {
		return nil
	}
	values := map[string]any{orderRestoredAt: moment(g.now)}
	if state == orderDetected || state == orderConfirmed {
		values[flow.Property], values[orderEvidence] = orderClosed, recovered
	}
	return g.patch(ctx, device, values)
}

func (g *orderBook) patch(ctx context.Context, device string, values map[string]any) error {
	return g.keep(device)(g.editor.Patch(ctx, g.layer.ID, g.newest[device].ID, 0, layers.Patch{Properties: values}))
}

// keep takes in what became of an order.
func (g *orderBook) keep(device string) func([]layers.Change, error) error {
	return func(cs []layers.Change, err error) error {
		for _, c := range cs {
			if c.Feature != nil {
				g.newest[device] = *c.Feature
			}
		}
		return err
	}
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
