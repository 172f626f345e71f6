package audit_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/tlog"

	"github.com/wardmap/wardmap/data/audit"
)

func TestMain(m *testing.M) {
	if dir := os.Getenv("AUDIT_TEST_DIR"); dir != "" {
		writeUntilKilled(dir)
	}
	os.Exit(m.Run())
}

// writeUntilKilled prints the number of each record that is durable.
func writeUntilKilled(dir string) {
	l, err := audit.Open(dir, audit.Options{Every: 5 * time.Millisecond})
	if err != nil {
		fmt.Println("cannot:", err)
		os.Exit(1)
	}
	var mu sync.Mutex
	for w := range 4 {
		go func() {
			for i := 0; ; i++ {
				id := fmt.Sprint(w, "-", i)
				if err := l.Append(context.Background(), read(id)); err != nil {
					os.Exit(1)
				}
				mu.Lock()
				fmt.Println(id)
				mu.Unlock()
			}
		}()
	}
	select {}
}

func read(id string) audit.Record {
	return audit.Record{Actor: "u1", Kind: "person", Action: audit.Read, Layer: "sites", ID: id, Outcome: audit.OK, From: "10.0.0.1"}
}

func opened(t testing.TB, dir string, o audit.Options) *audit.Log {
	t.Helper()
	l, err := audit.Open(dir, o)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// filled is a closed log of n records besides the one of its start, signed often.
func filled(t testing.TB, n int, o audit.Options) (dir string) {
	t.Helper()
	dir = filepath.Join(t.TempDir(), "audit")
	if o.Every == 0 {
		o.Every = time.Nanosecond
	}
	l := opened(t, dir, o)
	for i := range n {
		if err := l.Append(t.Context(), read(fmt.Sprint("r", i+1))); err != nil {
			t.Fatal(err)
		}
	}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	return dir
}

func verified(t testing.TB, dir string, witnesses ...string) audit.Verdict {
	t.Helper()
	v, err := audit.Verify(t.Context(), dir, nil, witnesses...)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func TestAWholeLog(t *testing.T) {
	dir := filled(t, 2500, audit.Options{Every: time.Millisecond})
	v := verified(t, dir)
	if v.Bad != nil || v.Records != 2501 || v.Signed != 2501 || v.Checkpoints < 2 {
		t.Fatalf("%+v %v", v, v.Bad)
	}
	l := opened(t, dir, audit.Options{})
	defer l.Close()
	for _, seq := range []int64{0, 1, 1023, 1024, 1025, 2500, 2501} {
		p, err := l.Prove(seq)
		if err != nil {
			t.Fatal(seq, err)
		}
		if err := tlog.CheckRecord(p.Path, p.Size, p.Root, seq, tlog.RecordHash([]byte(p.Line))); err != nil {
			t.Errorf("proof of %d: %v", seq, err)
		}
		if err := tlog.CheckRecord(p.Path, p.Size, p.Root, seq, tlog.RecordHash([]byte(strings.Replace(p.Line, "sit", "sat", 1)+" "))); err == nil {
			t.Errorf("another record than %d is proved", seq)
		}
	}
	if _, err := l.Prove(2502); err == nil {
		t.Error("a record that is not there is proved")
	}
	var all []audit.Record
	for q := (audit.Query{Layer: "sites", Limit: 700}); ; {
		some, next, err := l.Read(t.Context(), q)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, some...)
		if q.Before = next; next == 0 {
			break
		}
	}
	if len(all) != 2500 || all[0].ID != "r2500" || all[2499].ID != "r1" {
		t.Errorf("%d records, from %s to %s", len(all), all[0].ID, all[len(all)-1].ID)
	}
	if one, _, _ := l.Read(t.Context(), audit.Query{ID: "r77"}); len(one) != 1 || one[0].Actor != "u1" {
		t.Errorf("who looked at r77: %v", one)
	}
}

func lines(t *testing.T, dir string) [][]byte {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(dir, "records.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	return bytes.SplitAfter(bytes.TrimSuffix(data, []byte("\n")), []byte("\n"))
}

func TestWhatIsNotAsItWasIsNamed(t *testing.T) {
	whole := filled(t, 30, audit.Options{})
	edit := func(change func(ls [][]byte) [][]byte) func(t *testing.T, dir string) {
		return func(t *testing.T, dir string) {
			ls := change(lines(t, dir))
			write(t, filepath.Join(dir, "records.jsonl"), append(bytes.TrimSuffix(bytes.Join(ls, nil), []byte("\n")), '\n'))
		}
	}
	replace := func(a, b string) func([][]byte) [][]byte {
		return func(ls [][]byte) [][]byte {
			if !bytes.Contains(ls[9], []byte(a)) {
				panic(a)
			}
			ls[9] = bytes.Replace(ls[9], []byte(a), []byte(b), 1)
			return ls
		}
	}
	tests := []struct {
		name string
		how  func(t *testing.T, dir string)
		seq  int64
		says string
	}{
		{"another actor", edit(replace(`"u1"`, `"u2"`)), 9, "not what was hashed"},
		{"another layer", edit(replace(`"sites"`, `"sitex"`)), 9, "not what was hashed"},
		{"another id", edit(replace(`"r9"`, `"r8"`)), 9, "not what was hashed"},
		{"another outcome", edit(replace(`"ok"`, `"refused"`)), 9, "not what was hashed"},
		{"another address", edit(replace("10.0.0.1", "10.0.0.2")), 9, "not what was hashed"},
		{"a space", edit(replace(`"ok"}`, `"ok"} `)), 9, "not what was hashed"},
		{"one bit", func(t *testing.T, dir string) {
			data, _ := os.ReadFile(filepath.Join(dir, "records.jsonl"))
			data[bytes.Index(data, []byte(`"r9"`))+2] ^= 1
			write(t, filepath.Join(dir, "records.jsonl"), data)
		}, 9, "not what was hashed"},
		{"no JSON", edit(replace(`{"seq"`, `["seq"`)), 9, "not readable"},
		{"deleted", edit(func(ls [][]byte) [][]byte { return append(ls[:9:9], ls[10:]...) }), 9, "taken out"},
		{"inserted", edit(func(ls [][]byte) [][]byte { return append(ls[:9:9], append([][]byte{ls[3]}, ls[9:]...)...) }), 9, "taken out, put in"},
		{"swapped", edit(func(ls [][]byte) [][]byte { ls[9], ls[20] = ls[20], ls[9]; return ls }), 9, "moved"},
		{"truncated", edit(func(ls [][]byte) [][]byte { return ls[:9] }), 9, "missing"},
		{"truncated, with its hashes", func(t *testing.T, dir string) {
			edit(func(ls [][]byte) [][]byte { return ls[:9] })(t, dir)
			truncate(t, filepath.Join(dir, "hashes"), 32*(2*9-2))
		}, 9, "31 records were signed"},
		{"changed, with all hashes made anew", func(t *testing.T, dir string) {
			edit(replace(`"u1"`, `"u2"`))(t, dir)
			truncate(t, filepath.Join(dir, "hashes"), 0)
		}, 9, "not as it was signed"},
		{"a checkpoint", func(t *testing.T, dir string) {
			path := filepath.Join(dir, "checkpoints")
			data, _ := os.ReadFile(path)
			write(t, path, bytes.Replace(data, []byte("\n9\n"), []byte("\n8\n"), 1))
		}, 8, "checkpoints is not as it was"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			dir := copied(t, whole)
			tt.how(t, dir)
			v := verified(t, dir)
			if v.Bad == nil || v.Bad.Seq != tt.seq || !strings.Contains(v.Bad.Why, tt.says) {
				t.Errorf("found is %v, want record %d: %s", v.Bad, tt.seq, tt.says)
			}
		})
	}
	t.Run("another key", func(t *testing.T) {
		dir, other := copied(t, whole), filled(t, 1, audit.Options{})
		data, _ := os.ReadFile(filepath.Join(other, "key.pub"))
		write(t, filepath.Join(dir, "key.pub"), data)
		if v := verified(t, dir); v.Bad == nil || !strings.Contains(v.Bad.Why, "checkpoint 1") {
			t.Errorf("found is %v", v.Bad)
		}
	})
}

// TestAnOldBackupIsFoundByAWitness: everything in the folder agrees, but somebody has seen more.
func TestAnOldBackupIsFoundByAWitness(t *testing.T) {
	witness := filepath.Join(t.TempDir(), "witness")
	o := audit.Options{Witnesses: []string{witness}, Every: time.Nanosecond}
	dir := filled(t, 10, o)
	backup := copied(t, dir)
	l := opened(t, dir, o)
	for i := range 10 {
		if err := l.Append(t.Context(), read(fmt.Sprint("new", i))); err != nil {
			t.Fatal(err)
		}
	}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	if v := verified(t, dir, witness); v.Bad != nil {
		t.Errorf("the log itself: %v", v.Bad)
	}
	if v := verified(t, backup); v.Bad != nil {
		t.Errorf("without a witness nobody can know: %v", v.Bad)
	}
	if v := verified(t, backup, witness); v.Bad == nil || v.Bad.Seq != 11 || !strings.Contains(v.Bad.Why, "22 records were signed") {
		t.Errorf("the backup: %v", v.Bad)
	}
	// The backup goes on as if nothing were.
	l = opened(t, backup, audit.Options{Every: time.Nanosecond})
	for i := range 20 {
		if err := l.Append(t.Context(), read(fmt.Sprint("false", i))); err != nil {
			t.Fatal(err)
		}
	}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	if v := verified(t, backup, witness); v.Bad == nil || v.Bad.Seq != 11 {
		t.Errorf("the backup that went on: %v", v.Bad)
	}
}

// TestALogThatLostRecordsIsNotOpened: it would sign what is left.
func TestALogThatLostRecordsIsNotOpened(t *testing.T) {
	dir := filled(t, 10, audit.Options{})
	ls := lines(t, dir)
	write(t, filepath.Join(dir, "records.jsonl"), bytes.Join(ls[:5], nil))
	if _, err := audit.Open(dir, audit.Options{}); !errors.Is(err, audit.ErrDamaged) || !strings.Contains(err.Error(), "wardmap audit verify") {
		t.Errorf("it is opened: %v", err)
	}
	write(t, filepath.Join(dir, "records.jsonl"), bytes.Join(append(ls[:5:5], ls[6:]...), nil))
	if _, err := audit.Open(dir, audit.Options{}); !errors.Is(err, audit.ErrDamaged) {
		t.Errorf("it is opened: %v", err)
	}
	if err := os.Remove(filepath.Join(dir, "key")); err != nil {
		t.Fatal(err)
	}
	if _, err := audit.Open(dir, audit.Options{}); err == nil {
		t.Error("a log with records is given a new key")
	}
}

func TestOnlyOneWrites(t *testing.T) {
	dir := filled(t, 1, audit.Options{})
	l := opened(t, dir, audit.Options{})
	if _, err := audit.Open(dir, audit.Options{}); !errors.Is(err, audit.ErrUsed) {
		t.Errorf("a second writer: %v", err)
	}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	if err := l.Append(t.Context(), read("x")); err == nil {
		t.Error("a closed log takes records")
	}
	_ = opened(t, dir, audit.Options{}).Close()
}

func TestTheClockNeverGoesBack(t *testing.T) {
	var mu sync.Mutex
	now := time.Date(2026, 11, 26, 12, 0, 0, 0, time.UTC)
	set := func(to time.Time) {
		mu.Lock()
		defer mu.Unlock()
		now = to
	}
	dir := t.TempDir()
	l := opened(t, dir, audit.Options{Clock: func() time.Time {
		mu.Lock()
		defer mu.Unlock()
		return now
	}})
	for i, back := range []time.Duration{0, time.Hour, time.Minute, -time.Hour} {
		set(time.Date(2026, 11, 26, 12, 0, 0, 0, time.UTC).Add(-back))
		if err := l.Append(t.Context(), read(fmt.Sprint(i))); err != nil {
			t.Fatal(err)
		}
	}
	got, _, err := l.Read(t.Context(), audit.Query{Layer: "sites"})
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []struct{ at, back int64 }{{3600, 0}, {0, 60}, {0, 3600}, {0, 0}} {
		base := time.Date(2026, 11, 26, 12, 0, 0, 0, time.UTC).UnixMilli()
		if got[i].At != base+1000*want.at || got[i].Back != 1000*want.back {
			t.Errorf("record %s is of %v, %d ms back", got[i].ID, got[i].Time(), got[i].Back)
		}
	}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	if v := verified(t, dir); v.Bad != nil {
		t.Error(v.Bad)
	}
}

func TestWhatIsNoRecordIsRefused(t *testing.T) {
	l := opened(t, t.TempDir(), audit.Options{})
	defer l.Close()
	size := l.Size()
	for _, r := range []audit.Record{{}, {Action: "look", Outcome: audit.OK}, {Action: audit.Read}, {Action: audit.Read, Outcome: audit.OK, Purpose: strings.Repeat("x", 1001)}, {Action: audit.Read, Outcome: audit.OK, Case: "\xff"}} {
		if err := l.Append(t.Context(), read("good"), r); !errors.Is(err, audit.ErrRecord) {
			t.Errorf("%+v: %v", r, err)
		}
	}
	if l.Size() != size {
		t.Error("a part of what was refused is there")
	}
	r := read("x")
	r.Purpose = "看一下 105.7245, 34.5812 附近，620502199001011234"
	if err := l.Append(t.Context(), r); err != nil {
		t.Fatal(err)
	}
	if got, _, _ := l.Read(t.Context(), audit.Query{Limit: 1}); got[0].Purpose != "看一下 […] 附近，[…]" {
		t.Errorf("it keeps %q", got[0].Purpose)
	}
}

// TestWhatWasDurableIsThereAfterKill9 kills a writer again and again.
func TestWhatWasDurableIsThereAfterKill9(t *testing.T) {
	dir := t.TempDir()
	kills := 20
	if testing.Short() {
		kills = 3
	}
	want := map[string]bool{}
	for n := range kills {
		cmd := exec.Command(os.Args[0], "-test.run=^$")
		cmd.Env = append(os.Environ(), "AUDIT_TEST_DIR="+dir)
		var out bytes.Buffer
		cmd.Stdout = &out
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Duration(30+rand.IntN(60)) * time.Millisecond)
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
		text := out.String()
		for _, id := range strings.Split(text[:strings.LastIndexByte(text, '\n')+1], "\n") {
			if strings.HasPrefix(id, "cannot") {
				t.Fatal(id)
			}
			if id != "" {
				want[fmt.Sprint(n, ":", id)] = true
			}
		}
	}
	if v := verified(t, dir); v.Bad != nil {
		t.Fatal(v.Bad)
	}
	got, life := map[string]bool{}, -1
	for _, line := range lines(t, dir) {
		r, err := audit.ParseRecord(bytes.TrimSuffix(line, []byte("\n")))
		if err != nil {
			t.Fatal(err)
		}
		if r.Action == audit.Start {
			life++
		}
		got[fmt.Sprint(life, ":", r.ID)] = true
	}
	if life == kills-1 { // each life wrote its start
		for id := range want {
			if !got[id] {
				t.Errorf("record %s was acknowledged, and is not there", id)
			}
		}
	}
	if len(want) < 10*kills {
		t.Errorf("only %d records in %d lives", len(want), kills)
	}
	t.Logf("%d lives, %d records acknowledged, all there", life+1, len(want))
}

func TestManyWritersAndReaders(t *testing.T) {
	dir := t.TempDir()
	l := opened(t, dir, audit.Options{Every: time.Millisecond})
	var work sync.WaitGroup
	for w := range 8 {
		work.Go(func() {
			for i := range 200 {
				if err := l.Append(t.Context(), read(fmt.Sprint(w, "-", i)), read(fmt.Sprint(w, "=", i))); err != nil {
					t.Error(err)
				}
				if i%20 == 0 {
					some, _, err := l.Read(t.Context(), audit.Query{ID: fmt.Sprint(w, "-", i)})
					if err != nil || len(some) != 1 {
						t.Errorf("what was just written is read as %v, %v", some, err)
					}
					if _, err := l.Prove(l.Size() - 1); err != nil {
						t.Error(err)
					}
				}
			}
		})
	}
	work.Wait()
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	if v := verified(t, dir); v.Bad != nil || v.Records != 3201 {
		t.Errorf("%+v %v", v, v.Bad)
	}
}

// TestAFullDiskTakesNothing: the file of records cannot grow.
func TestAFullDiskTakesNothing(t *testing.T) {
	if _, err := os.Stat("/dev/full"); err != nil {
		t.Skip("no /dev/full here")
	}
	dir := filled(t, 3, audit.Options{})
	records := filepath.Join(dir, "records.jsonl")
	if err := os.Remove(records); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("/dev/full", records); err != nil {
		t.Fatal(err)
	}
	if _, err := audit.Open(dir, audit.Options{}); err == nil {
		t.Error("a log on a full disk is opened")
	}
}

func FuzzParseRecord(f *testing.F) {
	f.Add([]byte(`{"seq":1,"at":2,"actor":"u","action":"read","outcome":"ok"}`))
	f.Fuzz(func(t *testing.T, line []byte) {
		if _, err := audit.ParseRecord(line); err != nil && !errors.Is(err, audit.ErrRecord) {
			t.Error(err)
		}
	})
}

func BenchmarkAppend(b *testing.B) {
	for _, writers := range []int{1, 64, 512} {
		b.Run(fmt.Sprint("writers=", writers), func(b *testing.B) {
			l := opened(b, b.TempDir(), audit.Options{})
			defer l.Close()
			b.SetParallelism((writers + 1) / 2)
			b.ResetTimer()
			b.RunParallel(func(pb *testing.PB) {
				for pb.Next() {
					if err := l.Append(context.Background(), read("x")); err != nil {
						b.Error(err)
						return
					}
				}
			})
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "records/s")
		})
	}
}

func write(t *testing.T, path string, data []byte) {
	t.Helper()
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
}

func truncate(t *testing.T, path string, size int64) {
	t.Helper()
	if err := os.Truncate(path, size); err != nil {
		t.Fatal(err)
	}
}

func copied(t *testing.T, dir string) string {
	t.Helper()
	to := filepath.Join(t.TempDir(), strconv.Itoa(rand.Int()))
	if err := os.CopyFS(to, os.DirFS(dir)); err != nil {
		t.Fatal(err)
	}
	return to
}
