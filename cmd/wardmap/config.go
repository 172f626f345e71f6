package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"

	"github.com/wardmap/wardmap/data/deliver"
)

// A config is what an operator can set. Each field has a flag (--listen), a variable (WARDMAP_LISTEN) and a
// key in the YAML file (listen). The flag wins over the variable, the variable over the file, the file over
// the default.
type config struct {
	Listen  string // host:port
	Data    string // folder of everything that is kept
	Store   string // "" is the GeoPackage in Data; else postgres://…
	Demo    bool   // seed the demo city into an empty store
	CacheMB int    // finished tiles kept in memory
	Verbose bool   // log every request

	Live          bool          // keep live positions
	Roads         string        // layer that the road network is made from
	Turns         string        // layer of its turn restrictions
	MQTT          string        // host:port of the door for MQTT, "" is closed
	JT808         string        // of that for JT/T 808
	NMEA          string        // of that for lines of NMEA 0183
	GTFSRT        string        // URL of a feed of vehicle positions
	NATS          string        // address of an outside NATS; "" keeps the logs in this process
	NATSListen    string        // host:port where other systems hear events by NATS, "" is closed
	Webhooks      string        // places that webhooks may be sent to, besides this machine
	DeviceSilent  time.Duration // after which a camera or terminal that called before is looked after
	SourcesFrom   string        // places that sources of data may be fetched from, besides this machine
	KeepPositions time.Duration // how long positions are kept
	KeepEvents    time.Duration // how long events are kept
	KeepMB        int           // and how much of each at most

	SignIn      bool          // nobody is let in without an account
	Cert, Key   string        // files of the certificate for TLS, and of its key
	BehindProxy string        // addresses of the proxies that speak TLS for this server
	Session     time.Duration // after which everybody has to sign in again
	Idle        time.Duration // after which he has who did nothing
	OIDC        string        // issuer of the identity provider, "" is none
	OIDCClient  string        // id of this server there
	OIDCSecret  string        // file of its secret there
	OIDCClaim   string        // claim that is the name of an account
	Audit       string        // folder of the audit log, "" is audit in Data
	SafetyKeys  string        // folder of the keys of safety tracks, "" is keys in Data
	Witness     string        // files on disks of others that every checkpoint of the audit log is appended to

	Terrain         string // archive of the ground that scenes stand on, "" is the ellipsoid
	TerrainEncoding string // how its colours are heights, "" is what it says
	Geoid           string // grid of the height of sea level, "" is none
}

// options declares the fields as flags of a command.
func (c *config) options(f *flag.FlagSet) {
	f.StringVar(&c.Listen, "listen", "127.0.0.1:8080", "address to serve on, `host:port`; port 0 takes a free one")
	f.StringVar(&c.Data, "data", "./var", "`folder` of everything that is kept: the store, own catalogue files, archives")
	f.StringVar(&c.Store, "store", "", "`address` of the store: postgres://…, or a path of a GeoPackage; the default is wardmap.gpkg in the data folder")
	f.BoolVar(&c.Demo, "demo", false, "seed the demo city when the store is empty")
	f.IntVar(&c.CacheMB, "cache-mb", 512, "`megabytes` of finished tiles kept in memory")
	f.BoolVar(&c.Verbose, "verbose", false, "log every request")
	f.BoolVar(&c.Live, "live", true, "take live positions and keep fences")
	f.StringVar(&c.Turns, "turns", "turns", "`layer` of turn restrictions of the road network")
	f.StringVar(&c.Roads, "roads", "roads", "`layer` of lines that the road network is made from")
	f.StringVar(&c.MQTT, "mqtt", "", "`address` to take positions on by MQTT, such as 127.0.0.1:1883")
	f.StringVar(&c.JT808, "jt808", "", "`address` to take positions on by JT/T 808, such as 127.0.0.1:8808")
	f.StringVar(&c.NMEA, "nmea", "", "`address` to take positions on as lines of NMEA 0183, such as 127.0.0.1:10110")
	f.StringVar(&c.GTFSRT, "gtfsrt", "", "`URL` of a GTFS-Realtime feed of vehicle positions that is asked every 15 s")
	f.StringVar(&c.NATS, "nats", "", "`address` of a NATS cluster with JetStream for the logs of positions and events; the default is inside this process")
	f.StringVar(&c.NATSListen, "nats-listen", "", "`address` where other systems hear events by NATS, such as 127.0.0.1:4222")
	f.StringVar(&c.Webhooks, "webhooks", "", "`places` that webhooks may be sent to, such as 10.1.0.0/16,hooks.example.cn,loopback; while nobody has to sign in, this machine is one")
	f.DurationVar(&c.DeviceSilent, "device-silent", 0, "after how `long` a camera or terminal that called before counts as silent; 0 is 15m, and 90s with --demo")
	f.StringVar(&c.SourcesFrom, "sources-from", "", "`places` that sources of data may be fetched from, such as 10.1.0.0/16,data.example.cn,loopback; while nobody has to sign in, this machine is one")
	f.DurationVar(&c.KeepPositions, "keep-positions", 30*24*time.Hour, "how `long` positions are kept, 30 days at most")
	f.DurationVar(&c.KeepEvents, "keep-events", 90*24*time.Hour, "how `long` events are kept")
	f.IntVar(&c.KeepMB, "keep-mb", 20_000, "`megabytes` of positions, and of events, kept at most")
	f.BoolVar(&c.SignIn, "sign-in", false, "let nobody in without an account; so it is as soon as there is one, see 'wardmap user'")
	f.StringVar(&c.Cert, "tls-cert", "", "`file` of the certificate to speak TLS with; it is read again when it changes")
	f.StringVar(&c.Key, "tls-key", "", "`file` of the certificate's key")
	f.StringVar(&c.BehindProxy, "behind-proxy", "", "`addresses` of the proxies that speak TLS for this server, such as 10.1.0.5,10.1.0.6: nobody else may connect")
	f.DurationVar(&c.Session, "session", 12*time.Hour, "how `long` somebody stays signed in at most")
	f.DurationVar(&c.Idle, "idle", 30*time.Minute, "how `long` he does who does nothing")
	f.StringVar(&c.OIDC, "oidc-issuer", "", "`URL` of an identity provider that speaks OpenID Connect; who signs in there has an account made with 'wardmap user add NAME --elsewhere'")
	f.StringVar(&c.OIDCClient, "oidc-client", "", "`id` that this server has there; its redirect URI is /sign-in/back")
	f.StringVar(&c.OIDCSecret, "oidc-secret", "", "`file` of the secret that this server has there; none for a public client")
	f.StringVar(&c.OIDCClaim, "oidc-claim", "preferred_username", "`claim` that is the name of the account here")
	f.StringVar(&c.Audit, "audit", "", "`folder` of the audit log; the default is audit in the data folder")
	f.StringVar(&c.SafetyKeys, "safety-keys", "", "`folder` of the keys of safety tracks, which no backup may have; the default is keys in the data folder")
	f.StringVar(&c.Witness, "witness", "", "`files` on disks of others that every checkpoint of the audit log is appended to")
	f.StringVar(&c.Terrain, "terrain", "", "PMTiles `file` of the ground that 3D scenes stand on, tiles of PNG or lossless WebP; without, it lies at height 0 of the ellipsoid")
	f.StringVar(&c.TerrainEncoding, "terrain-encoding", "", "how its colours are heights, `terrarium or mapbox`; the default is what the file says")
	f.StringVar(&c.Geoid, "geoid", "", "GTX `file` of how high sea level lies above the ellipsoid, such as egm96_15.gtx, which is added to the terrain")
}

// parse reads the command line, the environment and the YAML file into the flags of f. Options may stand before
// and behind the arguments, which it returns.
func parse(f *flag.FlagSet, args []string) (rest []string, err error) {
	file := f.String("config", "", "YAML `file` with the same keys; the default is wardmap.yaml where it exists")
	for len(args) > 0 {
		if err := parseFlags(f, args); err != nil {
			return nil, err
		}
		if args = f.Args(); len(args) > 0 {
			rest, args = append(rest, args[0]), args[1:]
		}
	}
	given := map[string]bool{}
	f.Visit(func(o *flag.Flag) { given[o.Name] = true })
	if *file == "" {
		*file = os.Getenv("WARDMAP_CONFIG")
	}
	if err := readFile(f, *file, given); err != nil {
		return nil, err
	}
	return rest, readEnv(f, given)
}

// parseFlags prints the help only where it was asked for: to who mistyped an option it would hide the mistake.
func parseFlags(f *flag.FlagSet, args []string) error {
	f.SetOutput(io.Discard)
	err := f.Parse(args)
	switch {
	case errors.Is(err, flag.ErrHelp):
		f.SetOutput(os.Stdout)
		f.Usage()
	case err != nil:
		err = fmt.Errorf("%s: %w; 'wardmap help %s' lists the options", f.Name(), err, f.Name())
	}
	return err
}

func readEnv(f *flag.FlagSet, given map[string]bool) error {
	var err error
	f.VisitAll(func(o *flag.Flag) {
		name := "WARDMAP_" + strings.ToUpper(strings.ReplaceAll(o.Name, "-", "_"))
		if v, set := os.LookupEnv(name); set && !given[o.Name] && err == nil {
			if e := f.Set(o.Name, v); e != nil {
				err = fmt.Errorf("%s=%q: %w", name, v, e)
			}
		}
	})
	return err
}

func readFile(f *flag.FlagSet, file string, given map[string]bool) error {
	must := file != ""
	if !must {
		file = "wardmap.yaml"
	}
	data, err := os.ReadFile(file)
	if errors.Is(err, fs.ErrNotExist) && !must {
		return nil
	}
	if err != nil {
		return err
	}
	var root yaml.Node
	if err := yaml.Unmarshal(data, &root); err != nil {
		return fmt.Errorf("%s: %w", file, err)
	}
	if len(root.Content) == 0 {
		return nil
	}
	if root.Content[0].Kind != yaml.MappingNode {
		return fmt.Errorf("%s:%d: it must be a list of keys and values, such as listen: 127.0.0.1:8080", file, root.Content[0].Line)
	}
	pairs := root.Content[0].Content
	for i := 0; i+1 < len(pairs); i += 2 {
		name := strings.ReplaceAll(pairs[i].Value, "_", "-")
		if f.Lookup(name) == nil || name == "config" {
			return fmt.Errorf("%s:%d: there is no option %q; 'wardmap help serve' lists them", file, pairs[i].Line, pairs[i].Value)
		}
		if given[name] {
			continue
		}
		if err := f.Set(name, pairs[i+1].Value); err != nil {
			return fmt.Errorf("%s:%d: %s: %w", file, pairs[i].Line, pairs[i].Value, err)
		}
	}
	return nil
}

// check refuses what cannot work, and what would open the map to everybody: other machines are served with accounts
// and TLS only.
func (c *config) check() error {
	if err := checkAddress("listen", c.Listen); err != nil {
		return err
	}
	if c.CacheMB < 0 {
		return fmt.Errorf("--cache-mb %d: it cannot be less than 0", c.CacheMB)
	}
	if err := c.checkTrust(); err != nil {
		return err
	}
	if err := c.checkTerrain(); err != nil {
		return err
	}
	return c.checkLive()
}

func (c *config) checkTrust() error {
	if (c.Cert == "") != (c.Key == "") {
		return errors.New("--tls-cert and --tls-key go together")
	}
	if c.Cert != "" && c.BehindProxy != "" {
		return errors.New("give either --tls-cert and --tls-key, or --behind-proxy: who speaks TLS, this server or the proxy?")
	}
	if !c.loopback() && c.Cert == "" && c.BehindProxy == "" {
		return fmt.Errorf("--listen %s: other machines reach this address, so it needs TLS: give --tls-cert and --tls-key, or --behind-proxy with the addresses of the proxies that have it", c.Listen)
	}
	if c.Session <= 0 || c.Idle <= 0 {
		return errors.New("--session and --idle must be more than 0")
	}
	_, err := c.proxies()
	return err
}

// proxies are those who may connect.
func (c *config) proxies() (out []netip.Prefix, err error) {
	for _, text := range split(c.BehindProxy) {
		p, err := netip.ParsePrefix(text)
		if err != nil {
			var a netip.Addr
			if a, err = netip.ParseAddr(text); err == nil {
				p, err = a.Prefix(a.BitLen())
			}
		}
		if err != nil || p.Bits() == 0 {
			return nil, fmt.Errorf("--behind-proxy %q: write addresses such as 10.1.0.5 or 10.1.0.0/28, and not everybody's", text)
		}
		out = append(out, p)
	}
	return out, nil
}

// loopback tells whether only this machine reaches the server.
func (c *config) loopback() bool { return isLoopback(c.Listen) }

func isLoopback(address string) bool {
	host, _, err := net.SplitHostPort(address)
	ip := net.ParseIP(host)
	return err == nil && (host == "localhost" || ip != nil && ip.IsLoopback())
}

// checkAddress refuses what is no address.
func checkAddress(option, address string) error {
	_, port, err := net.SplitHostPort(address)
	if err != nil {
		return fmt.Errorf("--%s %q: write it as host:port, for example 127.0.0.1:8080", option, address)
	}
	if n, err := strconv.Atoi(port); err != nil || n < 0 || n > 65535 {
		return fmt.Errorf("--%s %q: %q is no port", option, address, port)
	}
	return nil
}

func (c *config) checkLive() error {
	for option, address := range map[string]string{"mqtt": c.MQTT, "jt808": c.JT808, "nmea": c.NMEA, "nats-listen": c.NATSListen} {
		if address == "" {
			continue
		}
		if err := checkAddress(option, address); err != nil {
			return err
		}
		if !isLoopback(address) {
			return fmt.Errorf("--%s %s: this door has no TLS of its own, so it serves loopback addresses only; let a proxy with TLS (stunnel, HAProxy) stand before it", option, address)
		}
	}
	if c.DeviceSilent != 0 && c.DeviceSilent < time.Second {
		return fmt.Errorf("--device-silent %v: devices call every few seconds at most: give 1s or more", c.DeviceSilent)
	}
	if c.KeepPositions > 30*24*time.Hour {
		return fmt.Errorf("--keep-positions %v: where officers were is kept for 30 days at most", c.KeepPositions)
	}
	if c.KeepPositions <= 0 || c.KeepEvents <= 0 || c.KeepMB <= 0 {
		return errors.New("--keep-positions, --keep-events and --keep-mb must be more than 0")
	}
	_, err := c.webhooks(false)
	if err == nil {
		_, err = c.sourcesFrom(false)
	}
	return err
}

// silence is how long a device may be silent.
func (c *config) silence() time.Duration {
	switch {
	case c.DeviceSilent != 0:
		return c.DeviceSilent
	case c.Demo:
		return 90 * time.Second
	}
	return 15 * time.Minute
}

// webhooks says where webhooks may be sent: where the operator allows and, while nobody has to sign in, to this machine.
func (c *config) webhooks(signIn bool) (allow func(host string, addr netip.Addr) bool, err error) {
	return allowed("webhooks", c.Webhooks, signIn)
}

// sourcesFrom says where sources of data may be fetched from, likewise.
func (c *config) sourcesFrom(signIn bool) (allow func(host string, addr netip.Addr) bool, err error) {
	return allowed("sources-from", c.SourcesFrom, signIn)
}

func allowed(option, list string, signIn bool) (allow func(host string, addr netip.Addr) bool, err error) {
	var places []string
	if !signIn {
		places = append(places, "loopback")
	}
	places = append(places, split(list)...)
	if allow, err = deliver.Hosts(places...); err != nil {
		err = fmt.Errorf("--%s: %w", option, err)
	}
	return allow, err
}

// onPostgres tells whether the store is a PostGIS.
func (c *config) onPostgres() bool {
	return strings.HasPrefix(c.Store, "postgres://") || strings.HasPrefix(c.Store, "postgresql://")
}

// packageFile is the path of the GeoPackage when the store is one.
func (c *config) packageFile() string {
	if c.Store != "" {
		return strings.TrimPrefix(c.Store, "gpkg:")
	}
	return filepath.Join(c.Data, "wardmap.gpkg")
}

// catalogueFolder holds the operator's own definitions.
func (c *config) catalogueFolder() string { return filepath.Join(c.Data, "catalogue") }
