package jt808

import (
	"bytes"
	"encoding/hex"
	"testing"

	"github.com/wardmap/wardmap/spatial/live"
)

// Frames of the tests of cuteLittleDevil/go-jt808, written by somebody else from the same standard.
var others = []struct {
	frame    string
	id       uint16
	edition  Edition
	terminal string
	serial   uint16
	body     int
}{
	{"7e000100050123456789017fff007b01c803bd7e", idTerminalAnswer, Edition2013, "12345678901", 0x7fff, 5},
	{"7e0002000001234567890100008a7e", idHeartbeat, Edition2013, "12345678901", 0, 0},
	{"7e0102000b01234567890100003137323939383431373338b57e", idAuthenticate, Edition2013, "12345678901", 0, 11},
	{"7e0102402f010000000001729984173800000b3137323939383431373338313233343536373839303132333435332e372e31350000000000000000000000000000227e", idAuthenticate, Edition2019, "17299841738", 0, 47},
	{"7e010000200123456789010000001f007363640000007777772e3830382e3736353433323101b2e24131323334a17e", idRegister, Edition2013, "12345678901", 0, 32},
}

func TestFramesOfOthers(t *testing.T) {
	for _, tt := range others {
		raw, err := hex.DecodeString(tt.frame)
		if err != nil {
			t.Fatal(err)
		}
		in := newFrames(bytes.NewReader(raw))
		if err := in.Fill(); err != nil {
			t.Fatal(err)
		}
		frame, _ := in.Next()
		data, err := unframe(frame)
		if err != nil {
			t.Fatalf("%s: %v", tt.frame, err)
		}
		m, err := parseMessage(data)
		if err != nil || m.ID != tt.id || m.Edition != tt.edition || m.Terminal.String() != tt.terminal || m.Serial != tt.serial || len(m.Body) != tt.body {
			t.Errorf("%s: got %+v, %v", tt.frame, m, err)
		}
		if again := m.append(nil); !bytes.Equal(again, raw) {
			t.Errorf("written again: %x\nwant %x", again, raw)
		}
		switch {
		case m.ID == idAuthenticate:
			if code, err := parseAuthentication(m.Edition, m.Body); err != nil || code != "17299841738" {
				t.Errorf("%s: code %q, %v", tt.frame, code, err)
			}
		case m.ID == idRegister:
			if err := checkRegistration(m.Edition, m.Body); err != nil {
				t.Errorf("%s: %v", tt.frame, err)
			}
		}
	}
}

// FuzzFrame: escaping and cutting give back what was sent, and bytes of any kind do no harm.
func FuzzFrame(f *testing.F) {
	f.Add([]byte{0x7e, 1, 0x7d, 0x7e, 2}, []byte{0x30})
	f.Add([]byte{}, []byte{0x7e, 0x7d, 0x7e})
	f.Fuzz(func(t *testing.T, data, noise []byte) {
		stream := append(append(bytes.ReplaceAll(noise, []byte{mark}, nil), appendFrame(nil, data)...), noise...)
		if len(data) == 0 || len(stream) > largest {
			return
		}
		in := newFrames(bytes.NewReader(stream))
		found := false
		for in.Fill() == nil {
			for frame, ok := in.Next(); ok; frame, ok = in.Next() {
				got, err := unframe(frame)
				found = found || err == nil && bytes.Equal(got, data)
			}
		}
		if !found {
			t.Fatalf("%x was not found in %x", data, stream)
		}
	})
}

// FuzzMessage: what can be parsed can be written, and parsed the same.
func FuzzMessage(f *testing.F) {
	for _, o := range others {
		raw, _ := hex.DecodeString(o.frame)
		f.Add(raw[1 : len(raw)-2])
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		m, err := parseMessage(data)
		if err != nil {
			return
		}
		m.Encrypted = false
		again, err := parseBack(m)
		if err != nil || again.ID != m.ID || again.Edition != m.Edition || again.Terminal != m.Terminal || again.Serial != m.Serial ||
			again.Total != m.Total || again.Index != m.Index || !bytes.Equal(again.Body, m.Body) {
			t.Fatalf("%+v became %+v, %v", m, again, err)
		}
		code, err := parseAuthentication(m.Edition, m.Body)
		if err == nil && len(code) > len(m.Body) {
			t.Fatal("a code longer than its message")
		}
		_ = checkRegistration(m.Edition, m.Body)
		_, _, _ = parseSendAgain(m.Edition, m.Body)
	})
}

func parseBack(m message) (message, error) {
	framed := m.append(nil)
	data, err := unframe(framed[1 : len(framed)-1])
	if err != nil {
		return message{}, err
	}
	return parseMessage(data)
}

// FuzzPositions: bodies of any kind do no harm; what is read can be written and read as the same.
func FuzzPositions(f *testing.F) {
	body, _ := hex.DecodeString("0002" + "01" + "001c00000000000400020" + "1e932600714977000190168005a260301083000" + "001f0000000000040002" + "01e932c4071497d4001a0172005b260301083030" + "310109")
	f.Add(body)
	f.Add(body[5:])
	f.Fuzz(func(t *testing.T, body []byte) {
		if rs, err := parseBatch(body, nil); err == nil && len(rs)*(fixedPart+2) > len(body) {
			t.Fatalf("%d positions in %d bytes", len(rs), len(body))
		}
		r, err := parseLocation(body)
		if err != nil || r.Fix == 0 || r.Datum != live.WGS84 || r.Flags&live.NoFix != 0 {
			return
		}
		again, err := parseLocation(appendLocation(nil, r))
		if err != nil || again.Fix != r.Fix || again.Point != r.Point || again.Satellites != r.Satellites || again.Altitude != r.Altitude {
			t.Fatalf("%+v became %+v, %v", r, again, err)
		}
	})
}

// FuzzPackets: packets of any kind do no harm, stay within the limits and give no message that was not sent.
func FuzzPackets(f *testing.F) {
	f.Add([]byte{1, 0, 2, 1, 2, 1, 2, 2})
	f.Fuzz(func(t *testing.T, steps []byte) {
		var as assemblies
		now := noon
		for ; len(steps) >= 4; steps = steps[4:] {
			m := message{ID: idBatch, Serial: uint16(steps[0]), Total: uint16(steps[1]), Index: uint16(steps[2]), Body: steps[3:4]}
			if m.Index == 0 || m.Index > m.Total {
				continue
			}
			whole, complete, _ := as.add(m, now)
			if complete && len(whole.Body) != int(whole.Total) {
				t.Fatalf("%d packets of one byte gave %d bytes", whole.Total, len(whole.Body))
			}
			now = now.Add(patience / 2)
			as.remind(now, patience)
			if len(as) > mostAssemblies {
				t.Fatal("too many are under way")
			}
		}
	})
}
