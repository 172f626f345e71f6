package main

import (
	"encoding/json"
	"fmt"
	"math"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	mqtt "github.com/eclipse/paho.mqtt.golang"
	"github.com/paulmach/orb"

	"github.com/wardmap/wardmap/data/ingest/jt808"
	"github.com/wardmap/wardmap/data/ingest/nmea"
	"github.com/wardmap/wardmap/spatial/live"
)

// stands waits until a unit is shown at a place.
func stands(t *testing.T, base, unit string, want orb.Point) {
	t.Helper()
	eventually(t, fmt.Sprintf("%s stands at %v", unit, want), func() bool {
		status, text, err := send(http.MethodGet, base+"/units/"+unit, "", nil)
		var f struct {
			Geometry struct{ Coordinates []float64 }
		}
		return err == nil && status == http.StatusOK && json.Unmarshal(text, &f) == nil && len(f.Geometry.Coordinates) > 1 &&
			math.Abs(f.Geometry.Coordinates[0]-want[0]) < 2e-5 && math.Abs(f.Geometry.Coordinates[1]-want[1]) < 2e-5
	})
}

func TestEveryDoorLeadsToThePictureAndStrangersAreRefused(t *testing.T) {
	feed := httptest.NewServer(http.NotFoundHandler()) // a feed that fails disturbs nobody
	defer feed.Close()
	s := start(t, "--data", dataFolder(t), "--mqtt", "127.0.0.1:0", "--jt808", "127.0.0.1:0", "--nmea", "127.0.0.1:0", "--gtfsrt", feed.URL)
	var edits []map[string]any
	for i, serial := range []string{"box-mqtt", "013912345678", "box-nmea"} {
		edits = append(edits, feature("roster", fmt.Sprint("u", i), pointAt(orb.Point{105.7, 34.58}), map[string]any{
			"name": serial, "class": "vehicle", "state": "available", "serials": serial,
		}))
	}
	edit(t, s.base, edits)
	t.Run("mqtt", func(t *testing.T) {
		heard := make(chan string, 10)
		c := dialMQTT(t, s.doors["mqtt"], "box-mqtt")
		if token := c.Subscribe("wardmap/events/#", 1, func(_ mqtt.Client, m mqtt.Message) { heard <- m.Topic() }); token.Wait() && token.Error() != nil {
			t.Fatal(token.Error())
		}
		edit(t, s.base, []map[string]any{feature("fences", "f", square(orb.Point{105.71, 34.58}, .001), map[string]any{"name": "门"})})
		body := live.AppendReports(nil, []live.Report{positioned("box-mqtt", time.Now(), orb.Point{105.71, 34.58})})
		if token := c.Publish("wardmap/positions/box-mqtt", 1, false, body); !token.WaitTimeout(10*time.Second) || token.Error() != nil {
			t.Fatal("no acknowledgement", token.Error())
		}
		stands(t, s.base, "u0", orb.Point{105.71, 34.58})
		select {
		case topic := <-heard:
			if topic != "wardmap/events/fences/f/enter" {
				t.Errorf("the event came on %s", topic)
			}
		case <-time.After(10 * time.Second):
			t.Error("no event came by MQTT")
		}
	})
	t.Run("jt808", func(t *testing.T) {
		n, err := jt808.ParseNumber("13912345678")
		if err != nil {
			t.Fatal(err)
		}
		terminal, err := jt808.Dial(t.Context(), s.doors["jt808"], n, jt808.Edition2019)
		if err != nil {
			t.Fatal(err)
		}
		defer terminal.Close()
		code, err := terminal.Register(t.Context(), jt808.Registration{Province: 62, City: 502, Terminal: "T1"})
		if err == nil {
			err = terminal.Authenticate(t.Context(), code)
		}
		if err == nil {
			err = terminal.Report(t.Context(), positioned("", time.Now().Truncate(time.Second), orb.Point{105.72, 34.59}))
		}
		if err != nil {
			t.Fatal(err)
		}
		stands(t, s.base, "u1", orb.Point{105.72, 34.59})
	})
	t.Run("nmea", func(t *testing.T) {
		c, err := net.Dial("tcp", s.doors["nmea"])
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		now := time.Now().UTC()
		fmt.Fprint(c, nmea.Sentence("PWMAP,box-nmea"), nmea.Sentence(fmt.Sprintf("GNRMC,%s.00,A,3434.8000,N,10543.8000,E,10.0,90.0,%s,,", now.Format("150405"), now.Format("020106"))))
		stands(t, s.base, "u2", orb.Point{105.73, 34.58})
	})
	t.Run("a stranger", func(t *testing.T) {
		o := mqtt.NewClientOptions().AddBroker("tcp://" + s.doors["mqtt"]).SetClientID("x").SetUsername("somebody's phone").SetConnectTimeout(5 * time.Second)
		if token := mqtt.NewClient(o).Connect(); !token.WaitTimeout(10*time.Second) || token.Error() == nil {
			t.Error("a stranger is let in by MQTT")
		}
		n, _ := jt808.ParseNumber("13900000000")
		terminal, err := jt808.Dial(t.Context(), s.doors["jt808"], n, jt808.Edition2013)
		if err != nil {
			t.Fatal(err)
		}
		defer terminal.Close()
		if _, err := terminal.Register(t.Context(), jt808.Registration{}); err == nil {
			t.Error("a stranger is registered by JT/T 808")
		}
		var counts struct {
			Doors map[string]struct{ Accepted, Strangers uint64 }
		}
		if err := json.Unmarshal(get(t, s.base+"/live/counts"), &counts); err != nil {
			t.Fatal(err)
		}
		if m, j := counts.Doors["mqtt"], counts.Doors["jt808"]; m.Accepted != 1 || m.Strangers == 0 || j.Accepted != 1 || j.Strangers == 0 {
			t.Errorf("the doors counted %+v", counts.Doors)
		}
	})
}

func dialMQTT(t *testing.T, address, serial string) mqtt.Client {
	t.Helper()
	c := mqtt.NewClient(mqtt.NewClientOptions().AddBroker("tcp://" + address).SetClientID(serial).SetUsername(serial))
	if token := c.Connect(); !token.WaitTimeout(10*time.Second) || token.Error() != nil {
		t.Fatal("connect", token.Error())
	}
	t.Cleanup(func() { c.Disconnect(100) })
	return c
}

func TestASimulationMovesTheRoster(t *testing.T) {
	s := start(t, "--data", dataFolder(t), "--mqtt", "127.0.0.1:0")
	enlist(t, s.base, 20)
	edit(t, s.base, []map[string]any{feature("roads", "r1", map[string]any{"type": "LineString", "coordinates": []orb.Point{{105.7, 34.58}, {105.71, 34.58}, {105.72, 34.585}}},
		map[string]any{"name": "民主路", "class": "primary"})})
	for _, door := range []string{"http", "mqtt"} {
		out, err := wardmap(t.Context(), "simulate", "--server", s.base, "--units", "15", "--speed", "10", "--every", "200ms", "--for", "3s", "--door", door, "--mqtt", s.doors["mqtt"]).CombinedOutput()
		if err != nil || !strings.Contains(string(out), "15 units of") || !strings.Contains(string(out), ", 0 not") {
			t.Errorf("by %s: %v: %s", door, err, out)
		}
	}
	var seen struct{ Features []any }
	if err := json.Unmarshal(get(t, s.base+"/units"), &seen); err != nil || len(seen.Features) != 15 {
		t.Errorf("%d units are seen, want 15, %v", len(seen.Features), err)
	}
	out, err := wardmap(t.Context(), "simulate", "--server", s.base, "--units", "0").CombinedOutput()
	if err == nil || !strings.Contains(string(out), "--units 0") {
		t.Errorf("no units at all: %v, %s", err, out)
	}
}
