package mqtt_test

import (
	"errors"
	"fmt"
	"net"
	"sync"
	"testing"
	"time"

	"github.com/eclipse/paho.golang/paho"
	paho3 "github.com/eclipse/paho.mqtt.golang"

	"github.com/wardmap/wardmap/data/ingest/mqtt"
	"github.com/wardmap/wardmap/spatial/live"
)

func TestVersion5SaysWhatBecameOfAMessage(t *testing.T) {
	nmea := func(device string, body []byte) ([]live.Report, error) {
		if string(body) != "$GPRMC" {
			return nil, errors.New("no sentence")
		}
		return []live.Report{{Device: device, Fix: 1}}, nil
	}
	tests := []struct {
		name, topic, payload string
		verdict              live.Verdict
		want                 byte
		received, bad, alien uint64
	}{
		{name: "a good report", topic: "d7", payload: fmt.Sprintf(report, 1), received: 1},
		{name: "a late report is kept", topic: "d7", payload: fmt.Sprintf(report, 1), verdict: live.Late, received: 1},
		{name: "lines of NMEA", topic: "d7/nmea", payload: "$GPRMC", received: 1},
		{name: "the compact form", topic: "d7", payload: string(live.AppendReports(nil, []live.Report{{Device: "d7", Fix: 1}})), received: 1},
		{name: "its own name in the report", topic: "d7", payload: `{"device":"d7","time":1}`, received: 1},
		{name: "nobody's device", topic: "d7", payload: fmt.Sprintf(report, 1), verdict: live.Unregistered, want: 0x87, received: 1},
		{name: "no JSON", topic: "d7", payload: `{"time":`, want: 0x99, bad: 1},
		{name: "no payload", topic: "d7", payload: ``, want: 0x99, bad: 1},
		{name: "the magic of the compact form and garbage", topic: "d7", payload: "WMP1\xff\xff\xff", want: 0x99, bad: 1},
		{name: "no NMEA", topic: "d7/nmea", payload: "hello", want: 0x99, bad: 1},
		{name: "another's name in one of two reports", topic: "d7", payload: `[{"time":1},{"time":1,"device":"d8"}]`, want: 0x87, alien: 1},
		{name: "another's topic", topic: "d8", payload: fmt.Sprintf(report, 1), want: 0x87, alien: 1},
		{name: "another's NMEA", topic: "d8/nmea", payload: "$GPRMC", want: 0x87, alien: 1},
		{name: "below its topic", topic: "d7/x", payload: fmt.Sprintf(report, 1), want: 0x87, alien: 1},
		{name: "events are not for devices to make", topic: "../events/x", payload: "{}", want: 0x87, alien: 1},
	}
	for qos := byte(1); qos <= 2; qos++ {
		for _, tt := range tests {
			t.Run(fmt.Sprint(tt.name, " at ", qos), func(t *testing.T) {
				door, tcp, _ := open(t, &keeper{verdict: tt.verdict}, mqtt.Options{NMEA: nmea})
				c, _, err := dial5(t, tcp, "d7", nil)
				if err != nil {
					t.Fatal(err)
				}
				topic := "wardmap/positions/" + tt.topic
				if tt.topic == "../events/x" {
					topic = "wardmap/events/x"
				}
				ack, err := c.Publish(t.Context(), &paho.Publish{Topic: topic, QoS: qos, Payload: []byte(tt.payload)})
				if ack == nil || ack.ReasonCode != tt.want {
					t.Fatalf("got %+v, %v, want reason 0x%02x", ack, err, tt.want)
				}
				if n := door.Counts(); n.Received != tt.received || n.Bad != tt.bad || n.Strangers != tt.alien {
					t.Errorf("got %+v", n)
				}
			})
		}
	}
}

func TestVersion3IsAcknowledgedWhatNobodyCanRead(t *testing.T) {
	door, tcp, _ := open(t, &keeper{}, mqtt.Options{})
	c, err := dial3(t, "tcp://"+tcp, "d7")
	if err != nil {
		t.Fatal(err)
	}
	for qos := range byte(3) {
		if token := c.Publish("wardmap/positions/d7", qos, false, "{"); !token.WaitTimeout(5*time.Second) || token.Error() != nil {
			t.Errorf("QoS %d: it would be sent for ever: %v", qos, token.Error())
		}
	}
	eventually(t, func() bool { return door.Counts().Bad == 3 })
}

func TestSubscriptions(t *testing.T) {
	tests := []struct {
		user, filter string
		allowed      bool
	}{
		{"desk", "wardmap/events/#", true},
		{"desk", "wardmap/events/+/enter", true},
		{"d0", "wardmap/events/beats/enter", true},
		{"d7", "wardmap/events/#", false},
		{"desk", "#", false},
		{"desk", "wardmap/#", false},
		{"desk", "+/events/x", false},
		{"desk", "wardmap/positions/#", false},
		{"d7", "wardmap/positions/d7", false},
		{"desk", "$SYS/#", false},
		{"desk", "$share/g/wardmap/events/#", false},
	}
	_, tcp, _ := open(t, &keeper{}, mqtt.Options{})
	for _, tt := range tests {
		c, err := dial3(t, "tcp://"+tcp, tt.user)
		if err != nil {
			t.Fatal(err)
		}
		token := c.Subscribe(tt.filter, 1, nil).(*paho3.SubscribeToken)
		token.WaitTimeout(5 * time.Second)
		for _, granted := range token.Result() {
			if got := granted < 0x80; got != tt.allowed {
				t.Errorf("%s may subscribe %s: %v", tt.user, tt.filter, got)
			}
		}
		c.Disconnect(0)
	}
}

func TestEventsReachWhoHasSubscribed(t *testing.T) {
	door, tcp, web := open(t, &keeper{}, mqtt.Options{})
	got := make(chan string, 16)
	receive := func(_ paho3.Client, m paho3.Message) { got <- m.Topic() + " " + string(m.Payload()) }
	if err := door.Publish("wardmap/events/beats/state", []byte("before"), true); err != nil {
		t.Fatal(err)
	}
	for _, url := range []string{"tcp://" + tcp, "ws://" + web} {
		c, err := dial3(t, url, "desk")
		if err != nil {
			t.Fatal(err)
		}
		if token := c.Subscribe("wardmap/events/#", 1, receive); !token.WaitTimeout(5*time.Second) || token.Error() != nil {
			t.Fatal(token.Error())
		}
		if e := <-got; e != "wardmap/events/beats/state before" {
			t.Errorf("got %q, want what was retained", e)
		}
		if err := door.Publish("wardmap/events/beats/enter", []byte("u1"), false); err != nil {
			t.Fatal(err)
		}
		if e := <-got; e != "wardmap/events/beats/enter u1" {
			t.Errorf("got %q", e)
		}
		c.Disconnect(0)
	}
	for _, topic := range []string{"wardmap/positions/d1", "wardmap/events/#", "other"} {
		if door.Publish(topic, nil, false) == nil {
			t.Errorf("%s was published", topic)
		}
	}
}

func TestASlowReaderLosesEventsAndSlowsNobody(t *testing.T) {
	door, tcp, _ := open(t, &keeper{}, mqtt.Options{Queue: 16})
	conn, err := net.Dial("tcp", tcp)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	gate := make(chan struct{})
	defer close(gate)
	c := paho.NewClient(paho.ClientConfig{Conn: conn, OnPublishReceived: []func(paho.PublishReceived) (bool, error){
		func(paho.PublishReceived) (bool, error) { <-gate; return true, nil },
	}})
	if _, err := c.Connect(t.Context(), &paho.Connect{ClientID: "slow", Username: "desk", UsernameFlag: true, Password: []byte("secret"), PasswordFlag: true, KeepAlive: 30}); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Subscribe(t.Context(), &paho.Subscribe{Subscriptions: []paho.SubscribeOptions{{Topic: "wardmap/events/#", QoS: 1}}}); err != nil {
		t.Fatal(err)
	}
	began := time.Now()
	for range 2000 {
		if err := door.Publish("wardmap/events/x", make([]byte, 1000), false); err != nil {
			t.Fatal(err)
		}
	}
	if d := time.Since(began); d > 5*time.Second {
		t.Errorf("2000 events took %v", d)
	}
	if n := door.Counts(); n.Published != 2000 || n.Lost < 1000 {
		t.Errorf("%d were published, %d lost", n.Published, n.Lost)
	}
}

func TestSessionsOfDifferentDevicesNeverMeet(t *testing.T) {
	k := &keeper{}
	_, tcp, _ := open(t, k, mqtt.Options{})
	first, err := dial3(t, "tcp://"+tcp, "d1") // all clients here give the same identifier
	if err != nil {
		t.Fatal(err)
	}
	if _, err := dial3(t, "tcp://"+tcp, "d2"); err != nil {
		t.Fatal(err)
	}
	if token := first.Publish("wardmap/positions/d1", 1, false, fmt.Sprintf(report, 1)); !token.WaitTimeout(5*time.Second) || token.Error() != nil {
		t.Errorf("another device has thrown it out: %v", token.Error())
	}
}

func TestWillsAreNotPublished(t *testing.T) {
	door, tcp, _ := open(t, &keeper{}, mqtt.Options{})
	got := make(chan string, 16)
	reader, err := dial3(t, "tcp://"+tcp, "desk")
	if err != nil {
		t.Fatal(err)
	}
	reader.Subscribe("wardmap/events/#", 1, func(_ paho3.Client, m paho3.Message) { got <- string(m.Payload()) }).WaitTimeout(5 * time.Second)
	conn, err := net.Dial("tcp", tcp)
	if err != nil {
		t.Fatal(err)
	}
	c := paho.NewClient(paho.ClientConfig{Conn: conn})
	_, err = c.Connect(t.Context(), &paho.Connect{ClientID: "x", Username: "d1", UsernameFlag: true, Password: []byte("secret"), PasswordFlag: true, KeepAlive: 30,
		WillMessage: &paho.WillMessage{Topic: "wardmap/events/beats/enter", Payload: []byte("forged")}})
	if err != nil {
		t.Fatal(err)
	}
	conn.Close() // without a word: the will would be due
	eventually(t, func() bool { return door.Counts().Open == 1 })
	if err := door.Publish("wardmap/events/x", []byte("true"), false); err != nil {
		t.Fatal(err)
	}
	if e := <-got; e != "true" {
		t.Errorf("got %q", e)
	}
}

func TestServerLimitsTheKeepAlive(t *testing.T) {
	_, tcp, _ := open(t, &keeper{}, mqtt.Options{Quiet: 20 * time.Second})
	_, ack, err := dial5(t, tcp, "d1", nil) // it asks for 30 s
	if err != nil || ack.Properties.ServerKeepAlive == nil || *ack.Properties.ServerKeepAlive != 20 {
		t.Errorf("got %+v, %v", ack, err)
	}
}

func TestTooLargePacketsEndTheConnection(t *testing.T) {
	k := &keeper{}
	_, tcp, _ := open(t, k, mqtt.Options{Packet: 1000})
	c, err := dial3(t, "tcp://"+tcp, "d1")
	if err != nil {
		t.Fatal(err)
	}
	c.Publish("wardmap/positions/d1", 1, false, make([]byte, 2000))
	eventually(t, func() bool { return !c.IsConnected() })
}

func TestFiftyClientsAtOnce(t *testing.T) {
	k := &keeper{}
	door, tcp, _ := open(t, k, mqtt.Options{Pending: 8})
	desk, err := dial3(t, "tcp://"+tcp, "desk")
	if err != nil {
		t.Fatal(err)
	}
	desk.Subscribe("wardmap/events/#", 0, func(paho3.Client, paho3.Message) {}).WaitTimeout(5 * time.Second)
	var all sync.WaitGroup
	for i := range 50 {
		all.Go(func() {
			user := fmt.Sprint("d", i)
			c, err := dial3(t, "tcp://"+tcp, user)
			if err != nil {
				t.Error(err)
				return
			}
			var tokens []paho3.Token
			for n := range 40 {
				tokens = append(tokens, c.Publish("wardmap/positions/"+user, byte(n%3), false, fmt.Sprintf(report, n)))
			}
			for _, token := range tokens {
				if !token.WaitTimeout(20*time.Second) || token.Error() != nil {
					t.Error(user, token.Error())
				}
			}
			if err := door.Publish("wardmap/events/done", []byte(user), false); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	eventually(t, func() bool { return door.Counts().Accepted >= 2000 })
	if c := door.Counts(); c.Accepted != 2000 || c.Failed != 0 || c.Bad != 0 {
		t.Errorf("got %+v", c)
	}
}
