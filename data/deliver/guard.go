package deliver

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"syscall"
	"time"
)

// ErrForbidden is why nothing connects to an address that the operator has not allowed.
var ErrForbidden = errors.New("this address is not one that the operator allows")

// Hosts makes an Options.Allow of patterns:
//
//	hooks.example.org    the host of that name
//	*.example.org        hosts below that name
//	10.20.0.0/16         addresses, whatever the host is called
//	192.0.2.7            one address
//	loopback             this machine, for demonstrations
//
// Names never lead to this machine, to link-local addresses, where clouds keep their secrets, or to multicast:
// those must be allowed as addresses.
func Hosts(patterns ...string) (func(host string, addr netip.Addr) bool, error) {
	var names, below []string
	var nets []netip.Prefix
	for _, p := range patterns {
		p = strings.ToLower(strings.TrimSuffix(strings.TrimSpace(p), "."))
		if prefix, err := netip.ParsePrefix(p); err == nil {
			nets = append(nets, prefix.Masked())
		} else if addr, err := netip.ParseAddr(p); err == nil {
			nets = append(nets, netip.PrefixFrom(addr.Unmap(), addr.Unmap().BitLen()))
		} else if p == "loopback" {
			nets = append(nets, netip.MustParsePrefix("127.0.0.0/8"), netip.MustParsePrefix("::1/128"))
		} else if rest, ok := strings.CutPrefix(p, "*."); ok && isName(rest) {
			below = append(below, "."+rest)
		} else if isName(p) {
			names = append(names, p)
		} else {
			return nil, fmt.Errorf("%q says no hosts: take a name, *.name, an address, a network or loopback", p)
		}
	}
	return func(host string, addr netip.Addr) bool {
		addr = addr.Unmap().WithZone("")
		for _, n := range nets {
			if n.Contains(addr) {
				return true
			}
		}
		if addr.IsLoopback() || addr.IsUnspecified() || addr.IsLinkLocalUnicast() || addr.IsMulticast() {
			return false
		}
		host = strings.ToLower(strings.TrimSuffix(host, "."))
		for _, n := range names {
			if host == n {
				return true
			}
		}
		for _, b := range below {
			if strings.HasSuffix(host, b) {
				return true
			}
		}
		return false
	}, nil
}

func isName(s string) bool {
	if s == "" || len(s) > 253 {
		return false
	}
	for _, label := range strings.Split(s, ".") {
		if label == "" || strings.Trim(label, "abcdefghijklmnopqrstuvwxyz0123456789-_") != "" {
			return false
		}
	}
	return true
}

// Guarded is a client that connects only where it may. It asks when the name has become an address and the
// connection is about to be made, so a name that changes its address between leads nowhere else. No proxy of the
// environment is used.
func Guarded(allow func(host string, addr netip.Addr) bool) *http.Client {
	dial := func(ctx context.Context, network, address string) (net.Conn, error) {
		host, _, err := net.SplitHostPort(address)
		if err != nil {
			return nil, err
		}
		d := net.Dialer{ControlContext: func(_ context.Context, _, address string, _ syscall.RawConn) error {
			to, err := netip.ParseAddrPort(address)
			if err != nil {
				return err
			}
			if !allow(host, to.Addr().Unmap()) {
				return fmt.Errorf("%w: %s is %s", ErrForbidden, host, to.Addr())
			}
			return nil
		}}
		return d.DialContext(ctx, network, address)
	}
	return &http.Client{
		Transport: &http.Transport{
			DialContext: dial, ForceAttemptHTTP2: true, TLSClientConfig: &tls.Config{MinVersion: tls.VersionTLS12},
			MaxIdleConnsPerHost: 2, IdleConnTimeout: 90 * time.Second, MaxResponseHeaderBytes: 64 << 10,
		},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}
