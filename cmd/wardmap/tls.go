package main

import (
	"crypto/tls"
	"fmt"
	"net"
	"os"
	"sync"
	"time"
)

// secure speaks TLS on a listener when there is a certificate.
func (c *config) secure(ln net.Listener) (net.Listener, error) {
	if c.Cert == "" {
		return ln, nil
	}
	pair := &certificate{cert: c.Cert, key: c.Key}
	if _, err := pair.get(nil); err != nil {
		return nil, err
	}
	return tls.NewListener(ln, &tls.Config{MinVersion: tls.VersionTLS12, NextProtos: []string{"h2", "http/1.1"}, GetCertificate: pair.get}), nil
}

// A certificate is read again when its file changes, so that a renewed one needs no restart.
type certificate struct {
	cert, key string

	mu     sync.Mutex // guards all below
	seen   time.Time  // when the file was last looked at
	change time.Time  // of the file that pair was read from
	pair   *tls.Certificate
}

func (c *certificate) get(*tls.ClientHelloInfo) (*tls.Certificate, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.pair != nil && time.Since(c.seen) < time.Minute {
		return c.pair, nil
	}
	c.seen = time.Now()
	info, err := os.Stat(c.cert)
	if err == nil && c.pair != nil && info.ModTime().Equal(c.change) {
		return c.pair, nil
	}
	var pair tls.Certificate
	if err == nil {
		pair, err = tls.LoadX509KeyPair(c.cert, c.key)
	}
	switch {
	case err == nil:
		c.pair, c.change = &pair, info.ModTime()
	case c.pair == nil:
		return nil, fmt.Errorf("--tls-cert %s --tls-key %s: %w", c.cert, c.key, err)
	}
	return c.pair, nil // the old one, while a new one is being written
}
