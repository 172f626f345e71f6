package stream

import (
	"crypto/rand"
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
)

// A node is the server inside the process, and its folder.
type node struct {
	dir    string
	server *server.Server
	key    string // with which the process itself connects
	lock   *os.File
	tails  *tails
	heard  *complaints
}

// start locks the folder and starts a server in it. Without Options.Listen it can be reached from this process only.
func start(o Options) (n *node, err error) {
	if o.Dir == "" {
		return nil, errors.New("neither a folder nor an address is given")
	}
	if err := os.MkdirAll(o.Dir, 0o700); err != nil {
		return nil, err
	}
	n = &node{dir: o.Dir, key: rand.Text(), heard: &complaints{warn: o.Warn}, tails: readTails(filepath.Join(o.Dir, "tails.json"))}
	if n.lock, err = lock(filepath.Join(o.Dir, "lock")); err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, n.stop())
		}
	}()
	settings, err := n.settings(o)
	if err != nil {
		return nil, err
	}
	if n.server, err = server.NewServer(settings); err != nil {
		return nil, err
	}
	n.server.SetLoggerV2(n.heard, false, false, false)
	n.server.Start()
	switch c := n.server.JetStreamConfig(); {
	case n.heard.failed() != nil:
		return nil, n.heard.failed()
	case !n.server.ReadyForConnections(10 * time.Second):
		return nil, errors.New("the server did not start within 10 s")
	case c == nil || !c.SyncAlways:
		return nil, errors.New("the server would acknowledge what is not on the disk yet")
	}
	return n, nil
}

func (n *node) settings(o Options) (*server.Options, error) {
	s := &server.Options{
		ServerName: "wardmap", DontListen: o.Listen == "", NoSigs: true, DisableShortFirstPing: true,
		JetStream: true, StoreDir: n.dir, SyncAlways: true,
		JetStreamMaxStore: 1 << 60, // the retention of the logs is the limit, not what the disk has left at the start
		MaxPayload:        MaxMessage, MaxPending: 8 * MaxMessage,
		NoAuthUser: "guest",
		Users: []*server.User{
			{Username: "wardmap", Password: n.key},
			{Username: "guest", Password: rand.Text(), Permissions: &server.Permissions{
				Publish:   &server.SubjectPermission{Deny: []string{">"}},
				Subscribe: &server.SubjectPermission{Allow: []string{Outside + ">"}},
			}},
		},
	}
	if o.Listen == "" {
		return s, nil
	}
	host, port, err := net.SplitHostPort(o.Listen)
	if err != nil {
		return nil, fmt.Errorf("listen for other systems: %w", err)
	}
	if s.Host = host; host == "" {
		s.Host = "0.0.0.0"
	}
	if s.Port, err = strconv.Atoi(port); err != nil {
		return nil, fmt.Errorf("listen for other systems at %s: %w", o.Listen, err)
	}
	if s.Port == 0 {
		s.Port = server.RANDOM_PORT
	}
	return s, nil
}

func (n *node) connect(o Options) (*nats.Conn, error) {
	options := append(connection(o), nats.InProcessServer(n.server), nats.UserInfo("wardmap", n.key))
	return nats.Connect("", options...)
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
	return errors.Join(n.tails.write(), n.lock.Close())
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
