package stream_test

import (
	"bufio"
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/wardmap/wardmap/data/stream"
)

// killedFolder names the folder of the logs to the child process.
const killedFolder = "WARDMAP_TEST_KILLED_FOLDER"

func TestMain(m *testing.M) {
	if dir := os.Getenv(killedFolder); dir != "" {
		if err := writeUntilKilled(dir); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
	}
	code := m.Run()
	if dir, err := whole(); err == nil {
		os.RemoveAll(dir)
	}
	os.Exit(code)
}

// writeUntilKilled appends messages, numbered on from the last one, and prints the number of each as soon as it is
// acknowledged. Their sizes go from nothing to 200 kB. Every tenth number is put under a cursor first.
func writeUntilKilled(dir string) error {
	ctx := context.Background()
	s, err := stream.Open(ctx, stream.Options{Dir: dir})
	if err != nil {
		return err
	}
	last, _, err := s.Positions().Last(ctx)
	if err != nil {
		return err
	}
	for n := last.Seq + 1; ; n++ {
		if n%10 == 0 {
			if err := s.Cursors().Put(ctx, "cursor", fmt.Append(nil, n)); err != nil {
				return err
			}
		}
		seq, err := s.Positions().Append(ctx, message(n), map[string]string{"Number": fmt.Sprint(n)})
		if err != nil {
			return err
		}
		if seq != n {
			return fmt.Errorf("message %d has number %d", n, seq)
		}
		fmt.Println(n)
	}
}

func message(n uint64) []byte {
	size := 100
	if n%7 == 0 {
		size = int(n * 2654435761 % 200_000)
	}
	return fmt.Appendf(nil, "%d %s", n, strings.Repeat(string(rune('a'+n%26)), size))
}

func TestAcknowledgedMessagesSurviveKill9(t *testing.T) {
	rounds := 10
	if os.Getenv("WARDMAP_SOAK") != "" {
		rounds = 50
	}
	dir := t.TempDir()
	seed := rand.Uint64()
	rng := rand.New(rand.NewPCG(seed, 1))
	acknowledged, cut := uint64(0), 0
	for round := range rounds {
		acknowledged = max(acknowledged, killed(t, dir, time.Duration(30+rng.IntN(400))*time.Millisecond))
		if round%3 == 1 { // what a disk may do to the message that was being written
			cut += tear(t, dir, rng)
		}
		s := opened(t, stream.Options{Dir: dir})
		next := uint64(1)
		err := s.Positions().Replay(t.Context(), 1, func(m stream.Message) error {
			if m.Seq != next || string(m.Data) != string(message(next)) || m.Headers["Number"] != fmt.Sprint(next) {
				return fmt.Errorf("message %d (%.20q, %v) stands where %d should", m.Seq, m.Data, m.Headers, next)
			}
			next++
			return nil
		})
		if err != nil {
			t.Fatalf("seed %d, round %d: %v", seed, round, err)
		}
		if next <= acknowledged {
			t.Fatalf("seed %d, round %d: %d were acknowledged, %d are there", seed, round, acknowledged, next-1)
		}
		value, _, err := s.Cursors().Get(t.Context(), "cursor")
		var cursor uint64
		if _, scan := fmt.Sscan(string(value), &cursor); err != nil || scan != nil || cursor < acknowledged/10*10 {
			t.Fatalf("seed %d, round %d: cursor %q after %d, %v", seed, round, value, acknowledged, err)
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
	t.Logf("%d messages were acknowledged in %d lives; half a message was added to %d files", acknowledged, rounds, cut)
}

// killed lets a child write for a while, kills it and returns the newest number that it had acknowledged.
func killed(t *testing.T, dir string, life time.Duration) (acknowledged uint64) {
	t.Helper()
	child := exec.Command(os.Args[0])
	child.Env = append(os.Environ(), killedFolder+"="+dir)
	child.Stderr = os.Stderr
	out, err := child.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		if acknowledged == 0 {
			time.AfterFunc(life, func() { _ = child.Process.Kill() })
		}
		if _, err := fmt.Sscan(lines.Text(), &acknowledged); err != nil {
			t.Fatalf("the child says %q", lines.Text())
		}
	}
	if err := child.Wait(); err == nil || acknowledged == 0 {
		t.Fatalf("the child ended by itself after %d messages: %v", acknowledged, err)
	}
	return acknowledged
}

// tear adds the beginning of a message that was never finished to the newest block of the log.
func tear(t *testing.T, dir string, rng *rand.Rand) int {
	t.Helper()
	blocks := blocksOf(t, dir, "wardmap-positions")
	file, err := os.OpenFile(blocks[len(blocks)-1], os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	half := make([]byte, 1+rng.IntN(500))
	for i := range half {
		half[i] = byte(rng.Uint32())
	}
	if _, err := file.Write(half); err != nil {
		t.Fatal(err)
	}
	return 1
}

// blocksOf lists the files that hold the messages of a log, oldest first.
func blocksOf(t *testing.T, dir, log string) []string {
	t.Helper()
	blocks, err := filepath.Glob(filepath.Join(dir, "jetstream", "$G", "streams", log, "msgs", "*.blk"))
	if err != nil || len(blocks) == 0 {
		t.Fatal("no blocks of", log, err)
	}
	return blocks
}
