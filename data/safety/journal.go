package safety

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"os"
)

// A journal is the encrypted partition of one order: entries of JSON, each sealed for itself under the order's key and
// bound to the order's number and to its place, so that none can be moved, changed or put in unseen. Who can write to
// the disk can cut off the last ones unseen: that somebody read is in the audit log, too. There is nothing in the clear,
// and no index over several orders.
//
// An entry is its length, a check of the length, and as many sealed bytes. The check tells an entry that broke off from
// one whose length was damaged: only the first may be cut off.
type journal struct {
	file   *os.File
	key    []byte
	number string
	n      uint64 // entries
	size   int64
}

const headSize = 8

// mostEntry bounds one entry in bytes.
const mostEntry = 1 << 20

// openJournal opens a partition and reads it. An entry that a crash left half written is cut off: nobody was told of it.
func openJournal(path, number string, key []byte, visit func(plain []byte) error) (*journal, error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, err
	}
	j := &journal{file: f, key: key, number: number}
	info, err := f.Stat()
	if err == nil {
		err = j.read(info.Size(), visit)
	}
	if err == nil {
		err = f.Truncate(j.size)
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("order %s: %w", number, err), f.Close())
	}
	return j, nil
}

func (j *journal) bound(n uint64) []byte {
	return binary.BigEndian.AppendUint64([]byte(j.number+"/"), n)
}

// errDamaged is a partition whose entries are not what was written.
var errDamaged = errors.New("an entry of the partition does not open: it was changed, moved or is of another order")

// read visits the entries up to a size of the file, or to one that broke off.
func (j *journal) read(end int64, visit func(plain []byte) error) error {
	for {
		sealed, err := j.next(end)
		if err != nil || sealed == nil {
			return err
		}
		plain, err := open(j.key, sealed, j.bound(j.n))
		if err != nil {
			return errDamaged
		}
		if err := visit(plain); err != nil {
			return err
		}
		j.n, j.size = j.n+1, j.size+headSize+int64(len(sealed))
	}
}

// next is the entry at size, or nil where the file ends or broke off.
func (j *journal) next(end int64) ([]byte, error) {
	left := end - j.size - headSize
	if left < 0 {
		return nil, nil
	}
	var head [headSize]byte
	if _, err := j.file.ReadAt(head[:], j.size); err != nil {
		return nil, err
	}
	length := binary.BigEndian.Uint32(head[:])
	switch {
	case head == [headSize]byte{}:
		return nil, j.empty(end)
	case length > mostEntry || crc32.ChecksumIEEE(head[:4]) != binary.BigEndian.Uint32(head[4:]):
		return nil, errDamaged
	case int64(length) > left:
		return nil, nil
	}
	sealed := make([]byte, length)
	_, err := j.file.ReadAt(sealed, j.size+headSize)
	return sealed, err
}

// empty tells whether there are only zeros from here on, which is how a loss of power may leave the end of a file.
func (j *journal) empty(end int64) error {
	rest, err := io.ReadAll(io.LimitReader(io.NewSectionReader(j.file, j.size, end-j.size), mostEntry))
	if err != nil {
		return err
	}
	for _, b := range rest {
		if b != 0 {
			return errDamaged
		}
	}
	return nil
}

// add writes an entry, which is on the disk when it returns.
func (j *journal) add(v any) error {
	plain, err := json.Marshal(v)
	if err != nil {
		return err
	}
	sealed, err := seal(j.key, plain, j.bound(j.n))
	if err != nil {
		return err
	}
	if len(sealed) > mostEntry {
		return fmt.Errorf("an entry of %d bytes is too large", len(sealed))
	}
	frame := binary.BigEndian.AppendUint32(nil, uint32(len(sealed))) //nolint:gosec // at most mostEntry
	frame = append(binary.BigEndian.AppendUint32(frame, crc32.ChecksumIEEE(frame)), sealed...)
	if _, err := j.file.WriteAt(frame, j.size); err != nil {
		return errors.Join(err, j.file.Truncate(j.size))
	}
	if err := j.file.Sync(); err != nil {
		return errors.Join(err, j.file.Truncate(j.size))
	}
	j.n, j.size = j.n+1, j.size+int64(len(frame))
	return nil
}

func (j *journal) close() error { return j.file.Close() }
