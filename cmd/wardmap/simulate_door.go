package main

import (
	"context"
	"fmt"
	"net/http"
	"sync"
	"time"

	mqtt "github.com/eclipse/paho.mqtt.golang"

	"github.com/wardmap/wardmap/spatial/live"
)

// A sender brings positions to the server and returns how many were acknowledged.
type sender interface {
	send(ctx context.Context, rs []live.Report) (accepted int, err error)
	close()
}

func (o *simulation) open(ctx context.Context, crew []*mover) (sender, error) {
	if o.door == "mqtt" {
		return openMQTT(ctx, o.mqtt, crew)
	}
	return &byHTTP{&o.caller}, nil
}

// byHTTP sends all positions of a moment in one request, in the compact form.
type byHTTP struct{ *caller }

func (h *byHTTP) close() {}

func (h *byHTTP) send(ctx context.Context, rs []live.Report) (int, error) {
	var said struct {
		Accepted int `json:"accepted"`
	}
	_, err := h.do(ctx, http.MethodPost, "/positions", "application/vnd.wardmap.positions", live.AppendReports(nil, rs), &said)
	return said.Accepted, err
}

// byMQTT is one connection for each unit, as devices have.
type byMQTT struct {
	clients map[string]mqtt.Client
}

func openMQTT(ctx context.Context, address string, crew []*mover) (*byMQTT, error) {
	b := &byMQTT{clients: map[string]mqtt.Client{}}
	for _, m := range crew {
		serial := m.unit.serial
		o := mqtt.NewClientOptions().AddBroker("tcp://" + address).SetClientID(serial).SetUsername(serial).
			SetAutoReconnect(true).SetConnectTimeout(10 * time.Second).SetKeepAlive(60 * time.Second)
		c := mqtt.NewClient(o)
		t := c.Connect()
		if t.WaitTimeout(15 * time.Second); t.Error() != nil || ctx.Err() != nil {
			b.close()
			return nil, fmt.Errorf("connect %s by MQTT to %s: %w", serial, address, t.Error())
		}
		b.clients[serial] = c
	}
	return b, nil
}

func (b *byMQTT) close() {
	for _, c := range b.clients {
		c.Disconnect(100)
	}
}

// send publishes each position with quality of service 1 and waits for all acknowledgements.
func (b *byMQTT) send(ctx context.Context, rs []live.Report) (accepted int, err error) {
	var mu sync.Mutex // guards accepted and err
	var work sync.WaitGroup
	for _, r := range rs {
		token := b.clients[r.Device].Publish("wardmap/positions/"+r.Device, 1, false, live.AppendReports(nil, []live.Report{r}))
		work.Go(func() {
			select {
			case <-token.Done():
			case <-ctx.Done():
				return
			}
			mu.Lock()
			defer mu.Unlock()
			if token.Error() != nil {
				err = token.Error()
				return
			}
			accepted++
		})
	}
	work.Wait()
	return accepted, err
}
