package mqtt_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/eclipse/paho.golang/packets"
	"github.com/eclipse/paho.golang/paho"
	paho3 "github.com/eclipse/paho.mqtt.golang"
	packets3 "github.com/eclipse/paho.mqtt.golang/packets"

	"github.com/wardmap/wardmap/data/ingest/mqtt"
	"github.com/wardmap/wardmap/spatial/live"
)

// keeper is where reports go: it keeps them, or fails, or waits for release.
type keeper struct {
	hold chan struct{} // when it is not nil, Submit waits for it

	mu      sync.Mutex // guards what follows
	reports []live.Report
	calls   int
	err     error
	verdict live.Verdict
}

func (k *keeper) submit(ctx context.Context, rs []live.Report) ([]live.Verdict, error) {
	if k.hold != nil {
		select {
		case <-k.hold:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.err != nil {
		return nil, k.err
	}
	k.calls++
	k.reports = append(k.reports, rs...)
	return slices.Repeat([]live.Verdict{k.verdict}, len(rs)), nil
}

func (k *keeper) kept() []live.Report {
	k.mu.Lock()
	defer k.mu.Unlock()
	return slices.Clone(k.reports)
}

func (k *keeper) set(err error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.err = err
}

// rights: devices d0, d1 … may publish, desk may read, d0 may do both; all know the password.
func rights(l mqtt.Login) mqtt.Rights {
	switch {
	case string(l.Password) != "secret":
		return mqtt.Rights{}
	case l.User == "desk":
		return mqtt.Rights{Events: true}
	case strings.HasPrefix(l.User, "d"):
		return mqtt.Rights{Device: l.User, Events: l.User == "d0"}
	}
	return mqtt.Rights{}
}

// open serves a door until the test ends, and sees that no goroutine is left.
func open(t testing.TB, k *keeper, o mqtt.Options) (door *mqtt.Door, tcp, web string) {
	t.Helper()
	before := runtime.NumGoroutine()
	o.Submit, o.Authorise = k.submit, rights
	door = mqtt.New(o)
	listen := func() net.Listener {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		return l
	}
	l, w := listen(), listen()
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- door.Serve(ctx, l, w) }()
	t.Cleanup(func() {
		stop()
		if err := <-done; err != nil {
			t.Error(err)
		}
		if n := door.Counts().Open; n != 0 {
			t.Errorf("%d connections are open after the end", n)
		}
		for range 100 {
			if runtime.NumGoroutine() <= before {
				return
			}
			time.Sleep(20 * time.Millisecond)
		}
		buf := make([]byte, 1<<16)
		t.Errorf("%d goroutines are left:\n%s", runtime.NumGoroutine()-before, buf[:runtime.Stack(buf, true)])
	})
	return door, l.Addr().String(), w.Addr().String()
}

// dial3 connects a client of MQTT 3.1.1.
func dial3(t testing.TB, url, user string, change ...func(*paho3.ClientOptions)) (paho3.Client, error) {
	t.Helper()
	o := paho3.NewClientOptions().AddBroker(url).SetClientID("client").SetUsername(user).SetPassword("secret").
		SetAutoReconnect(false).SetConnectRetry(false).SetProtocolVersion(4).SetOrderMatters(false)
	for _, f := range change {
		f(o)
	}
	c := paho3.NewClient(o)
	token := c.Connect()
	if !token.WaitTimeout(10 * time.Second) {
		t.Fatal("no CONNACK")
	}
	t.Cleanup(func() { c.Disconnect(0) })
	return c, token.Error()
}

// dial5 connects a client of MQTT 5.
func dial5(t testing.TB, address, user string, received func(*paho.Publish)) (*paho.Client, *paho.Connack, error) {
	t.Helper()
	conn, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	c := paho.NewClient(paho.ClientConfig{Conn: conn, PacketTimeout: 5 * time.Second, OnPublishReceived: []func(paho.PublishReceived) (bool, error){
		func(p paho.PublishReceived) (bool, error) {
			if received != nil {
				received(p.Packet)
			}
			return true, nil
		},
	}})
	ack, err := c.Connect(t.Context(), &paho.Connect{ClientID: "client", Username: user, UsernameFlag: true, Password: []byte("secret"), PasswordFlag: true, KeepAlive: 30, CleanStart: true})
	t.Cleanup(func() { conn.Close() })
	return c, ack, err
}

const report = `{"time":1772325000500,"lon":118.79,"lat":32.06,"speed":%d}`

func TestADevicePublishesAtEveryQualityOfService(t *testing.T) {
	for qos := range byte(3) {
		for _, over := range []string{"3.1.1 tcp", "3.1.1 ws", "5 tcp"} {
			t.Run(fmt.Sprint(over, " qos ", qos), func(t *testing.T) {
				k := &keeper{}
				door, tcp, web := open(t, k, mqtt.Options{})
				publish := map[string]func(topic, payload string) error{
					"3.1.1 tcp": func(topic, payload string) error { return publish3(t, "tcp://"+tcp, qos, topic, payload) },
					"3.1.1 ws":  func(topic, payload string) error { return publish3(t, "ws://"+web+"/", qos, topic, payload) },
					"5 tcp":     func(topic, payload string) error { return publish5(t, tcp, qos, topic, payload) },
				}[over]
				payload := "[" + fmt.Sprintf(report, 1) + "," + fmt.Sprintf(report, 2) + "]"
				if err := publish("wardmap/positions/d7", payload); err != nil {
					t.Fatal(err)
				}
				eventually(t, func() bool { return door.Counts().Accepted == 2 })
				if rs := k.kept(); rs[0].Device != "d7" || rs[1].Speed != 2 {
					t.Errorf("got %+v", rs)
				}
			})
		}
	}
}

func publish3(t *testing.T, url string, qos byte, topic, payload string) error {
	c, err := dial3(t, url, "d7")
	if err != nil {
		return err
	}
	token := c.Publish(topic, qos, true, payload)
	if !token.WaitTimeout(10 * time.Second) {
		return errors.New("not acknowledged")
	}
	return token.Error()
}

func publish5(t *testing.T, address string, qos byte, topic, payload string) error {
	c, _, err := dial5(t, address, "d7", nil)
	if err != nil {
		return err
	}
	_, err = c.Publish(t.Context(), &paho.Publish{Topic: topic, QoS: qos, Payload: []byte(payload)})
	return err
}

func eventually(t *testing.T, is func() bool) {
	t.Helper()
	for range 500 {
		if is() {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Fatal("it never happened")
}

func TestNoAcknowledgementBeforeThePositionIsDurable(t *testing.T) {
	for qos := byte(1); qos <= 2; qos++ {
		k := &keeper{hold: make(chan struct{})}
		_, tcp, _ := open(t, k, mqtt.Options{})
		c, err := dial3(t, "tcp://"+tcp, "d1")
		if err != nil {
			t.Fatal(err)
		}
		token := c.Publish("wardmap/positions/d1", qos, false, fmt.Sprintf(report, 1))
		if token.WaitTimeout(150 * time.Millisecond) {
			t.Fatalf("QoS %d: acknowledged while Submit had not returned", qos)
		}
		// Meanwhile others are served.
		other, err := dial3(t, "tcp://"+tcp, "d0")
		if err != nil {
			t.Fatal(err)
		}
		if token := other.Subscribe("wardmap/events/#", 1, nil); !token.WaitTimeout(5*time.Second) || token.Error() != nil {
			t.Fatalf("QoS %d: another client was held up: %v", qos, token.Error())
		}
		close(k.hold)
		if !token.WaitTimeout(5*time.Second) || token.Error() != nil {
			t.Fatalf("QoS %d: not acknowledged when durable: %v", qos, token.Error())
		}
	}
}

func TestWhatWasNotDurableComesAgain(t *testing.T) {
	for qos := byte(1); qos <= 2; qos++ {
		k := &keeper{err: errors.New("disk full")}
		door, tcp, _ := open(t, k, mqtt.Options{})
		c, err := dial3(t, "tcp://"+tcp, "d1", func(o *paho3.ClientOptions) {
			o.SetAutoReconnect(true).SetMaxReconnectInterval(50 * time.Millisecond).SetCleanSession(false)
		})
		if err != nil {
			t.Fatal(err)
		}
		// Its token tells nothing: this client completes it when it begins to send again.
		c.Publish("wardmap/positions/d1", qos, false, fmt.Sprintf(report, 1))
		eventually(t, func() bool { return door.Counts().Failed > 1 })
		k.set(nil)
		eventually(t, func() bool { return len(k.kept()) > 0 })
		time.Sleep(150 * time.Millisecond)
		if n := len(k.kept()); n != 1 {
			t.Errorf("QoS %d: kept %d, it is sent again after it was acknowledged", qos, n)
		}
	}
}

func TestAVersion5ClientHearsWhyItIsSentAway(t *testing.T) {
	k := &keeper{err: errors.New("disk full")}
	_, tcp, _ := open(t, k, mqtt.Options{})
	conn, err := net.Dial("tcp", tcp)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	reason := make(chan byte, 1)
	c := paho.NewClient(paho.ClientConfig{Conn: conn, OnServerDisconnect: func(d *paho.Disconnect) { reason <- d.ReasonCode }})
	if _, err := c.Connect(t.Context(), &paho.Connect{ClientID: "x", Username: "d1", UsernameFlag: true, Password: []byte("secret"), PasswordFlag: true, KeepAlive: 30}); err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	published := make(chan error, 1)
	go func() {
		_, err := c.Publish(ctx, &paho.Publish{Topic: "wardmap/positions/d1", QoS: 1, Payload: []byte(fmt.Sprintf(report, 1))})
		published <- err
	}()
	select {
	case got := <-reason:
		if got != 0x89 { // server busy
			t.Errorf("sent away with reason 0x%02x", got)
		}
	case <-time.After(5 * time.Second):
		t.Error("not sent away")
	}
	stop()
	if <-published == nil {
		t.Error("acknowledged what was not durable")
	}
}

func TestStrangersAreRefusedWhenTheyConnect(t *testing.T) {
	door, tcp, _ := open(t, &keeper{}, mqtt.Options{})
	if _, err := dial3(t, "tcp://"+tcp, "stranger"); !errors.Is(err, packets3.ErrorRefusedNotAuthorised) {
		t.Errorf("3.1.1: got %v", err)
	}
	_, ack, err := dial5(t, tcp, "stranger", nil)
	if err == nil || ack == nil || ack.ReasonCode != packets.ConnackNotAuthorized {
		t.Errorf("5: got %+v, %v", ack, err)
	}
	if n := door.Counts().Strangers; n != 2 {
		t.Errorf("%d strangers were counted", n)
	}
}
