package safety

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
)

// A journal is the encrypted partition of one order: entries of JSON, each sealed for itself under the order's key and
// bound to the order's number and to its place, so that none can be moved, left out or put in unseen. There is nothing
// in the clear, and no index over several orders.
type journal struct {
	file   *os.File
	key    []byte
	number string
	n      uint64 // entries
	size   int64
}

// mostEntry bounds one entry in bytes.
const mostEntry = 1 << 20

// openJournal opens a partition and reads it. An entry that a crash left half written is cut off: nobody was told of it.
func openJournal(path, number string, key []byte, visit func(plain []byte) error) (*journal, error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, err
	}
	j := &journal{file: f, key: key, number: number}
	if err := j.read(visit); err != nil {
		return nil, errors.Join(fmt.Errorf("order %s: %w", number, err), f.Close())
	}
	return j, f.Truncate(j.size)
}

func (j *journal) bound(n uint64) []byte {
	return binary.BigEndian.AppendUint64([]byte(j.number+"/"), n)
}

// errDamaged is a partition whose entries are not what was written.
var errDamaged = errors.New("an entry of the partition does not open: it was changed, moved or is of another order")

func (j *journal) read(visit func(plain []byte) error) error {
	var head [4]byte
	for {
		if _, err := j.file.ReadAt(head[:], j.size); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return err
		}
		length := int64(binary.BigEndian.Uint32(head[:]))
		if length > mostEntry {
			return errDamaged
		}
		sealed := make([]byte, length)
		if _, err := j.file.ReadAt(sealed, j.size+4); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return err
		}
		plain, err := open(j.key, sealed, j.bound(j.n))
		if err != nil {
			return errDamaged
		}
		if err := visit(plain); err != nil {
			return err
		}
		j.n, j.size = j.n+1, j.size+4+length
	}
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
	frame := append(binary.BigEndian.AppendUint32(nil, uint32(len(sealed))), sealed...) //nolint:gosec // entries are small
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
