package live_test

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/wardmap/wardmap/spatial"
	"github.com/wardmap/wardmap/spatial/live"
)

func stateOf(t testing.TB, p *live.Picture) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := p.WriteState(&b); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// reborn is a fresh picture from the state of another.
func reborn(t testing.TB, p *live.Picture, o live.Options) *live.Picture {
	t.Helper()
	again := live.NewPicture(o)
	if err := again.ReadState(bytes.NewReader(stateOf(t, p))); err != nil {
		t.Fatal(err)
	}
	return again
}

// TestStateAndTheRestOfTheLogGiveTheSame saves at any moment, goes on from the state, and compares with a picture
// that was never saved: verdicts, events and their numbers, and all that is seen.
func TestStateAndTheRestOfTheLogGiveTheSame(t *testing.T) {
	for seed := range uint64(12) {
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			var o live.Options
			if seed%2 == 1 {
				o.Limits = map[spatial.Class]live.Limits{spatial.Vehicle: {Reorder: 4 * time.Second}, spatial.Officer: {Reorder: 9 * time.Second, Stale: 20 * time.Second}}
			}
			r, again := rand.New(rand.NewPCG(seed, 41)), rand.New(rand.NewPCG(seed, 41))
			saves := rand.New(rand.NewPCG(seed, 42))
			straight, saved := live.NewPicture(o), live.NewPicture(o)
			now := noon
			for step := range 1500 {
				now += spatial.Instant(saves.ExpFloat64() * 900)
				if saves.IntN(60) == 0 {
					saved = reborn(t, saved, o)
				}
				want, got := stir(r, straight, now, nil), stir(again, saved, now, nil)
				if fmt.Sprint(got) != fmt.Sprint(want) {
					t.Fatalf("step %d gave\n%v, want\n%v", step, got, want)
				}
				if step%50 > 0 {
					continue
				}
				if d := firstDifference(saved, straight); d != "" {
					t.Fatalf("after step %d they show\n%s", step, d)
				}
			}
			now = now.Add(time.Hour)
			if got, want := fmt.Sprint(saved.Flush(now, nil)), fmt.Sprint(straight.Flush(now, nil)); got != want {
				t.Fatalf("the end gave\n%v, want\n%v", got, want)
			}
			if d := firstDifference(saved, straight); d != "" {
				t.Fatal(d)
			}
			if straight.Seq() < 200 {
				t.Errorf("only %d events", straight.Seq())
			}
		})
	}
}

// firstDifference is what two pictures show differently.
func firstDifference(a, b *live.Picture) string {
	one, other := all(a), all(b)
	for i := range min(len(one), len(other)) {
		if x, y := fmt.Sprintf("%+v", one[i]), fmt.Sprintf("%+v", other[i]); x != y {
			return x + "\nand\n" + y
		}
	}
	if x, y := fmt.Sprintf("%d units, %+v", len(one), a.Counts()), fmt.Sprintf("%d units, %+v", len(other), b.Counts()); x != y {
		return x + "\nand\n" + y
	}
	return ""
}

func TestAStateThatIsNotOneIsRefused(t *testing.T) {
	p := pictureOf(t, spatial.Vehicle, live.Options{})
	play(t, p, []said{{now: 0}, {now: 10, east: 1e6}})
	good := stateOf(t, p)
	damaged := slices.Clone(good)
	damaged[len(damaged)/2] ^= 4
	future := slices.Clone(good)
	future[4] = 9
	tests := []struct {
		name string
		data []byte
		want string
	}{
		{"nothing", nil, "it is none"},
		{"a picture of another kind", []byte("\x89PNG\r\n\x1a\n..........................."), "it is none"},
		{"a cut one", good[:len(good)-9], "it is cut"},
		{"a longer one", append(slices.Clone(good), 0), "or something follows"},
		{"a damaged one", damaged, "its checksum is wrong"},
		{"one of the future", future, "it has form 9, only 1 is known"},
	}
	for _, test := range tests {
		err := p.ReadState(bytes.NewReader(test.data))
		if err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: %v, want %q", test.name, err, test.want)
		}
		if !bytes.Equal(stateOf(t, p), good) {
			t.Errorf("%s has changed the picture", test.name)
		}
	}
	for cut := range good {
		if p.ReadState(bytes.NewReader(good[:cut])) == nil {
			t.Errorf("cut at byte %d it is read", cut)
		}
	}
}

// sealed puts a body between the head and the checksum that it needs to be looked at.
func sealed(body []byte) []byte {
	data := binary.LittleEndian.AppendUint64([]byte("WMPS\x01\x00"), uint64(len(body)))
	data = append(data, body...)
	return binary.LittleEndian.AppendUint32(data, crc32.Checksum(data, crc32.MakeTable(crc32.Castagnoli)))
}

func FuzzReadState(f *testing.F) {
	r := rand.New(rand.NewPCG(1, 43))
	p := live.NewPicture(live.Options{Limits: map[spatial.Class]live.Limits{spatial.Vehicle: {Reorder: 4 * time.Second}}})
	for i := range 200 {
		stir(r, p, noon.Add(time.Duration(i)*time.Second), nil)
	}
	state := stateOf(f, p)
	f.Add(state[14:len(state)-4], uint64(1))
	f.Add([]byte{}, uint64(2))
	f.Fuzz(func(t *testing.T, body []byte, seed uint64) {
		p := live.NewPicture(live.Options{})
		if p.ReadState(bytes.NewReader(sealed(body))) != nil {
			return
		}
		if p.Now() > noon.Add(30*24*time.Hour) {
			return // the schedules of a thousand years take their time
		}
		r := rand.New(rand.NewPCG(seed, 44))
		for range 20 {
			stir(r, p, p.Now().Add(time.Second), nil)
		}
		p.Nearest(live.Search{Point: east(0)})
		p.Changes(0, func(live.Moved) bool { return true })
		all(p)
	})
}
