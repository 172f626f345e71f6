package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/wardmap/wardmap/api"
	"github.com/wardmap/wardmap/data/deliver"
	"github.com/wardmap/wardmap/layers"
)

// subscribers are the receivers of webhooks as HTTP asks for them.
type subscribers struct{ desk *deliver.Desk }

func (s subscribers) Status(ctx context.Context) ([]api.SubscriberStatus, error) {
	all, err := s.desk.Status(ctx)
	out := make([]api.SubscriberStatus, 0, len(all))
	for _, one := range all {
		if one.URL == "" { // the server's own ways out, which nobody subscribed
			continue
		}
		out = append(out, api.SubscriberStatus{
			Subscriber: api.Subscriber{Name: one.Name, URL: one.URL, Kinds: one.Kinds, Layers: one.Layers, Classes: one.Classes},
			Created:    one.Created, Produced: one.Produced, Delivered: one.Delivered, Pending: one.Pending, Dead: one.Dead,
			Lost: one.Lost, Failures: one.Failures, Problem: one.Problem, Next: one.Next,
		})
	}
	return out, err
}

func (s subscribers) Put(ctx context.Context, one api.Subscriber) error {
	return known(s.desk.Put(ctx, deliver.Subscriber{
		Name: one.Name, URL: one.URL, Secret: one.Secret, Kinds: one.Kinds, Layers: one.Layers, Classes: one.Classes,
	}))
}

func (s subscribers) Remove(ctx context.Context, name string) error {
	return known(s.desk.Remove(ctx, name))
}

func (s subscribers) Dead(ctx context.Context, name string, limit int) ([]api.DeadLetter, error) {
	all, err := s.desk.Dead(ctx, name, limit)
	out := make([]api.DeadLetter, len(all))
	for i, l := range all {
		out[i] = api.DeadLetter{Delivery: l.Delivery, Events: l.Events, Died: l.Died, Why: l.Why}
	}
	return out, known(err)
}

func (s subscribers) Retry(ctx context.Context, name string) (int, error) {
	n, err := s.desk.Retry(ctx, name)
	return n, known(err)
}

// known gives the errors of the desk their names in api.
func known(err error) error {
	switch {
	case errors.Is(err, deliver.ErrUnknown):
		return fmt.Errorf("%w: %w", err, layers.ErrNotFound)
	case errors.Is(err, deliver.ErrInvalid), errors.Is(err, deliver.ErrForbidden):
		return fmt.Errorf("%w: %w", err, layers.ErrInvalid)
	}
	return err
}
