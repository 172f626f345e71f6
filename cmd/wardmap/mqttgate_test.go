package main

import (
	"testing"
	"time"

	mqtt "github.com/eclipse/paho.mqtt.golang"
	"github.com/paulmach/orb"

	"github.com/wardmap/wardmap/spatial/live"
)

// TestDevicesByMQTTShowTheirToken: each speaks for itself, hears no events, and is sent away when it is revoked.
func TestDevicesByMQTTShowTheirToken(t *testing.T) {
	dir := dataFolder(t)
	first := start(t, "--data", dir) // nobody signs in yet: the register is filled
	edit(t, first.base, []map[string]any{feature("roster", "u1", pointAt(orb.Point{105.7, 34.58}), map[string]any{"name": "车", "class": "vehicle", "state": "available", "serials": "box-1"}),
		feature("roster", "u2", pointAt(orb.Point{105.7, 34.58}), map[string]any{"name": "车", "class": "vehicle", "state": "available", "serials": "box-2"})})
	first.kill()
	token := userAdd(t, dir, "box-1", "--kind", "device")
	s := start(t, "--data", dir, "--mqtt", "127.0.0.1:0")
	connect := func(user, password string) (mqtt.Client, chan struct{}, error) {
		gone := make(chan struct{})
		o := mqtt.NewClientOptions().AddBroker("tcp://" + s.doors["mqtt"]).SetClientID("x").SetUsername(user).SetPassword(password).
			SetAutoReconnect(false).SetConnectTimeout(10 * time.Second).SetConnectionLostHandler(func(mqtt.Client, error) { close(gone) })
		c := mqtt.NewClient(o)
		k := c.Connect()
		if !k.WaitTimeout(15 * time.Second) {
			t.Fatal("no answer")
		}
		return c, gone, k.Error()
	}
	for _, tt := range []struct{ user, password string }{{"box-1", ""}, {"box-1", "wmd_aaaaaaaaaaaa_aaaaaaaaaaaaaaaaaaaaaaaaaa"}, {"box-2", token}, {"", token}, {"", ""}} {
		if _, _, err := connect(tt.user, tt.password); err == nil {
			t.Errorf("%q is let in", tt.user)
		}
	}
	c, gone, err := connect("box-1", token)
	if err != nil {
		t.Fatal(err)
	}
	body := live.AppendReports(nil, []live.Report{positioned("box-1", time.Now(), orb.Point{105.71, 34.58})})
	if k := c.Publish("wardmap/positions/box-1", 1, false, body); !k.WaitTimeout(10*time.Second) || k.Error() != nil {
		t.Fatal("no acknowledgement", k.Error())
	}
	if out, err := wardmap(t.Context(), "user", "disable", "box-1", "--kind", "device", "--data", dir).CombinedOutput(); err != nil {
		t.Fatalf("%v %s", err, out)
	}
	select {
	case <-gone:
	case <-time.After(10 * time.Second):
		t.Error("a device that was revoked stays connected")
	}
	if _, _, err := connect("box-1", token); err == nil {
		t.Error("it is let in again")
	}
}
