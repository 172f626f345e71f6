package audit

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"github.com/wardmap/wardmap/data/lockfile"
)

// Options of a log. Zero values get the default in brackets.
type Options struct {
	Witnesses []string      // files of others that every checkpoint is appended to: on another machine's disk, best
	Every     time.Duration // how often the root is signed when there is news (1 s)
	Clock     func() time.Time
	Log       *slog.Logger
}

// A Log is open for writing by this process alone. It is safe for concurrent use.
type Log struct {
	dir     string
	o       Options
	signer  note.Signer
	lock    *os.File
	asked   chan *request
	stop    chan struct{}
	ended   chan struct{}
	closing sync.Once
	failed  atomic.Bool // the last write did not succeed

	mu     sync.RWMutex // guards marks, which readers use too
	marks  []int64      // where every 1024th record begins
	whole  atomic.Int64 // records that are durable, and in the tree
	behind atomic.Int64 // the byte behind the last of them

	// Owned by the writer.
	records, hashes, checkpoints *os.File
	tree                         frontier
	noted                        int64 // records that marks know of
	offset                       int64 // where the next record goes
	last                         int64 // its time in ms
	signed                       int64 // records under the newest checkpoint
	due                          time.Time
	torn                         error // the hashes on the disk are not those of the tree: opening the log again mends them
}

type request struct {
	records []Record
	answer  chan error
}

// ErrUsed is a folder whose log another process writes.
var ErrUsed = errors.New("another process writes this audit log")

// ErrDamaged is a log that has lost records.
var ErrDamaged = errors.New("the audit log is not as it was")

// Open opens the log of a folder, or begins one. Records that a crash left half written are cut off: nobody was told
// that they are durable. A log that has fewer records than were signed is not opened.
func Open(dir string, o Options) (l *Log, err error) {
	if o.Every == 0 {
		o.Every = time.Second
	}
	if o.Clock == nil {
		o.Clock = time.Now
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("the audit log: %w", err)
	}
	l = &Log{dir: dir, o: o, asked: make(chan *request, 256), stop: make(chan struct{}), ended: make(chan struct{})}
	if l.lock, err = lockfile.Take(filepath.Join(dir, "lock")); err != nil {
		if errors.Is(err, lockfile.ErrTaken) {
			err = ErrUsed
		}
		return nil, fmt.Errorf("the audit log in %s: %w", dir, err)
	}
	if err := l.load(); err != nil {
		return nil, errors.Join(fmt.Errorf("the audit log in %s: %w", dir, err), l.closeFiles())
	}
	go l.run()
	if err := l.Append(context.Background(), Record{Actor: "system", Action: Start, Outcome: OK}); err != nil {
		return nil, errors.Join(err, l.Close())
	}
	return l, nil
}

// Append returns when the records are durable, in their order, or an error; then none of them is there, and what they
// are about must not happen.
func (l *Log) Append(ctx context.Context, records ...Record) error {
	for i := range records {
		if err := records[i].check(); err != nil {
			return err
		}
	}
	r := &request{records: records, answer: make(chan error, 1)}
	select {
	case l.asked <- r:
	case <-ctx.Done():
		return ctx.Err()
	case <-l.ended:
		return errors.New("the audit log is closed")
	}
	select {
	case err := <-r.answer:
		return err
	case <-l.ended:
		select {
		case err := <-r.answer:
			return err
		default:
			return errors.New("the audit log is closed")
		}
	}
}

// Healthy tells whether the last write succeeded.
func (l *Log) Healthy() bool { return !l.failed.Load() }

// Close signs the last root and ends.
func (l *Log) Close() error {
	l.closing.Do(func() { close(l.stop) })
	<-l.ended
	return l.closeFiles()
}

func (l *Log) closeFiles() (err error) {
	for _, f := range []*os.File{l.records, l.hashes, l.checkpoints, l.lock} {
		if f != nil {
			err = errors.Join(err, ignoreClosed(f.Close()))
		}
	}
	return err
}

func ignoreClosed(err error) error {
	if errors.Is(err, os.ErrClosed) {
		return nil
	}
	return err
}

// run writes what was asked for until the log is closed.
func (l *Log) run() {
	defer close(l.ended)
	tick := time.NewTicker(l.o.Every)
	defer tick.Stop()
	for {
		select {
		case first := <-l.asked:
			l.commit(l.gather(first))
		case <-tick.C:
			l.sign(false)
		case <-l.stop:
			for len(l.asked) > 0 {
				l.commit(l.gather(<-l.asked))
			}
			l.sign(true)
			return
		}
	}
}

// mostTogether bounds the requests that are written and synced at once.
const mostTogether = 4096

// gather takes all that waits: one sync serves it.
func (l *Log) gather(first *request) []*request {
	all := []*request{first}
	for len(all) < mostTogether {
		select {
		case r := <-l.asked:
			all = append(all, r)
		default:
			return all
		}
	}
	return all
}

// commit writes requests, and answers them.
func (l *Log) commit(all []*request) {
	err := l.write(all)
	l.failed.Store(err != nil)
	if err != nil {
		l.o.Log.Error("the audit log takes nothing", "error", err)
		err = fmt.Errorf("write to the audit log: %w", err)
	}
	for _, r := range all {
		r.answer <- err
	}
	if l.o.Clock().After(l.due) {
		l.sign(false)
	}
}

// write appends the records, all or none.
func (l *Log) write(all []*request) error {
	if l.torn != nil {
		return l.torn
	}
	var lines []byte
	var leaves []tlog.Hash
	seq, last := l.tree.size, l.last
	for _, r := range all {
		for _, one := range r.records {
			line, at, err := l.stamp(one, seq, last)
			if err != nil {
				return err
			}
			lines = append(append(lines, line...), '\n')
			leaves = append(leaves, tlog.RecordHash(line))
			seq, last = seq+1, at
		}
	}
	_, err := l.records.WriteAt(lines, l.offset)
	if err == nil {
		err = l.records.Sync()
	}
	if err != nil {
		return errors.Join(err, l.records.Truncate(l.offset))
	}
	l.note(lines)
	l.last = last
	l.torn = l.grow(leaves)
	return l.torn
}

// note remembers where records begin that have just been written.
func (l *Log) note(lines []byte) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for n := l.noted; len(lines) > 0; n++ {
		if n%markEvery == 0 {
			l.marks = append(l.marks, l.offset)
		}
		end := bytes.IndexByte(lines, '\n') + 1
		l.offset, lines = l.offset+int64(end), lines[end:]
		l.noted = n + 1
	}
	l.behind.Store(l.offset)
}

// markEvery is how many records lie between two places that are remembered.
const markEvery = 1024

// stamp numbers a record and gives it the time, which never goes back.
func (l *Log) stamp(r Record, seq, last int64) (line []byte, at int64, err error) {
	r = r.redacted()
	r.Seq, r.At, r.Back = seq, l.o.Clock().UnixMilli(), 0
	if r.At < last {
		r.Back, r.At = last-r.At, last
	}
	line, err = r.line()
	return line, r.At, err
}

// grow takes leaves into the tree and its stored hashes. These can be made again from the records.
func (l *Log) grow(leaves []tlog.Hash) error {
	from := storedCount(l.tree.size)
	var stored []byte
	for _, leaf := range leaves {
		hashes, err := tlog.StoredHashesForRecordHash(l.tree.size, leaf, tlog.HashReaderFunc(func(indexes []int64) ([]tlog.Hash, error) {
			return l.stored(indexes, from, stored)
		}))
		if err != nil {
			return err
		}
		for _, h := range hashes {
			stored = append(stored, h[:]...)
		}
		l.tree.add(leaf)
	}
	if _, err := l.hashes.WriteAt(stored, from*tlog.HashSize); err != nil {
		return err
	}
	l.whole.Store(l.tree.size)
	return nil
}

// stored reads hashes that are on the disk, or among those that follow from a number on.
func (l *Log) stored(indexes []int64, from int64, fresh []byte) ([]tlog.Hash, error) {
	out := make([]tlog.Hash, len(indexes))
	for i, x := range indexes {
		if x >= from {
			copy(out[i][:], fresh[(x-from)*tlog.HashSize:])
		} else if _, err := l.hashes.ReadAt(out[i][:], x*tlog.HashSize); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// sign signs the root when it is another than the last time, and shows it to the witnesses.
func (l *Log) sign(now bool) {
	if l.tree.size == l.signed || !now && l.o.Clock().Before(l.due) {
		return
	}
	l.due = l.o.Clock().Add(l.o.Every)
	signed, err := note.Sign(&note.Note{Text: Checkpoint{l.tree.size, l.tree.root()}.text()}, l.signer)
	if err == nil {
		_, err = l.checkpoints.Write(append(signed, between...))
	}
	if err == nil {
		err = l.checkpoints.Sync()
	}
	if err != nil {
		l.o.Log.Error("the audit log is not signed", "error", err)
		return
	}
	l.signed = l.tree.size
	for _, path := range l.o.Witnesses {
		if err := appendTo(path, append(signed, between...)); err != nil {
			l.o.Log.Error("a witness of the audit log does not get its checkpoint", "file", path, "error", err)
		}
	}
}

func appendTo(path string, data []byte) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	return errors.Join(err, f.Close())
}

// load reads what there is, and cuts off what is not whole.
func (l *Log) load() (err error) {
	var verifier note.Verifier
	if l.signer, verifier, err = keys(l.dir, isNew(l.dir)); err != nil {
		return err
	}
	for name, f := range map[string]**os.File{recordsFile: &l.records, hashesFile: &l.hashes, checkpointFile: &l.checkpoints} {
		mode := os.O_RDWR | os.O_CREATE
		if name == checkpointFile {
			mode |= os.O_APPEND
		}
		if *f, err = os.OpenFile(filepath.Join(l.dir, name), mode, 0o600); err != nil {
			return err
		}
	}
	if err := l.loadRecords(); err != nil {
		return err
	}
	if err := l.records.Truncate(l.offset); err != nil {
		return err
	}
	if err := l.hashes.Truncate(storedCount(l.tree.size) * tlog.HashSize); err != nil {
		return err
	}
	return l.loadCheckpoints(verifier)
}

// loadRecords lets the tree grow again, and stores the hashes that are missing.
func (l *Log) loadRecords() error {
	info, err := l.hashes.Stat()
	if err != nil {
		return err
	}
	stored := info.Size() / tlog.HashSize
	return eachLine(l.records, func(line []byte, offset int64) error {
		seq, at, ok := head(line)
		if !ok || seq != l.tree.size {
			return fmt.Errorf("%w: record %d, at byte %d of %s: run wardmap audit verify", ErrDamaged, l.tree.size, offset, recordsFile)
		}
		l.last = at
		l.note(append(line, '\n'))
		leaf := tlog.RecordHash(line)
		if storedCount(l.tree.size+1) <= stored {
			l.tree.add(leaf)
			l.whole.Store(l.tree.size)
			return nil
		}
		return l.grow([]tlog.Hash{leaf})
	})
}

// loadCheckpoints holds the newest checkpoint against the records.
func (l *Log) loadCheckpoints(key note.Verifier) error {
	data, err := io.ReadAll(l.checkpoints)
	if err != nil {
		return err
	}
	all, err := parseCheckpoints(data, key)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	if n := len(all); n > 0 {
		l.signed = all[n-1].Size
		if l.signed > l.tree.size {
			return fmt.Errorf("%w: %d records were signed, %d are there: run wardmap audit verify", ErrDamaged, l.signed, l.tree.size)
		}
	}
	return nil
}

// isNew tells whether a folder holds no log yet, so that it may be given a key.
func isNew(dir string) bool {
	info, err := os.Stat(filepath.Join(dir, recordsFile))
	return err != nil || info.Size() == 0
}
