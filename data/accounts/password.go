package accounts

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/crypto/argon2"
	"golang.org/x/text/unicode/norm"
)

// Cost of argon2id: 32 MiB and three passes, above what OWASP asks for (19 MiB, two).
const (
	memoryKiB = 32 << 10
	passes    = 3
	threads   = 1
	saltBytes = 16
	hashBytes = 32
)

// hashed is a password as it is kept, in the form of the Password Hashing Competition.
func (s *Store) hashed(ctx context.Context, password string) (string, error) {
	salt := make([]byte, saltBytes)
	_, _ = rand.Read(salt) // never fails
	key, err := s.derive(ctx, password, salt, passes, memoryKiB, threads)
	if err != nil {
		return "", err
	}
	text := base64.RawStdEncoding.EncodeToString
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version, memoryKiB, passes, threads, text(salt), text(key)), nil
}

// derive waits for a place: memory is bounded however many people sign in.
func (s *Store) derive(ctx context.Context, password string, salt []byte, t, m uint32, p uint8) ([]byte, error) {
	select {
	case s.work <- struct{}{}:
		defer func() { <-s.work }()
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	return argon2.IDKey([]byte(norm.NFKC.String(password)), salt, t, m, p, hashBytes), nil
}

// nobodys is a hash that no password has. Who is not there is checked against it, and so takes as long.
var nobodys = fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version, memoryKiB, passes, threads,
	strings.Repeat("A", 22), strings.Repeat("A", 43))

// isPassword tells whether a password has the hash.
func (s *Store) isPassword(ctx context.Context, hash, password string) (bool, error) {
	var version int
	var m, t uint32
	var p uint8
	parts := strings.Split(hash, "$")
	if len(parts) != 6 || parts[1] != "argon2id" {
		return false, fmt.Errorf("a password is kept in a form that this version does not know")
	}
	if _, err := fmt.Sscanf(parts[2]+" "+parts[3], "v=%d m=%d,t=%d,p=%d", &version, &m, &t, &p); err != nil || version != argon2.Version || m > 1<<20 || t > 100 {
		return false, fmt.Errorf("a password is kept in a form that this version does not know: %s %s", parts[2], parts[3])
	}
	salt, err := base64.RawStdEncoding.DecodeString(parts[4])
	if err != nil {
		return false, err
	}
	want, err := base64.RawStdEncoding.DecodeString(parts[5])
	if err != nil {
		return false, err
	}
	key, err := s.derive(ctx, password, salt, t, m, p)
	return subtle.ConstantTimeCompare(key, want) == 1, err
}

const (
	leastPassword = 12
	mostPassword  = 256 // bytes, so that nobody lets us hash a book
)

// checkPassword says what is wrong with a password that somebody chose.
func checkPassword(password, name string) error {
	lower := strings.ToLower(password)
	letters := map[rune]bool{}
	for _, r := range lower {
		letters[r] = true
	}
	switch {
	case !utf8.ValidString(password) || strings.ContainsFunc(password, unicode.IsControl):
		return fmt.Errorf("%w: a password has no control characters", ErrInvalid)
	case utf8.RuneCountInString(password) < leastPassword:
		return fmt.Errorf("%w: a password has at least %d characters: three or four words do well", ErrInvalid, leastPassword)
	case len(password) > mostPassword:
		return fmt.Errorf("%w: a password has at most %d bytes", ErrInvalid, mostPassword)
	case len(letters) < 5:
		return fmt.Errorf("%w: this password repeats a few characters: choose another", ErrInvalid)
	case len(name) >= 3 && strings.Contains(lower, strings.ToLower(name)):
		return fmt.Errorf("%w: a password does not contain the name to sign in with", ErrInvalid)
	}
	for _, common := range commonParts {
		if rest := strings.ReplaceAll(lower, common, ""); utf8.RuneCountInString(rest) < leastPassword/2 {
			return fmt.Errorf("%w: this password is among the first that are tried: choose another", ErrInvalid)
		}
	}
	return nil
}

// commonParts are what passwords are made of that fall first: one of them and a few characters are none.
var commonParts = []string{"password", "passw0rd", "123456789", "12345678", "qwertyuiop", "1q2w3e4r", "qwerty", "admin", "woaini", "wardmap", "letmein", "iloveyou", "abcdefgh", "asdfghjkl", "1qaz2wsx", "gonganju", "tianshui", "police"}

// words are letters that nobody mistakes for one another.
const words = "abcdefghjkmnpqrstuvwxyz23456789"

// newPassword is a password for somebody who has none, for a piece of paper: four groups of five, 98 bits.
func newPassword() string {
	var b strings.Builder
	raw := make([]byte, 1)
	for n := 0; n < 20; {
		_, _ = rand.Read(raw)
		if int(raw[0]) >= len(words)*8 {
			continue // so that every letter is as likely
		}
		if n > 0 && n%5 == 0 {
			b.WriteByte('-')
		}
		b.WriteByte(words[int(raw[0])%len(words)])
		n++
	}
	return b.String()
}
