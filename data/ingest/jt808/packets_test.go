package jt808

import (
	"bytes"
	"math/rand/v2"
	"slices"
	"testing"
	"time"
)

const patience = 5 * time.Second

var noon = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// cut makes packets of five bytes.
func cut(id, serial uint16, body []byte) (ms []message) {
	parts := slices.Collect(slices.Chunk(body, 5))
	for i, p := range parts {
		ms = append(ms, message{ID: id, Serial: serial + uint16(i), Total: uint16(len(parts)), Index: uint16(i + 1), Body: p})
	}
	return ms
}

func TestPacketsInAnyOrderGiveTheMessage(t *testing.T) {
	body := []byte("a message in several packets, the last of which is short")
	for seed := range uint64(50) {
		rng := rand.New(rand.NewPCG(seed, 0))
		ms := cut(idBatch, 65530, body) // serial numbers begin again at 0 within the message
		rng.Shuffle(len(ms), func(i, j int) { ms[i], ms[j] = ms[j], ms[i] })
		ms = slices.Insert(ms, rng.IntN(len(ms)), ms[0]) // one comes twice
		var as assemblies
		for i, m := range ms {
			whole, complete, err := as.add(m, noon)
			if err != nil {
				t.Fatalf("seed %d: %v", seed, err)
			}
			if last := i == len(ms)-1; complete != last {
				t.Fatalf("seed %d: complete is %v after %d of %d packets", seed, complete, i+1, len(ms))
			}
			if complete && (!bytes.Equal(whole.Body, body) || whole.Serial != 65530 || len(as) != 0) {
				t.Fatalf("seed %d: got %q, serial number %d, %d left", seed, whole.Body, whole.Serial, len(as))
			}
		}
	}
}

func TestMissingPacketsAreAskedFor(t *testing.T) {
	ms := cut(idBatch, 100, []byte("12345abcde67890fghij"))
	tests := []struct {
		edition Edition
		want    []byte
	}{
		{Edition2013, []byte{0, 100, 2, 0, 2, 0, 4}},
		{Edition2019, []byte{0, 100, 0, 2, 0, 2, 0, 4}},
	}
	for _, tt := range tests {
		var as assemblies
		for _, i := range []int{0, 2} {
			ms[i].Edition = tt.edition
			if _, _, err := as.add(ms[i], noon); err != nil {
				t.Fatal(err)
			}
		}
		if due := as.due(patience); !due.Equal(noon.Add(patience)) {
			t.Errorf("due %v", due)
		}
		if requests, _ := as.remind(noon.Add(patience-1), patience); len(requests) != 0 {
			t.Error("asked too early")
		}
		now := noon
		for range mostReminders {
			now = now.Add(patience)
			requests, lost := as.remind(now, patience)
			if len(requests) != 1 || lost != 0 || requests[0].ID != idSendAgain || requests[0].Edition != tt.edition || !bytes.Equal(requests[0].Body, tt.want) {
				t.Fatalf("%s: got %+v, %d, want % x", tt.edition, requests, lost, tt.want)
			}
			first, packets, err := parseSendAgain(tt.edition, requests[0].Body)
			if err != nil || first != 100 || !slices.Equal(packets, []uint16{2, 4}) {
				t.Errorf("%s: the terminal reads %d, %v, %v", tt.edition, first, packets, err)
			}
		}
		if requests, lost := as.remind(now.Add(patience), patience); len(requests) != 0 || lost != 1 || len(as) != 0 {
			t.Errorf("not given up: %+v, %d", requests, lost)
		}
	}
}

func TestPacketsHaveLimits(t *testing.T) {
	var as assemblies
	if _, _, err := as.add(message{ID: idBatch, Total: mostPackets + 1, Index: 1}, noon); err == nil {
		t.Error("took a message of too many packets")
	}
	for i := range uint16(2 * mostAssemblies) {
		if _, _, err := as.add(message{ID: idBatch, Serial: 1000 * i, Total: 2, Index: 1}, noon); err != nil {
			t.Fatal(err)
		}
	}
	if len(as) != mostAssemblies || as[0].first != 1000*mostAssemblies {
		t.Errorf("%d are under way, the oldest from %d", len(as), as[0].first)
	}
	if _, _, err := as.add(message{ID: idBatch, Serial: 1000*mostAssemblies + 1, Total: 3, Index: 2}, noon); err == nil {
		t.Error("took a packet of 3 for a message of 2")
	}
}
