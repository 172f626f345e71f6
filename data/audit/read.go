package audit

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"

	"golang.org/x/mod/sumdb/tlog"
)

// A Query chooses records. Empty members choose all.
type Query struct {
	Actor, Action, Layer, ID, Case, Outcome string
	From, To                                int64 // ms since 1970, To not included; 0 is open
	Before                                  int64 // only records with a lower number; 0 is from the newest on
	Limit                                   int   // 0 is 100
}

func (q *Query) takes(r *Record) bool {
	is := func(want, have string) bool { return want == "" || want == have }
	return is(q.Actor, r.Actor) && is(q.Action, string(r.Action)) && is(q.Layer, r.Layer) && is(q.ID, r.ID) && is(q.Case, r.Case) &&
		is(q.Outcome, string(r.Outcome)) && r.At >= q.From && (q.To == 0 || r.At < q.To)
}

// Read returns the newest records that a query chooses, the newest first. next is Query.Before of the page behind, 0
// when there is none.
func (l *Log) Read(ctx context.Context, q Query) (found []Record, next int64, err error) {
	if q.Limit == 0 {
		q.Limit = 100
	}
	top := l.whole.Load()
	if q.Before > 0 {
		top = min(top, q.Before)
	}
	for block := (top - 1) / markEvery; top > 0 && block >= 0; block-- {
		if err := ctx.Err(); err != nil {
			return nil, 0, err
		}
		some, err := l.block(block)
		if err != nil {
			return nil, 0, err
		}
		for _, r := range slices.Backward(some) {
			if r.Seq >= top || !q.takes(&r) {
				continue
			}
			if len(found) == q.Limit {
				return found, found[len(found)-1].Seq, nil
			}
			found = append(found, r)
		}
		if len(some) > 0 && some[0].At < q.From {
			break
		}
	}
	return found, 0, nil
}

// block reads the records from one mark to the next.
func (l *Log) block(n int64) (out []Record, err error) {
	l.mu.RLock()
	from, to := l.marks[n], l.behind.Load()
	if int(n)+1 < len(l.marks) {
		to = l.marks[n+1]
	}
	l.mu.RUnlock()
	err = eachLine(io.NewSectionReader(l.records, from, to-from), func(line []byte, offset int64) error {
		r, err := ParseRecord(line)
		if err != nil {
			return fmt.Errorf("byte %d of %s: %w", from+offset, recordsFile, err)
		}
		out = append(out, r)
		return nil
	})
	return out, err
}

// Size is how many records are durable.
func (l *Log) Size() int64 { return l.whole.Load() }

// A Proof shows that a record is in the log that a checkpoint was signed of: tlog.CheckRecord checks it.
type Proof struct {
	Seq  int64            `json:"seq"`
	Line string           `json:"record"` // as it is hashed
	Size int64            `json:"size"`   // of the tree
	Root tlog.Hash        `json:"root"`
	Path tlog.RecordProof `json:"path"`
}

// Prove makes the proof of a record.
func (l *Log) Prove(seq int64) (p Proof, err error) {
	size := l.whole.Load()
	if seq < 0 || seq >= size {
		return p, fmt.Errorf("the audit log has records 0 to %d", size-1)
	}
	some, err := l.block(seq / markEvery)
	if err != nil {
		return p, err
	}
	line, err := some[seq%markEvery].line()
	if err != nil {
		return p, err
	}
	stored := tlog.HashReaderFunc(func(indexes []int64) ([]tlog.Hash, error) { return l.stored(indexes, storedCount(size), nil) })
	p = Proof{Seq: seq, Line: string(line), Size: size}
	if p.Root, err = tlog.TreeHash(size, stored); err == nil {
		p.Path, err = tlog.ProveRecord(size, seq, stored)
	}
	if err == nil {
		err = tlog.CheckRecord(p.Path, size, p.Root, seq, tlog.RecordHash(line))
	}
	if err != nil {
		return p, errors.Join(fmt.Errorf("%w: record %d cannot be proved", ErrDamaged, seq), err)
	}
	return p, nil
}
