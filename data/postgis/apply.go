package postgis

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/wardmap/wardmap/layers"
	"github.com/wardmap/wardmap/spatial"
)

// applyTries bounds how often a batch is tried when others stand in its way, and patience for how long when the database
// is away: a restart after a crash takes seconds.
const (
	applyTries = 10
	patience   = 15 * time.Second
)

// Apply makes all edits or none, in one transaction. Rows are locked and created in the order of their ids, so
// that batches wait for each other instead of running into deadlocks; what remains of those (with foreign
// clients) is tried again. A put that changes nothing locks nothing. Once the commit is under way, the end of
// ctx no longer stops it; and when the connection breaks at that moment, the database is asked what became of it.
func (s *Store) Apply(ctx context.Context, edits []layers.Edit) ([]layers.Change, error) {
	b, err := s.batch(edits)
	if err != nil {
		return nil, err
	}
	began := time.Now()
	for try := 1; ; try++ {
		changes, err := s.try(ctx, b)
		var blame *layers.EditError
		switch {
		case err == nil:
			return changes, nil
		case errors.As(err, &blame):
			return nil, blame
		case ctx.Err() != nil:
			return nil, fmt.Errorf("apply %d edits: %w", len(edits), ctx.Err())
		case !isRace(err) && !isLost(err), isRace(err) && try >= applyTries, isLost(err) && time.Since(began) > patience:
			return nil, fmt.Errorf("apply %d edits: %w", len(edits), refusal(err))
		case isLost(err):
			s.pool.Reset() // the other idle connections will be gone as well
		}
		if err := pause(ctx, min(5*time.Millisecond<<min(try, 10), 500*time.Millisecond)); err != nil {
			return nil, fmt.Errorf("apply %d edits: %w", len(edits), err)
		}
	}
}

// refusal marks what triggers and constraints refused, which layers' own checks should have caught before.
func refusal(err error) error {
	if c := code(err); strings.HasPrefix(c, "22") || strings.HasPrefix(c, "23") {
		return fmt.Errorf("%w: %w", layers.ErrInvalid, err)
	}
	return err
}

func pause(ctx context.Context, d time.Duration) error {
	select {
	case <-time.After(d/2 + rand.N(d)):
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// key names a feature.
type key struct{ layer, id string }

// An item is one checked edit of a batch.
type item struct {
	layers.Edit
	index int
	table *table
}

func (i item) key() key { return key{i.Layer, i.Feature.ID} }

func (i item) fail(have int64, err error) error {
	return &layers.EditError{Index: i.index, Layer: i.Layer, ID: i.Feature.ID, Op: i.Op, Have: have, Err: err}
}

// batch checks that the store can hold what the edits say.
func (s *Store) batch(edits []layers.Edit) ([]item, error) {
	items := make([]item, len(edits))
	for i, e := range edits {
		it := item{Edit: e, index: i}
		var err error
		if it.table, err = s.table(e.Layer); err != nil {
			return nil, it.fail(0, err)
		}
		if e.Op != layers.Delete {
			if it.Feature, err = it.table.clean(e.Feature); err != nil {
				return nil, it.fail(0, err)
			}
		}
		items[i] = it
	}
	return items, nil
}

// try makes one attempt.
func (s *Store) try(ctx context.Context, items []item) ([]layers.Change, error) {
	items, err := s.withoutNews(ctx, items)
	if err != nil || len(items) == 0 {
		return nil, err
	}
	tx, err := s.pool.Begin(ctx)
	if err != nil {
		return nil, err
	}
	defer rollback(ctx, tx)
	stand := map[key]*spatial.Feature{}
	for t, ids := range idsOf(items) {
		if err := read(ctx, tx, t, t.lock, ids, stand); err != nil {
			return nil, err
		}
	}
	steps, err := decide(items, stand)
	if err != nil || len(steps) == 0 {
		return nil, err
	}
	log, xid, err := write(ctx, tx, steps)
	if err != nil {
		return nil, err
	}
	changes, err := changesOf(steps, log)
	if err != nil {
		return nil, err
	}
	return changes, s.commit(ctx, tx, xid, changes[0])
}

// withoutNews leaves out puts that say what stands there already. It locks nothing: that the feature was so at
// this moment is all that such a put asks for. Features with several edits in the batch stay in.
func (s *Store) withoutNews(ctx context.Context, items []item) ([]item, error) {
	edits := map[key]int{}
	for _, it := range items {
		edits[it.key()]++
	}
	lone := func(it item) bool { return it.Op == layers.Put && it.If == 0 && edits[it.key()] == 1 }
	var puts []item
	for _, it := range items {
		if lone(it) {
			puts = append(puts, it)
		}
	}
	stand := map[key]*spatial.Feature{}
	for t, ids := range idsOf(puts) {
		if err := read(ctx, s.pool, t, t.some, ids, stand); err != nil {
			return nil, err
		}
	}
	if len(stand) == 0 {
		return items, nil
	}
	var news []item
	for _, it := range items {
		if have := stand[it.key()]; have == nil || !lone(it) || !spatial.SameContent(*have, it.Feature) {
			news = append(news, it)
		}
	}
	return news, nil
}

// idsOf lists the features of the items, table by table in the order of their names, ids in byte order.
func idsOf(items []item) func(yield func(*table, []string) bool) {
	ids := map[*table][]string{}
	for _, it := range items {
		ids[it.table] = append(ids[it.table], it.Feature.ID)
	}
	return func(yield func(*table, []string) bool) {
		tables := slices.SortedFunc(maps.Keys(ids), func(a, b *table) int { return strings.Compare(a.layer, b.layer) })
		for _, t := range tables {
			slices.Sort(ids[t])
			if !yield(t, slices.Compact(ids[t])) {
				return
			}
		}
	}
}

// read puts the features that exist into stand.
func read(ctx context.Context, db queryer, t *table, sql string, ids []string, stand map[key]*spatial.Feature) error {
	rows, err := db.Query(ctx, sql, ids)
	if err != nil {
		return err
	}
	return t.eachFeature(rows, func(f spatial.Feature) error {
		stand[key{t.layer, f.ID}] = &f
		return nil
	})
}

// commit ends the transaction even when ctx ends meanwhile. When the connection breaks, it finds out whether
// the transaction was committed.
func (s *Store) commit(ctx context.Context, tx pgx.Tx, xid string, first layers.Change) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), ending)
	defer cancel()
	err := tx.Commit(ctx)
	if err == nil || !isLost(err) && ctx.Err() == nil {
		return err
	}
	ctx, cancel = context.WithTimeout(context.WithoutCancel(ctx), patience)
	defer cancel()
	s.pool.Reset()
	for foreign := 0; ; {
		switch s.fate(ctx, xid, first) {
		case committed:
			return nil
		case lost:
			return err
		case another:
			if foreign++; foreign == 2 { // the first time, it may have been committed between the two halves of the question
				return err
			}
		}
		if pause(ctx, 100*time.Millisecond) != nil {
			return &unknownOutcome{err}
		}
	}
}

// A fate is what became of a transaction whose commit had no answer.
type fate int

const (
	unknown   fate = iota // it goes on, or the database does not answer
	committed             // its row is in the change log
	lost                  // it was rolled back, or a crash has left no trace of it
	another               // its number is that of a transaction that did something else
)

// fate asks what became of a transaction that wrote a row of the change log. Its status alone does not say: after a
// crash that has left no trace of it, its number is in the future, and then given to another one.
func (s *Store) fate(ctx context.Context, xid string, wrote layers.Change) fate {
	var status *string
	var there bool
	err := s.pool.QueryRow(ctx, `SELECT pg_xact_status($1::text::xid8),
		EXISTS (SELECT FROM wardmap._changes WHERE version = $2 AND xid = $1::text::xid8 AND at = $3 AND layer = $4 AND id = $5)`,
		xid, wrote.Version, wrote.At, wrote.Layer, wrote.ID).Scan(&status, &there)
	switch {
	case code(err) == pgerrFuture:
		return lost
	case err != nil:
		return unknown
	case there:
		return committed
	case status == nil || *status == "in progress":
		return unknown
	case *status == "aborted":
		return lost
	}
	return another
}

// pgerrFuture is the code for a transaction number that has not been given out (invalid_parameter_value).
const pgerrFuture = "22023"

// unknownOutcome: the connection broke during the commit, and the database did not come back in time to say
// whether it was done. It is never tried again by itself.
type unknownOutcome struct{ cause error }

func (e *unknownOutcome) Error() string {
	return fmt.Sprintf("the connection broke during the commit, so it is not known whether the edits were made: read the features before you repeat them: %v", e.cause)
}
