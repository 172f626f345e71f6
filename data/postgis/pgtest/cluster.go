package pgtest

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5"
)

// ErrAbsent means that PostgreSQL or PostGIS is not installed.
var ErrAbsent = errors.New("PostgreSQL with PostGIS is not installed (Debian: apt-get install postgresql-postgis)")

// settings keep a cluster small but durable: fsync and synchronous_commit stay on.
const settings = `
listen_addresses = '127.0.0.1'
max_connections = 200
shared_buffers = 64MB
max_wal_size = 512MB
log_min_messages = fatal
jit = off
`

// A Cluster is a private PostgreSQL server in a folder of its own. It ends with the process that started it,
// however that one ends. Its methods are not for concurrent use.
type Cluster struct {
	dir, bin string
	port     int
	as       *syscall.Credential // nil: as ourselves
	guard    *exec.Cmd
	rope     io.Closer // the guard's standard input: when it closes, the server stops
}

// NewCluster makes a cluster in dir, or takes the one that is there, and does not start it. dir may be missing;
// its parent must be open to the user that runs PostgreSQL.
func NewCluster(dir string) (*Cluster, error) {
	bin, err := programs()
	if err != nil {
		return nil, err
	}
	as, err := someoneElse()
	if err != nil {
		return nil, err
	}
	port, err := freePort()
	if err != nil {
		return nil, err
	}
	c := &Cluster{dir: dir, bin: bin, port: port, as: as}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	if as != nil {
		if err := os.Chown(dir, int(as.Uid), int(as.Gid)); err != nil {
			return nil, err
		}
	}
	if _, err := os.Stat(filepath.Join(c.data(), "PG_VERSION")); err == nil {
		return c, nil
	}
	out, err := c.command("initdb", "-D", c.data(), "-U", "postgres", "-E", "UTF8", "--locale=C.UTF-8", "-A", "trust", "--no-sync").CombinedOutput()
	if err != nil {
		return nil, fmt.Errorf("initdb: %w: %s", err, out)
	}
	f, err := os.OpenFile(filepath.Join(c.data(), "postgresql.conf"), os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		return nil, err
	}
	_, err = fmt.Fprintf(f, "%sunix_socket_directories = '%s'\n", settings, dir)
	return c, errors.Join(err, f.Close())
}

func (c *Cluster) data() string { return filepath.Join(c.dir, "data") }

// URL names the cluster's database postgres, for its superuser.
func (c *Cluster) URL() string {
	return fmt.Sprintf("postgres://postgres@127.0.0.1:%d/postgres?sslmode=disable", c.port)
}

// guardScript runs the server until its standard input ends or the server does.
const guardScript = `exec 3<&0
"$@" </dev/null >>log 2>&1 3<&- & server=$!
( cat <&3 >/dev/null; kill -INT $server 2>/dev/null ) & watch=$!
exec 3<&-
wait $server
kill $watch 2>/dev/null`

// Start starts the server and waits until it answers.
func (c *Cluster) Start() error {
	c.guard = c.command("sh", "-c", guardScript, "guard", filepath.Join(c.bin, "postgres"), "-D", c.data(), "-p", strconv.Itoa(c.port))
	rope, err := c.guard.StdinPipe()
	if err != nil {
		return err
	}
	c.rope = rope
	if err := c.guard.Start(); err != nil {
		return err
	}
	deadline := time.Now().Add(60 * time.Second)
	for {
		err := c.answers()
		if err == nil {
			return nil
		}
		if time.Now().After(deadline) {
			log, _ := os.ReadFile(filepath.Join(c.dir, "log"))
			c.Stop("immediate")
			return fmt.Errorf("PostgreSQL does not answer: %w\n%s", err, log)
		}
		time.Sleep(50 * time.Millisecond)
	}
}

func (c *Cluster) answers() error {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	conn, err := pgx.Connect(ctx, c.URL())
	if err != nil {
		return err
	}
	return conn.Close(ctx)
}

// Stop ends the server, "fast" (with a checkpoint) or "immediate" (as when the power fails).
func (c *Cluster) Stop(mode string) error {
	if c.guard == nil {
		return nil
	}
	out, err := c.command("pg_ctl", "stop", "-D", c.data(), "-m", mode, "-w", "-t", "60").CombinedOutput()
	if err != nil {
		err = fmt.Errorf("pg_ctl stop: %w: %s", err, out)
	}
	c.rope.Close()
	c.guard.Wait()
	c.guard = nil
	return err
}

// command prepares one of PostgreSQL's programs (or sh) to run as the cluster's user.
func (c *Cluster) command(name string, args ...string) *exec.Cmd {
	if name != "sh" {
		name = filepath.Join(c.bin, name)
	}
	cmd := exec.Command(name, args...)
	cmd.Dir = c.dir
	cmd.Env = append(os.Environ(), "LC_ALL=C.UTF-8")
	// Its own process group: an interrupt of the terminal reaches us, and we stop the server in order.
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: c.as, Setpgid: true}
	return cmd
}

// programs finds the newest installation that has PostGIS.
func programs() (string, error) {
	dirs, _ := filepath.Glob("/usr/lib/postgresql/*/bin")
	version := func(dir string) int {
		n, _ := strconv.Atoi(filepath.Base(filepath.Dir(dir)))
		return n
	}
	slices.SortFunc(dirs, func(a, b string) int { return version(b) - version(a) })
	for _, dir := range dirs {
		control := fmt.Sprintf("/usr/share/postgresql/%d/extension/postgis.control", version(dir))
		if _, err := os.Stat(control); err != nil {
			continue
		}
		if _, err := os.Stat(filepath.Join(dir, "initdb")); err == nil {
			return dir, nil
		}
	}
	initdb, err := exec.LookPath("initdb")
	if err != nil {
		return "", ErrAbsent
	}
	share, err := exec.Command(filepath.Join(filepath.Dir(initdb), "pg_config"), "--sharedir").Output()
	if err != nil {
		return "", ErrAbsent
	}
	if _, err := os.Stat(filepath.Join(strings.TrimSpace(string(share)), "extension", "postgis.control")); err != nil {
		return "", ErrAbsent
	}
	return filepath.Dir(initdb), nil
}

// someoneElse is the user that runs the server when we are root, which PostgreSQL refuses to run as.
func someoneElse() (*syscall.Credential, error) {
	if os.Geteuid() != 0 {
		return nil, nil
	}
	u, err := user.Lookup("postgres")
	if err != nil {
		if u, err = user.Lookup("nobody"); err != nil {
			return nil, fmt.Errorf("PostgreSQL does not run as root, and there is no user postgres or nobody: %w", err)
		}
	}
	uid, err1 := strconv.ParseUint(u.Uid, 10, 32)
	gid, err2 := strconv.ParseUint(u.Gid, 10, 32)
	return &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}, errors.Join(err1, err2)
}

func freePort() (int, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	return l.Addr().(*net.TCPAddr).Port, l.Close()
}
