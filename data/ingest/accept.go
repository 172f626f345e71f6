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
		if !t.Enter(most) {
			c.Close()
			continue
		}
		talking.Go(func() {
			defer t.Leave()
			defer c.Close()
			defer context.AfterFunc(ctx, func() { c.Close() })()
			talk(ctx, c)
		})
	}
}

// Enter counts a connection that opens, unless most are open: then it is counted as turned away.
func (t *Tally) Enter(most int) bool {
	if t.open.Add(1) > int64(most) {
		t.open.Add(-1)
		t.full.Add(1)
		return false
	}
	return true
}

// Leave counts a connection out that Enter has let in.
func (t *Tally) Leave() { t.open.Add(-1) }

// wait passes d, or less when ctx ends.
func wait(ctx context.Context, d time.Duration) {
	select {
	case <-ctx.Done():
	case <-time.After(d):
	}
}
