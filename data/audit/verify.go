package audit

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

// A Verdict is what Verify found.
type Verdict struct {
	Records     int64      // that are there
	Checkpoints int        // that were held against them, witnesses' among them
	Signed      int64      // records under the newest checkpoint
	Newest      Checkpoint // of the whole log as it is
	Bad         *Bad       // nil when all is as it was
}

// Bad is the first record that is not as it was.
type Bad struct {
	Seq    int64  // its number; that of the first one missing when it is not there
	Offset int64  // byte in the file of records
	Why    string // in one sentence
}

func (b *Bad) Error() string { return fmt.Sprintf("record %d (byte %d): %s", b.Seq, b.Offset, b.Why) }

// Verify reads the whole log of a folder, and holds it against its stored hashes, its checkpoints, and those that
// witnesses have kept (files of checkpoints). The key is the folder's own when it is nil: whoever can write the folder
// can sign anew then, so give one that you have kept elsewhere. An error is that the log could not be read.
func Verify(ctx context.Context, dir string, key note.Verifier, witnesses ...string) (v Verdict, err error) {
	if key == nil {
		if key, err = verifierOf(dir); err != nil {
			return v, fmt.Errorf("the key of the audit log: %w", err)
		}
	}
	points, bad, err := points(dir, key, witnesses)
	if err != nil {
		return v, err
	}
	v.Checkpoints = len(points.all)
	x := &examination{points: points}
	if err := x.read(ctx, dir); err != nil {
		return v, err
	}
	v.Records, v.Newest, v.Signed = x.tree.size, Checkpoint{x.tree.size, x.tree.root()}, points.newest()
	if v.Bad = x.finish(); v.Bad == nil {
		v.Bad = bad
	}
	return v, nil
}

// pointSet is checkpoints by their size.
type pointSet struct {
	all  []Checkpoint
	size map[int64][]Checkpoint
}

func (p *pointSet) newest() (n int64) {
	for size := range p.size {
		n = max(n, size)
	}
	return n
}

// points gathers the checkpoints. A bad signature of the folder's own is no reason not to look at the records.
func points(dir string, key note.Verifier, witnesses []string) (*pointSet, *Bad, error) {
	p := &pointSet{size: map[int64][]Checkpoint{}}
	var bad *Bad
	for i, path := range append([]string{filepath.Join(dir, checkpointFile)}, witnesses...) {
		data, err := os.ReadFile(path)
		if err != nil {
			return nil, nil, fmt.Errorf("checkpoints: %w", err)
		}
		some, err := parseCheckpoints(data, key)
		if err != nil && i > 0 {
			return nil, nil, fmt.Errorf("witness %s: %w", path, err)
		}
		if err != nil {
			bad = &Bad{Why: fmt.Sprintf("the file %s is not as it was: %v", checkpointFile, err)}
			if n := len(some); n > 0 {
				bad.Seq = some[n-1].Size
			}
		}
		for _, c := range some {
			p.all, p.size[c.Size] = append(p.all, c), append(p.size[c.Size], c)
		}
	}
	return p, bad, nil
}

// An examination goes through the records once.
type examination struct {
	points *pointSet
	tree   frontier
	last   int64 // time
	good   int64 // records under the last checkpoint that agreed
	offset int64
	bad    *Bad // found by the records themselves or the stored hashes
	broken *Bad // found by a checkpoint
	hashes *os.File
}

var errFound = errors.New("found")

func (x *examination) read(ctx context.Context, dir string) (err error) {
	records, err := os.Open(filepath.Join(dir, recordsFile))
	if err != nil {
		return err
	}
	defer records.Close()
	if x.hashes, err = os.Open(filepath.Join(dir, hashesFile)); err != nil {
		return err
	}
	defer x.hashes.Close()
	x.compare()
	err = eachLine(records, func(line []byte, offset int64) error {
		if x.tree.size%4096 == 0 && ctx.Err() != nil {
			return ctx.Err()
		}
		x.offset = offset
		return x.record(line)
	})
	if errors.Is(err, ErrDamaged) {
		x.bad = &Bad{x.tree.size, x.offset, "a line has no end"}
		return nil
	}
	if errors.Is(err, errFound) {
		return nil
	}
	return err
}

// record holds one line against what it must be.
func (x *examination) record(line []byte) error {
	seq := x.tree.size
	r, err := ParseRecord(line)
	leaf := tlog.RecordHash(line)
	switch stored, there := x.stored(seq); {
	case err != nil:
		x.bad = &Bad{seq, x.offset, "it is not readable: " + err.Error()}
	case r.Seq != seq:
		x.bad = &Bad{seq, x.offset, fmt.Sprintf("here stands the record with number %d: one was taken out, put in, or moved", r.Seq)}
	case r.At < x.last:
		x.bad = &Bad{seq, x.offset, "it is earlier than the record before"}
	case there && stored != leaf:
		x.bad = &Bad{seq, x.offset, "it is not what was hashed when it was written"}
	}
	if x.bad != nil {
		return errFound
	}
	x.last = r.At
	x.tree.add(leaf)
	x.compare()
	if x.broken != nil {
		return errFound
	}
	return nil
}

// compare holds the tree against the checkpoints of its size.
func (x *examination) compare() {
	for _, c := range x.points.size[x.tree.size] {
		if c.Root != x.tree.root() {
			x.broken = &Bad{x.good, x.offset, fmt.Sprintf("of records %d to %d at least one is not as it was signed", x.good, x.tree.size-1)}
			return
		}
	}
	if len(x.points.size[x.tree.size]) > 0 {
		x.good = x.tree.size
	}
}

// stored is the hash of a record when it was written.
func (x *examination) stored(seq int64) (h tlog.Hash, there bool) {
	_, err := x.hashes.ReadAt(h[:], tlog.StoredHashIndex(0, seq)*tlog.HashSize)
	return h, err == nil
}

// finish says what is wrong when the last record has been read.
func (x *examination) finish() *Bad {
	if x.bad != nil {
		return x.bad
	}
	if x.broken != nil {
		return x.broken
	}
	if newest := x.points.newest(); newest > x.tree.size {
		return &Bad{x.tree.size, x.offset, fmt.Sprintf("it is missing, with all behind it: %d records were signed", newest)}
	}
	if _, more := x.stored(x.tree.size); more {
		return &Bad{x.tree.size, x.offset, "it is missing: its hash is there"}
	}
	return nil
}
