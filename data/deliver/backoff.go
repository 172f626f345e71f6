package deliver

import (
	"errors"
	"math/rand/v2"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// Between attempts: pauses double from shortest to longest, and each is drawn from zero up to that.
const (
	shortest = 500 * time.Millisecond
	longest  = 5 * time.Minute
)

// pause is how long to wait after so many failures, 1 or more. What the receiver asks for is kept to, up to a limit.
func pause(failures int, cause error, limit time.Duration) time.Duration {
	most := longest
	if n := failures - 1; n < 10 {
		most = min(longest, shortest<<n)
	}
	d := rand.N(most + 1)
	if f := (*failure)(nil); errors.As(cause, &f) {
		d = max(d, min(f.after, limit))
	}
	return d
}

// A failure is why an attempt did not succeed, and what the receiver says about another one.
type failure struct {
	why   string
	after time.Duration // not before
	final bool          // never
}

func (f *failure) Error() string { return f.why }

func isFinal(err error) bool {
	f := (*failure)(nil)
	return errors.As(err, &f) && f.final
}

// retryAfter reads the header of that name: seconds, or a date. What cannot be read is zero.
func retryAfter(value string, now time.Time) time.Duration {
	value = strings.TrimSpace(value)
	if seconds, err := strconv.ParseUint(value, 10, 31); err == nil {
		return time.Duration(seconds) * time.Second
	}
	if at, err := http.ParseTime(value); err == nil {
		return max(0, at.Sub(now))
	}
	return 0
}
