// Package lockfile keeps two processes from writing in one folder: a file in it is locked by the first, and free again
// when that process ends, however it ends.
package lockfile

import "errors"

// ErrTaken is a file that another process holds.
var ErrTaken = errors.New("another process holds the lock")
