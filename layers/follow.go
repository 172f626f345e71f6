package layers

import (
	"context"
	"errors"
)

// followBatch is how many changes are read at once.
const followBatch = 2000

// Follow tells the observer of every change after the cursor, whoever made it, until ctx ends or the log
// fails. ErrGone means that changes were missed: read all layers anew, then follow from the log's new head.
// Other errors are those of the store; following may go on from the cursor that is returned with them.
func Follow(ctx context.Context, log Log, from Cursor, observe Observer) (Cursor, error) {
	for {
		changes, next, err := log.Changes(ctx, from, followBatch)
		if err != nil {
			return from, err
		}
		if len(changes) > 0 {
			observe(changes)
		}
		from = next
		if len(changes) == followBatch {
			continue
		}
		if err := log.Wait(ctx, from); err != nil {
			if ctx.Err() != nil {
				return from, ctx.Err()
			}
			return from, err
		}
	}
}

// Lost tells whether a follower's error means that changes were missed for good.
func Lost(err error) bool { return errors.Is(err, ErrGone) }
