package storetest_test

import (
	"testing"

	"github.com/wardmap/wardmap/layers"
	"github.com/wardmap/wardmap/layers/storetest"
)

func TestMemory(t *testing.T) {
	storetest.Run(t, func(*testing.T) (layers.Store, func() layers.Store) {
		m := new(storetest.Memory)
		return m, func() layers.Store { return m }
	})
}
