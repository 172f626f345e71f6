package lockfile

import (
	"errors"
	"io/fs"
	"os"
)

// Take takes the file for this process until it is closed or the process dies: a file that is open cannot be
// removed here.
func Take(path string) (*os.File, error) {
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, errors.Join(ErrTaken, err)
	}
	return os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
}
