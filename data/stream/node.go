package stream

import (
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nkeys"

	"github.com/wardmap/wardmap/data/lockfile"
)

// A node is the server inside the process, and its folder.
type node struct {
	dir    string
	server *server.Server
	self   nkeys.KeyPair // with which the process itself connects
	lock   *os.File
	tails  *tails
	heard  *complaints
}

// start locks the folder and starts a server in it. Without Options.Listen it can be reached from this process only.
func start(o Options) (*node, error) {
	if o.Dir == "" {
		return nil, errors.New("neither a folder nor an address is given")
	}
	if err := os.MkdirAll(o.Dir, 0o700); err != nil {
		return nil, err
	}
	n := &node{dir: o.Dir, heard: &complaints{warn: o.Warn}, tails: readTails(filepath.Join(o.Dir, "tails.json"))}
	var err error
	if n.lock, err = lockfile.Take(filepath.Join(o.Dir, "lock")); err != nil {
		if errors.Is(err, lockfile.ErrTaken) {
			err = ErrUsed
		}
		return nil, err
	}
	if err := n.run(o); err != nil {
		return nil, errors.Join(err, n.stop())
	}
	return n, nil
}

func (n *node) run(o Options) (err error) {
	if n.self, err = nkeys.CreateUser(); err != nil {
		return err
	}
	settings, err := n.settings(o)
	if err != nil {
		return err
	}
	if n.server, err = server.NewServer(settings); err != nil {
		return err
	}
	n.server.SetLoggerV2(n.heard, false, false, false)
	n.server.Start()
	switch c := n.server.JetStreamConfig(); {
	case n.heard.failed() != nil:
		return n.heard.failed()
	case !n.server.ReadyForConnections(10 * time.Second):
		return errors.New("the server did not start within 10 s")
	case c == nil || !c.SyncAlways:
		return errors.New("the server would acknowledge what is not on the disk yet")
	}
	return nil
}

// settings are those of a server that only this process may write to. Who connects from elsewhere is a guest.
func (n *node) settings(o Options) (*server.Options, error) {
	self, err := n.self.PublicKey()
	if err != nil {
		return nil, err
	}
	s := &server.Options{
		ServerName: "wardmap", DontListen: o.Listen == "", NoSigs: true,
		JetStream: true, StoreDir: n.dir, SyncAlways: true,
		JetStreamMaxStore: 1 << 60, // the retention of the logs is the limit, not what the disk has left at the start
		MaxPayload:        MaxMessage, MaxPending: 8 * MaxMessage,
		NoAuthUser: "guest",
		Nkeys:      []*server.NkeyUser{{Nkey: self}, {Nkey: "guest", Permissions: mayHear(Outside + ">")}},
	}
	if o.Listen == "" {
		return s, nil
	}
	host, port, err := net.SplitHostPort(o.Listen)
	if err == nil {
		s.Port, err = strconv.Atoi(port)
	}
	if err != nil {
		return nil, fmt.Errorf("listen for other systems at %q: %w", o.Listen, err)
	}
	if s.Host = host; host == "" {
		s.Host = "0.0.0.0"
	}
	if s.Port == 0 {
		s.Port = server.RANDOM_PORT
	}
	return s, nil
}

func mayHear(subjects string) *server.Permissions {
	return &server.Permissions{
		Publish:   &server.SubjectPermission{Deny: []string{">"}},
		Subscribe: &server.SubjectPermission{Allow: []string{subjects}},
	}
}

func (n *node) connect(o Options) (*nats.Conn, error) {
	self, err := n.self.PublicKey()
	if err != nil {
		return nil, err
	}
	return nats.Connect("", append(connection(o), nats.InProcessServer(n.server), nats.Nkey(self, n.self.Sign))...)
}

// holds tells whether the folder has files of a stream. The server passes over one whose description is damaged:
// it must not be replaced by an empty one.
func (n *node) holds(stream string) bool {
	_, err := os.Stat(filepath.Join(n.dir, server.JetStreamStoreDir, server.DEFAULT_GLOBAL_ACCOUNT, "streams", stream))
	return err == nil
}

// stop ends the server, notes how far the logs reach and gives the folder free.
func (n *node) stop() error {
	if n.server != nil {
		n.server.Shutdown()
		n.server.WaitForShutdown()
	}
	return errors.Join(n.tails.write(false), n.lock.Close())
}

// complaints pass on what the server warns of. Its chatter is dropped.
type complaints struct {
	warn func(string, ...any)

	mu    sync.Mutex // guards fatal
	fatal error
}

func (c *complaints) failed() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.fatal
}

func (c *complaints) Noticef(string, ...any) {}
func (c *complaints) Debugf(string, ...any)  {}
func (c *complaints) Tracef(string, ...any)  {}

func (c *complaints) Warnf(format string, args ...any) {
	c.warn("NATS: " + fmt.Sprintf(format, args...))
}

func (c *complaints) Errorf(format string, args ...any) {
	c.warn("NATS: " + fmt.Sprintf(format, args...))
}

func (c *complaints) Fatalf(format string, args ...any) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.fatal = fmt.Errorf(format, args...)
}
