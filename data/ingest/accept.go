package ingest

import (
	"context"
	"errors"
	"net"
	"sync"
	"time"
)

// Accept takes connections from l until ctx ends or l fails, and lets talk speak with each in a goroutine of its
// own. At most most are open at once; who comes then is closed at once and counted. When it returns, l and all
// connections are closed and every talk has returned. The error is nil when ctx ended.
func (t *Tally) Accept(ctx context.Context, l net.Listener, most int, talk func(ctx context.Context, c net.Conn)) error {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	var talking sync.WaitGroup
	defer talking.Wait()
	defer stop()
	defer context.AfterFunc(ctx, func() { l.Close() })()
	defer l.Close()
	for pause := time.Duration(0); ; {
		c, err := l.Accept()
		switch {
		case ctx.Err() != nil:
			if err == nil {
				c.Close()
			}
			return nil
		case errors.Is(err, net.ErrClosed):
			return err
		case err != nil: // out of files, or the other side was gone at once
			pause = min(max(2*pause, 5*time.Millisecond), time.Second)
			wait(ctx, pause)
			continue
		}
		pause = 0
		if t.open.Load() >= int64(most) {
			t.full.Add(1)
			c.Close()
			continue
		}
		t.open.Add(1)
		talking.Go(func() {
			defer t.open.Add(-1)
			defer c.Close()
			defer context.AfterFunc(ctx, func() { c.Close() })()
			talk(ctx, c)
		})
	}
}

// wait passes d, or less when ctx ends.
func wait(ctx context.Context, d time.Duration) {
	select {
	case <-ctx.Done():
	case <-time.After(d):
	}
}
