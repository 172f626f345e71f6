package stream

import (
	"context"
	"errors"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// final is an error that asking again does not change.
type final struct{ error }

func (f final) Unwrap() error { return f.error }

// persist asks until there is an answer, the patience is over or ctx ends. An answer that refuses is an answer,
// except that the server is not ready. An answer is waited for as long as a sixth of the patience.
func persist(ctx context.Context, patience time.Duration, ask func(ctx context.Context) error) error {
	until := time.Now().Add(patience)
	pause := 10 * time.Millisecond
	for {
		err := once(ctx, min(patience/6, time.Until(until)), ask)
		if err == nil || ctx.Err() != nil || answered(err) || time.Until(until) < pause {
			return err
		}
		select {
		case <-time.After(pause):
		case <-ctx.Done():
			return errors.Join(ctx.Err(), err)
		}
		pause = min(2*pause, time.Second)
	}
}

func once(ctx context.Context, limit time.Duration, ask func(ctx context.Context) error) error {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	return ask(ctx)
}

func answered(err error) bool {
	var f final
	var api *jetstream.APIError
	return errors.As(err, &f) || errors.Is(err, nats.ErrConnectionClosed) || errors.As(err, &api) && api.Code != 503
}

// unsent is why a message was not even tried: whatever is unsure about the cause, it is not in the log.
type unsent struct{ error }

func (u unsent) Is(target error) bool { return target != ErrUnsure && errors.Is(u.error, target) }
