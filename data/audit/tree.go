package audit

import (
	"math/bits"

	"golang.org/x/mod/sumdb/tlog"
)

// A frontier is a Merkle tree of which only the roots of its whole subtrees are known, the largest first: all that is
// needed to let it grow and to know its root.
type frontier struct {
	size  int64
	roots []tlog.Hash
}

// add takes a leaf in.
func (f *frontier) add(leaf tlog.Hash) {
	for n := f.size; n&1 == 1; n >>= 1 {
		last := len(f.roots) - 1
		leaf = tlog.NodeHash(f.roots[last], leaf)
		f.roots = f.roots[:last]
	}
	f.roots = append(f.roots, leaf)
	f.size++
}

// root is the hash of the tree.
func (f *frontier) root() tlog.Hash {
	if f.size == 0 {
		h, _ := tlog.TreeHash(0, nil) // of the empty tree; never fails
		return h
	}
	h := f.roots[len(f.roots)-1]
	for i := len(f.roots) - 2; i >= 0; i-- {
		h = tlog.NodeHash(f.roots[i], h)
	}
	return h
}

// storedCount is how many hashes tlog stores for a tree of n leaves.
func storedCount(n int64) int64 { return 2*n - int64(bits.OnesCount64(uint64(n))) }
