package deliver

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"time"
)

// A transport brings a batch out. It returns when that is done, or a failure.
type transport func(ctx context.Context, s *Subscriber, b *batch) error

// webhook posts a batch. Only 2xx is a success; redirects are refused, because they would lead past what the
// subscriber's URL says.
func (d *Desk) webhook(ctx context.Context, s *Subscriber, b *batch) error {
	body := b.body(s.Name)
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, s.URL, bytes.NewReader(body))
	if err != nil {
		return err
	}
	now := d.o.Now()
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("User-Agent", "wardmap")
	req.Header.Set("Wardmap-Signature", signature(s.Secret, now, body))
	req.Header.Set("Wardmap-Delivery", b.delivery)
	req.Header.Set("Idempotency-Key", b.delivery)
	res, err := d.client.Do(req)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	_, _ = io.CopyN(io.Discard, res.Body, 64<<10) // so that the connection can be used again
	return judge(res, now)
}

// signature proves that a delivery is ours: "t=<unix seconds>,v1=<hex of HMAC-SHA256 over t, a dot and the body>".
func signature(secret string, at time.Time, body []byte) string {
	t := strconv.FormatInt(at.Unix(), 10)
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write([]byte(t + "."))
	mac.Write(body)
	return "t=" + t + ",v1=" + hex.EncodeToString(mac.Sum(nil))
}

// judge says what an answer means.
func judge(res *http.Response, now time.Time) error {
	code := res.StatusCode
	switch {
	case code >= 200 && code < 300:
		return nil
	case code >= 300 && code < 400:
		return &failure{why: fmt.Sprintf("the receiver answered %s: redirects are not followed", res.Status)}
	case code == http.StatusRequestTimeout, code == http.StatusTooEarly, code == http.StatusTooManyRequests, code >= 500:
		return &failure{why: "the receiver answered " + res.Status, after: retryAfter(res.Header.Get("Retry-After"), now)}
	}
	return &failure{why: "the receiver answered " + res.Status, final: true}
}
