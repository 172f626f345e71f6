package stream

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/nats-io/nats.go/jetstream"
)

// Cursors are small named blobs that survive as the logs do. They are safe for concurrent use.
type Cursors struct {
	kv       jetstream.KeyValue
	under    jetstream.Stream // that the bucket lies in
	patience time.Duration
	tails    *tails // nil with an outside server
}

const bucket = "wardmap-cursors"

// blobs takes up the bucket of the cursors, or makes it.
func (s *Stream) blobs(ctx context.Context, o Options) (*Cursors, error) {
	c := &Cursors{patience: o.Patience}
	err := s.take(ctx, "KV_"+bucket, func(Retention) (err error) {
		c.kv, err = s.js.CreateOrUpdateKeyValue(ctx, jetstream.KeyValueConfig{
			Bucket: bucket, History: 1, Storage: jetstream.FileStorage, Replicas: max(1, o.Replicas),
		})
		if err == nil {
			c.under, err = s.js.Stream(ctx, "KV_"+bucket)
		}
		if err != nil || s.node == nil {
			return err
		}
		c.tails = s.node.tails
		return c.tails.open(bucket, spanOf(c.under.CachedInfo().State), !c.tails.atRest(bucket))
	})
	if err != nil {
		return nil, fmt.Errorf("cursors: %w", err)
	}
	return c, nil
}

// Get returns the blob of a name; ok is false when there is none.
func (c *Cursors) Get(ctx context.Context, name string) (value []byte, ok bool, err error) {
	err = c.ask(ctx, "read", name, func(ctx context.Context, key string) error {
		entry, err := c.kv.Get(ctx, key)
		if errors.Is(err, jetstream.ErrKeyNotFound) {
			return nil
		}
		if err == nil {
			value, ok = entry.Value(), true
		}
		return err
	})
	return value, ok, err
}

// Put returns when the blob is on the disk.
func (c *Cursors) Put(ctx context.Context, name string, value []byte) error {
	return c.ask(ctx, "write", name, func(ctx context.Context, key string) error {
		revision, err := c.kv.Put(ctx, key, value)
		if err == nil {
			c.tails.note(bucket, revision)
		}
		return err
	})
}

// Delete removes a blob without a trace; it is no error when there is none.
func (c *Cursors) Delete(ctx context.Context, name string) error {
	return c.ask(ctx, "delete", name, func(ctx context.Context, key string) error {
		return c.under.Purge(ctx, jetstream.WithPurgeSubject("$KV."+bucket+"."+key))
	})
}

// List returns the names that begin with a prefix, sorted.
func (c *Cursors) List(ctx context.Context, prefix string) ([]string, error) {
	var names []string
	err := persist(ctx, c.patience, func(ctx context.Context) error {
		names = names[:0]
		info, err := c.under.Info(ctx, jetstream.WithSubjectFilter("$KV."+bucket+".>"))
		if err != nil {
			return err
		}
		for subject := range info.State.Subjects {
			name, err := nameOf(strings.TrimPrefix(subject, "$KV."+bucket+"."))
			if err != nil {
				return err
			}
			if strings.HasPrefix(name, prefix) {
				names = append(names, name)
			}
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("list the cursors: %w", err)
	}
	slices.Sort(names)
	return names, nil
}

func (c *Cursors) ask(ctx context.Context, what, name string, do func(ctx context.Context, key string) error) error {
	key, err := keyOf(name)
	if err == nil {
		err = persist(ctx, c.patience, func(ctx context.Context) error { return do(ctx, key) })
	}
	if err != nil {
		return fmt.Errorf("%s cursor %q: %w", what, name, err)
	}
	return nil
}

// keyOf writes a name with the characters that keys may have: what else it has stands as "=" and two digits.
func keyOf(name string) (string, error) {
	if name == "" {
		return "", errors.New("it has no name")
	}
	var b strings.Builder
	for _, c := range []byte(name) {
		switch {
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c >= '0' && c <= '9', c == '-', c == '_', c == '/':
			b.WriteByte(c)
		default:
			fmt.Fprintf(&b, "=%02X", c)
		}
	}
	return b.String(), nil
}

func nameOf(key string) (string, error) {
	return url.PathUnescape(strings.ReplaceAll(key, "=", "%"))
}
