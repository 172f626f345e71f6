package live

import (
	"bufio"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"
)

// Recover rebuilds the picture as it was before: from the snapshot, then from the entries of the journal behind
// it. Events that had not reached the outbox reach it now; none reaches it twice. It must be called once, before
// Run, with an empty picture.
func (t *Tracker) Recover(ctx context.Context) error {
	err := t.load()
	if err == nil && t.last > 0 {
		err = t.belongs(ctx)
	}
	if err != nil {
		t.o.Log.Warn("the snapshot of the live picture is not used; the whole journal is read instead", "file", t.o.Snapshot, "error", err)
		t.last = 0
		t.picture.reset()
	}
	seq, through, err := t.outbox.Last(ctx)
	if err != nil {
		return fmt.Errorf("read the outbox: %w", err)
	}
	if err := t.replay(ctx, seq, through); err != nil {
		return fmt.Errorf("rebuild the live picture: %w", err)
	}
	t.picture.countFrom(seq)
	t.recent.Start(t.picture.Seq())
	return nil
}

// belongs looks whether the journal holds the entry that the snapshot stands behind. Behind the snapshot of another
// journal new entries would be taken for old ones, and left out.
func (t *Tracker) belongs(ctx context.Context) error {
	found := fmt.Errorf("the journal has no entry %d any more", t.last)
	enough := errors.New("enough")
	err := t.journal.Replay(ctx, t.last-1, func(number uint64, entry []byte) error {
		var e Entry
		switch err := readEntry(entry, &e); {
		case number != t.last:
		case err == nil && e.Now == t.now:
			found = nil
		default:
			found = errors.Join(fmt.Errorf("entry %d of the journal is not the one that it stands behind: it is of another journal", number), err)
		}
		return enough
	})
	if err != nil && !errors.Is(err, enough) {
		return err
	}
	return found
}

// replay applies the entries that stand in the journal behind the last one applied. The events up to seq, of the
// entries up to through, are in the outbox already; new ones are numbered behind them even where the journal no
// longer reaches back to the first.
func (t *Tracker) replay(ctx context.Context, seq, through uint64) error {
	var e Entry
	var events []Event
	var verdicts []Verdict
	return t.journal.Replay(ctx, t.last, func(number uint64, entry []byte) error {
		if err := readEntry(entry, &e); err != nil {
			return fmt.Errorf("entry %d: %w", number, err)
		}
		if number > through {
			t.picture.countFrom(seq)
		}
		verdicts, events, _ = t.picture.take(&e, verdicts[:0], events[:0]) // who asked for it has heard of the error
		t.last, t.now = number, max(t.now, e.Now)
		t.unsaved++
		if number > through {
			return t.publish(ctx, events, number)
		}
		t.recent.Add(events)
		return nil
	})
}

// catchUp brings in what a failed write may have left in the journal after all, as soon as the journal can be
// read again. Nobody may apply anything meanwhile.
func (t *Tracker) catchUp(ctx context.Context) error {
	return retry(ctx, func(bool) error { return t.replay(ctx, 0, 0) })
}

// A snapshot is "WMS1", the number of the entry that it stands behind, then the picture's state.
const snapshotMagic = "WMS1"

// load reads the snapshot, where there is one.
func (t *Tracker) load() error {
	if t.o.Snapshot == "" {
		return nil
	}
	file, err := os.Open(t.o.Snapshot)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	defer file.Close()
	r := bufio.NewReaderSize(file, 1<<20)
	var head [12]byte
	if _, err := io.ReadFull(r, head[:]); err != nil || string(head[:4]) != snapshotMagic {
		return errors.New("it is no snapshot of a picture")
	}
	if err := t.picture.ReadState(r); err != nil {
		return err
	}
	t.last = binary.LittleEndian.Uint64(head[4:])
	t.now = t.picture.Now()
	return nil
}

// save begins a snapshot when it is time and none is being written, as soon as all events are in the outbox: those
// of entries that a snapshot stands behind are never computed again. The picture is read at once, the file is
// written while the tracker goes on. Only the applier calls it.
func (t *Tracker) save() {
	now := time.Now()
	if t.o.Snapshot == "" || t.unsaved == 0 || now.Sub(t.saved) < t.o.SnapshotEvery || !t.busy.CompareAndSwap(false, true) {
		return
	}
	if t.telling.Wait(); t.broken {
		t.busy.Store(false)
		return
	}
	t.saved, t.unsaved = now, 0
	state, err := t.state()
	if err != nil {
		t.busy.Store(false)
		t.o.Log.Error("the live picture cannot be written", "error", err)
		return
	}
	t.saving.Go(func() {
		defer t.busy.Store(false)
		if err := replaceFile(t.o.Snapshot, state); err != nil {
			t.o.Log.Error("the snapshot of the live picture cannot be written", "error", err)
		}
	})
}

// Save writes the snapshot now. It must not be called while Run works. A picture whose events have not all reached
// the outbox is not kept: the next start computes them again from the journal.
func (t *Tracker) Save() error {
	if t.o.Snapshot == "" || t.unsaved == 0 || t.broken {
		return nil
	}
	state, err := t.state()
	if err != nil {
		return err
	}
	t.unsaved = 0
	return replaceFile(t.o.Snapshot, state)
}

func (t *Tracker) state() ([]byte, error) {
	head := binary.LittleEndian.AppendUint64([]byte(snapshotMagic), t.last)
	w := &appender{head}
	err := t.picture.WriteState(w)
	return w.data, err
}

type appender struct{ data []byte }

func (a *appender) Write(p []byte) (int, error) {
	a.data = append(a.data, p...)
	return len(p), nil
}

// replaceFile writes a file so that after a crash there is the old one or the new one.
func replaceFile(path string, data []byte) error {
	file, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".*")
	if err != nil {
		return err
	}
	defer os.Remove(file.Name())
	_, err = file.Write(data)
	if err == nil {
		err = file.Sync()
	}
	if err := errors.Join(err, file.Close()); err != nil {
		return err
	}
	return os.Rename(file.Name(), path)
}
