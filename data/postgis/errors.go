package postgis

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/jackc/pgx/v5/pgconn"
)

// ending is how long a transaction may take to end after its context did.
const ending = 10 * time.Second

// code is PostgreSQL's five-letter code of an error, "" for errors that are not the server's.
func code(err error) string {
	var e *pgconn.PgError
	if errors.As(err, &e) {
		return e.Code
	}
	return ""
}

// ended makes the end of ctx visible in an error: the server only says that the statement was cancelled.
func ended(ctx context.Context, err error) error {
	if cause := ctx.Err(); cause != nil && !errors.Is(err, cause) {
		return fmt.Errorf("%w: %w", cause, err)
	}
	return err
}

// isRace tells that two transactions got into each other's way: the loser may try again.
func isRace(err error) bool {
	switch code(err) {
	case "40001", "40P01": // serialization failure, deadlock
		return true
	case "23505": // unique violation: somebody created the same feature meanwhile
		return true
	}
	return false
}

// isLost tells that the connection or the server went away, not that it refused something.
func isLost(err error) bool {
	if c := code(err); c != "" {
		return strings.HasPrefix(c, "57P") || strings.HasPrefix(c, "08") || c == "25P03" // shut down, connection, idle too long
	}
	var network net.Error
	var refused *pgconn.ConnectError
	return errors.As(err, &network) || errors.As(err, &refused) || errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || pgconn.SafeToRetry(err)
}

// goodText tells whether PostgreSQL can hold the text.
func goodText(s string) bool { return utf8.ValidString(s) && !strings.ContainsRune(s, 0) }
