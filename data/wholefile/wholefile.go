// Package wholefile writes files that are there whole or not at all, and on the disk when it returns: after a crash or a
// loss of power there is the old file or the new one.
package wholefile

import (
	"errors"
	"os"
	"path/filepath"
)

// Write puts a file that only its owner reads in the place of the one at path.
func Write(path string, data []byte) error {
	f, err := os.OpenFile(path+".new", os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	if err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err != nil {
		return err
	}
	if err := os.Rename(path+".new", path); err != nil {
		return err
	}
	return SyncFolder(filepath.Dir(path))
}

// SyncFolder brings to the disk what was created, renamed and deleted in a folder.
func SyncFolder(dir string) error {
	f, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}
