package pgtest

import (
	"os"
	"path/filepath"
	"testing"
	"time"
)

func TestAClusterKeepsItsDataOverRestarts(t *testing.T) {
	root, err := os.MkdirTemp("", "wardmap-pgtest-")
	if err != nil {
		t.Fatal(err)
	}
	defer os.RemoveAll(root)
	if err := os.Chmod(root, 0o755); err != nil {
		t.Fatal(err)
	}
	c, err := NewCluster(filepath.Join(root, "cluster"))
	Need(t, err)
	Need(t, c.Start())
	Need(t, Exec(c.URL(), "CREATE TABLE kept (n int)"))
	Need(t, c.Stop("immediate"))
	if err := Exec(c.URL(), "SELECT 1"); err == nil {
		t.Error("the server answers after it was stopped")
	}
	Need(t, c.Start())
	Need(t, Exec(c.URL(), "INSERT INTO kept VALUES (1)"))

	c.rope.Close() // as when the process that started it is killed
	for deadline := time.Now().Add(20 * time.Second); Exec(c.URL(), "SELECT 1") == nil; time.Sleep(50 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("the server outlives the process that started it")
		}
	}
	c.guard.Wait()
}

func TestEveryTestGetsADatabaseOfItsOwn(t *testing.T) {
	for range 2 {
		t.Run("one", func(t *testing.T) {
			Need(t, Exec(URL(t), "CREATE TABLE mine (n int); SELECT ST_MakePoint(1, 2)"))
		})
	}
}

func TestMain(m *testing.M) { Main(m) }
