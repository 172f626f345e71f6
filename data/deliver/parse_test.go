package deliver

import (
	"errors"
	"net/http"
	"testing"
	"time"
)

// The number is from: printf '1700000000.{}' | openssl dgst -sha256 -hmac 'sixteen bytes or more'
func TestKnownSignature(t *testing.T) {
	const want = "t=1700000000,v1=834f8431afc144ede4a5697b3d170426f2664047ea35e41fe421e24c13612f7e"
	if got := signature("sixteen bytes or more", time.Unix(1_700_000_000, 0), []byte("{}")); got != want {
		t.Errorf("signature %s, want %s", got, want)
	}
}

func TestRetryAfter(t *testing.T) {
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	tests := []struct {
		value string
		want  time.Duration
	}{
		{"", 0}, {"0", 0}, {"7", 7 * time.Second}, {" 120 ", 2 * time.Minute}, {"-5", 0}, {"1.5", 0}, {"soon", 0}, {"99999999999999999999", 0},
		{"Sun, 01 Mar 2026 12:00:30 GMT", 30 * time.Second}, {"Sun, 01 Mar 2026 11:00:00 GMT", 0},
	}
	for _, test := range tests {
		if got := retryAfter(test.value, now); got != test.want {
			t.Errorf("Retry-After %q is %v, want %v", test.value, got, test.want)
		}
	}
}

func FuzzRetryAfter(f *testing.F) {
	for _, s := range []string{"5", "Sun, 01 Mar 2026 12:00:30 GMT", "", "x"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, value string) {
		now := time.Unix(1_700_000_000, 0)
		d := retryAfter(value, now)
		cause := &failure{after: d}
		if p := pause(1, cause, time.Hour); d < 0 || p < 0 || p > time.Hour || p < min(d, time.Hour) {
			t.Errorf("%q: after %v, pause %v", value, d, p)
		}
	})
}

func TestPausesGrow(t *testing.T) {
	bounds := []time.Duration{shortest, time.Second, 2 * time.Second, 4 * time.Second, 8 * time.Second, 16 * time.Second, 32 * time.Second,
		64 * time.Second, 128 * time.Second, 256 * time.Second, longest, longest}
	for i, bound := range append(bounds, longest) {
		most := time.Duration(0)
		for range 400 {
			most = max(most, pause(i+1, errors.New("x"), time.Hour))
		}
		if most > bound || most < bound*8/10 {
			t.Errorf("after %d failures the longest of 400 pauses is %v, want up to %v", i+1, most, bound)
		}
	}
	if most := pause(1_000_000, errors.New("x"), time.Hour); most > longest {
		t.Errorf("after a million failures: %v", most)
	}
}

func TestAnswers(t *testing.T) {
	tests := []struct {
		code         int
		fails, final bool
	}{
		{200, false, false}, {202, false, false}, {204, false, false}, {299, false, false},
		{301, true, false}, {304, true, false}, {307, true, false},
		{400, true, true}, {401, true, true}, {404, true, true}, {410, true, true}, {413, true, true}, {422, true, true},
		{408, true, false}, {425, true, false}, {429, true, false}, {500, true, false}, {501, true, false}, {503, true, false}, {599, true, false},
	}
	for _, test := range tests {
		err := judge(&http.Response{StatusCode: test.code, Status: http.StatusText(test.code)}, time.Now())
		if (err != nil) != test.fails || isFinal(err) != test.final {
			t.Errorf("%d: %v, final %v", test.code, err, isFinal(err))
		}
	}
}
