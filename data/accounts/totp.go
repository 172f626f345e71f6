package accounts

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha1" //nolint:gosec // RFC 6238 as all authenticator apps speak it; HMAC does not need collision resistance
	"crypto/subtle"
	"encoding/base32"
	"encoding/binary"
	"fmt"
	"net/url"
	"time"
)

// A code of the second factor is that of RFC 6238 with SHA-1, 6 digits and steps of 30 s.
const (
	stepSeconds = 30
	modulus     = 1_000_000
	seedBytes   = 20
)

var base32Text = base32.StdEncoding.WithPadding(base32.NoPadding)

func newSeed() string {
	seed := make([]byte, seedBytes)
	_, _ = rand.Read(seed) // never fails
	return base32Text.EncodeToString(seed)
}

// code is the code of a step (RFC 4226, 5.3).
func code(seed []byte, step int64) string {
	var counter [8]byte
	binary.BigEndian.PutUint64(counter[:], uint64(step)) //nolint:gosec // steps are not negative after 1970
	mac := hmac.New(sha1.New, seed)
	mac.Write(counter[:])
	sum := mac.Sum(nil)
	at := sum[len(sum)-1] & 0xf
	return fmt.Sprintf("%06d", binary.BigEndian.Uint32(sum[at:])&0x7fffffff%modulus)
}

// matching is the step whose code was typed, no more than one off, and later than the last that was used: a code is
// good once.
func matching(seedText, typed string, now time.Time, last int64) (step int64, ok bool) {
	seed, err := base32Text.DecodeString(seedText)
	if err != nil || len(seed) < 10 {
		return 0, false
	}
	current := now.Unix() / stepSeconds
	for _, at := range []int64{current, current - 1, current + 1} {
		if subtle.ConstantTimeCompare([]byte(code(seed, at)), []byte(typed)) == 1 && at > last {
			step, ok = at, true
		}
	}
	return step, ok
}

// seedURI is what authenticator apps read.
func seedURI(seed, name string) string {
	label := url.PathEscape("Wardmap:" + name)
	return "otpauth://totp/" + label + "?" + url.Values{"secret": {seed}, "issuer": {"Wardmap"}}.Encode()
}
