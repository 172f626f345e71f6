package main

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha1"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base32"
	"encoding/binary"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"io"
	"math/big"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/netip"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
)

// oneTime is a code of the second factor, as an app on a phone makes it (RFC 6238).
func oneTime(seed string, at time.Time) string {
	key, err := base32.StdEncoding.WithPadding(base32.NoPadding).DecodeString(seed)
	if err != nil {
		panic(err)
	}
	mac := hmac.New(sha1.New, key)
	_ = binary.Write(mac, binary.BigEndian, at.Unix()/30)
	sum := mac.Sum(nil)
	return fmt.Sprintf("%06d", binary.BigEndian.Uint32(sum[sum[19]&15:])&0x7fffffff%1000000)
}

// secretIn is the secret that the command line shows once.
var secretIn = regexp.MustCompile(`(?m)^    (\S+)$`)

// userAdd makes an account with the command line and returns its secret.
func userAdd(t *testing.T, dir string, args ...string) string {
	t.Helper()
	out, err := wardmap(t.Context(), append([]string{"user", "add", "--data", dir}, args...)...).CombinedOutput()
	found := secretIn.FindSubmatch(out)
	if err != nil || found == nil {
		t.Fatalf("user add %v: %v %s", args, err, out)
	}
	return string(found[1])
}

// A browser keeps cookies, follows no redirects, and says where its page comes from.
type browser struct {
	t    *testing.T
	base string
	http.Client
}

func newBrowser(t *testing.T, base string) *browser {
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	return &browser{t, base, http.Client{Jar: jar, Timeout: 20 * time.Second, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}}
}

func (b *browser) ask(method, path string, form url.Values) (status int, body string, h http.Header) {
	b.t.Helper()
	req, err := http.NewRequest(method, b.base+path, strings.NewReader(form.Encode()))
	if err != nil {
		b.t.Fatal(err)
	}
	req.Header.Set("Accept", "text/html")
	if method == http.MethodPost {
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		req.Header.Set("Origin", b.base)
	}
	res, err := b.Do(req)
	if err != nil {
		b.t.Fatal(err)
	}
	defer res.Body.Close()
	data, err := io.ReadAll(res.Body)
	if err != nil {
		b.t.Fatal(err)
	}
	return res.StatusCode, string(data), res.Header
}

func (b *browser) want(status int, method, path string, form url.Values) (body string, h http.Header) {
	b.t.Helper()
	got, body, h := b.ask(method, path, form)
	if got != status {
		b.t.Fatalf("%s %s: %d, not %d: %.600s", method, path, got, status, body)
	}
	return body, h
}

const ownPassword = "four words in a row"

// settle signs somebody in for the first time and sets up all; it returns the seed of his second factor.
func (b *browser) settle(name, password string) (seed string) {
	b.t.Helper()
	_, h := b.want(303, "POST", "/sign-in", url.Values{"name": {name}, "password": {password}})
	if h.Get("Location") != "/me" {
		b.t.Fatalf("somebody new is sent to %s", h.Get("Location"))
	}
	b.want(403, "GET", "/layers", nil)
	b.want(303, "POST", "/me/password", url.Values{"old": {password}, "chosen": {ownPassword}, "again": {ownPassword}})
	b.want(403, "GET", "/layers", nil)
	body, _ := b.want(200, "POST", "/me/second-factor", nil)
	seed = regexp.MustCompile(`name="seed" value="(\w+)"`).FindStringSubmatch(body)[1]
	if !strings.Contains(body, "<svg class=\"qr\"") {
		b.t.Error("there is nothing to scan")
	}
	b.want(403, "POST", "/me/second-factor", url.Values{"code": {"000000"}, "seed": {seed}})
	b.want(303, "POST", "/me/second-factor", url.Values{"code": {oneTime(seed, time.Now())}})
	b.want(200, "GET", "/layers", nil)
	return seed
}

// TestFromTheFirstSignInToTheAuditLog goes the whole way with the real program: accounts by the command line, sign-in
// by the pages, what each role may, a key, a device, disabling while the server runs, and the log of it all.
func TestFromTheFirstSignInToTheAuditLog(t *testing.T) {
	dir := dataFolder(t)
	passwords := map[string]string{}
	for name, role := range map[string]string{"zhang": "supervisor", "wu": "administrator", "shen": "auditor"} {
		passwords[name] = userAdd(t, dir, name, "--role", role, "--title", "某某")
	}
	key := userAdd(t, dir, "cad", "--kind", "client", "--role", "integration", "--expires", "30d")
	token := userAdd(t, dir, "SN-1", "--kind", "device")
	r := start(t, "--data", dir)

	if status, _, h := newBrowser(t, r.base).ask("GET", "/", nil); status != 303 || h.Get("Location") != "/sign-in" {
		t.Errorf("the wall without signing in: %d %v", status, h)
	}
	zhang := newBrowser(t, r.base)
	zhang.want(401, "GET", "/layers", nil)
	for _, tt := range []url.Values{{"name": {"zhang"}, "password": {"wrong"}}, {"name": {"nobody"}, "password": {"wrong"}}} {
		if body, _ := zhang.want(401, "POST", "/sign-in", tt); !strings.Contains(body, "用户名、密码或动态码不正确") {
			t.Errorf("%.300s", body)
		}
	}
	seed := zhang.settle("zhang", passwords["zhang"])
	jarOf, _ := url.Parse(r.base)
	for _, c := range zhang.Jar.Cookies(jarOf) {
		if strings.Contains(c.Value, seed) || !strings.HasPrefix(c.Value, "wms_") {
			t.Errorf("%v", c)
		}
	}
	wu, shen := newBrowser(t, r.base), newBrowser(t, r.base)
	wu.settle("wu", passwords["wu"])
	shen.settle("shen", passwords["shen"])
	for _, tt := range []struct {
		who    *browser
		path   string
		status int
	}{
		{zhang, "/collections/marks/items", 200}, {zhang, "/units", 200}, {zhang, "/audit", 403}, {zhang, "/subscribers", 403},
		{wu, "/subscribers", 200}, {wu, "/units", 403}, {wu, "/audit", 403},
		{shen, "/audit", 200}, {shen, "/units", 403}, {shen, "/subscribers", 403},
	} {
		tt.who.want(tt.status, "GET", tt.path, nil)
	}
	if status := bearer(t, r.base, key, "GET", "/units/nearest?lon=105.7&lat=34.6", ""); status != 200 {
		t.Errorf("the program with its key: %d", status)
	}
	if status := bearer(t, r.base, key, "GET", "/units", ""); status != 403 {
		t.Errorf("the program asks where everybody is: %d", status)
	}
	for device, want := range map[string]int{"SN-1": 200, "SN-2": 403} {
		body := fmt.Sprintf(`{"device":%q,"time":%q,"lon":105.7,"lat":34.6}`, device, time.Now().UTC().Format(time.RFC3339))
		if status := bearer(t, r.base, token, "POST", "/positions", body); status != want {
			t.Errorf("the token of SN-1 for %s: %d", device, status)
		}
	}
	if out, err := wardmap(t.Context(), "user", "disable", "zhang", "--data", dir).CombinedOutput(); err != nil {
		t.Fatalf("%v %s", err, out)
	}
	eventually(t, "somebody disabled is turned away", func() bool { status, _, _ := zhang.ask("GET", "/layers", nil); return status == 401 })
	wu.want(303, "POST", "/sign-out", nil)
	wu.want(401, "GET", "/layers", nil)

	eventually(t, "what was done to accounts is on record", func() bool { return strings.Contains(asJSON(t, shen), `"disable,`) })
	file := filepath.Join(t.TempDir(), "marks.geojson")
	if err := os.WriteFile(file, []byte(`{"type":"Feature","id":"9","geometry":{"type":"Point","coordinates":[105.7,34.6]},"properties":{"n":1}}`), 0o600); err != nil {
		t.Fatal(err)
	}
	if out, err := wardmap(t.Context(), "import", file, "--layer", "marks", "--data", dir).CombinedOutput(); err != nil {
		t.Fatalf("%v %s", err, out)
	}
	eventually(t, "the import is on record", func() bool { return strings.Contains(asJSON(t, shen), `"import marks.geojson`) })
	log := asJSON(t, shen)
	for _, want := range []string{`"action":"edit","layer":"marks"`, `"action":"sign-in"`, `"action":"sign-out"`, `"action":"refuse"`, `"action":"read-log"`, `"action":"admin"`, `"reason":"wrong"`, `"intact":true`} {
		if !strings.Contains(log, want) {
			t.Errorf("the log lacks %s", want)
		}
	}
	for _, secret := range []string{passwords["zhang"], ownPassword, seed, key, token} {
		if strings.Contains(log, secret) {
			t.Errorf("a secret is in the audit log")
		}
	}
	out, err := wardmap(t.Context(), "audit", "verify", "--data", dir).CombinedOutput()
	if err != nil || !strings.Contains(string(out), "intact") {
		t.Errorf("%v %s", err, out)
	}
	flipRecord(t, filepath.Join(dir, "audit", "records.jsonl"), 3)
	out, err = wardmap(t.Context(), "audit", "verify", "--data", dir).CombinedOutput()
	if err == nil || !strings.Contains(string(out), "record 3") {
		t.Errorf("after somebody edited record 3: %v %s", err, out)
	}
	r.kill() // then nobody writes its log any more
	for _, secret := range []string{passwords["zhang"], ownPassword, seed, key, token} {
		if strings.Contains(r.log.String(), secret) {
			t.Errorf("a secret is in the server's log")
		}
	}
}

// flipRecord changes a letter of a record.
func flipRecord(t *testing.T, file string, n int) {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	lines := bytes.SplitAfter(data, []byte("\n"))
	lines[n] = bytes.Replace(lines[n], []byte(`"outcome":"`), []byte(`"outcomf":"`), 1)
	if err := os.WriteFile(file, bytes.Join(lines, nil), 0o600); err != nil {
		t.Fatal(err)
	}
}

func asJSON(t *testing.T, b *browser) string {
	t.Helper()
	body, _ := b.want(200, "GET", "/audit?f=json&limit=1000", nil)
	if !json.Valid([]byte(body)) {
		t.Fatalf("%.300s", body)
	}
	return body
}

func bearer(t *testing.T, base, token, method, path, body string) int {
	t.Helper()
	req, err := http.NewRequest(method, base+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+token)
	req.Header.Set("Content-Type", "application/json")
	res, err := client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	res.Body.Close()
	return res.StatusCode
}

// TestPollingTheNearestUnitIsNoTracker: a program that asks all the time is turned away, and the auditor sees it.
func TestPollingTheNearestUnitIsNoTracker(t *testing.T) {
	dir := dataFolder(t)
	key := userAdd(t, dir, "cad", "--kind", "client", "--role", "integration", "--expires", "30d")
	r := start(t, "--data", dir)
	turnedAway := 0
	for range 60 {
		if bearer(t, r.base, key, "GET", "/units/nearest?lon=105.7&lat=34.6", "") == http.StatusTooManyRequests {
			turnedAway++
		}
	}
	if turnedAway < 20 {
		t.Errorf("of 60 questions in a row %d were turned away", turnedAway)
	}
	records, err := os.ReadFile(filepath.Join(dir, "audit", "records.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	if n := bytes.Count(records, []byte(`"status":429`)); n != turnedAway {
		t.Errorf("%d refusals, of which %d are on record", turnedAway, n)
	}
	if status := bearer(t, r.base, key, "GET", "/units/nearest?lon=105.7&lat=34.6&within=500", ""); status != http.StatusForbidden && status != http.StatusTooManyRequests {
		t.Errorf("who may not know where units are tries distances: %d", status)
	}
}

// TestOtherMachinesAreServedWithTLS: sign-in over TLS, with what browsers are told there.
func TestOtherMachinesAreServedWithTLS(t *testing.T) {
	dir := dataFolder(t)
	password := userAdd(t, dir, "li", "--role", "viewer")
	cert, key, pool := selfSigned(t)
	cmd := wardmap(context.Background(), "serve", "--data", dir, "--listen", "0.0.0.0:0", "--tls-cert", cert, "--tls-key", key)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
	said := make([]byte, 4096)
	text := ""
	for !strings.Contains(text, "https://") {
		n, err := out.Read(said)
		if err != nil {
			t.Fatalf("%v: %s", err, text)
		}
		text += string(said[:n])
	}
	_, address, _ := strings.Cut(text, "https://")
	_, port, err := net.SplitHostPort(strings.TrimSpace(strings.TrimSuffix(strings.TrimSpace(address), "/")))
	if err != nil {
		t.Fatal(err, text)
	}
	b := newBrowser(t, "https://localhost:"+port)
	b.Transport = &http.Transport{TLSClientConfig: &tls.Config{RootCAs: pool}, ForceAttemptHTTP2: true}
	_, h := b.want(200, "GET", "/sign-in", nil)
	if h.Get("Strict-Transport-Security") == "" {
		t.Error("browsers are not told to keep to TLS")
	}
	_, h = b.want(303, "POST", "/sign-in", url.Values{"name": {"li"}, "password": {password}})
	if c := h.Get("Set-Cookie"); !strings.HasPrefix(c, "__Host-wardmap=") || !strings.Contains(c, "Secure") || !strings.Contains(c, "HttpOnly") || !strings.Contains(c, "SameSite=Strict") || !strings.Contains(c, "Path=/") {
		t.Errorf("the cookie is %s", c)
	}
	b.want(200, "GET", "/me", nil)
	plain := newBrowser(t, "http://localhost:"+port)
	if status, _, _ := plain.ask("GET", "/sign-in", nil); status == 200 {
		t.Error("it answers without TLS, too")
	}
}

func selfSigned(t *testing.T) (cert, key string, pool *x509.CertPool) {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "localhost"}, DNSNames: []string{"localhost"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), IsCA: true, BasicConstraintsValid: true}
	der, err := x509.CreateCertificate(rand.Reader, template, template, private.Public(), private)
	if err != nil {
		t.Fatal(err)
	}
	secret, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	cert, key, pool = filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem"), x509.NewCertPool()
	public := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
	pool.AppendCertsFromPEM(public)
	for file, data := range map[string][]byte{cert: public, key: pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: secret})} {
		if err := os.WriteFile(file, data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return cert, key, pool
}

// TestBehindAProxyNobodyElseConnects, and the log has the address that the proxy saw.
func TestBehindAProxyNobodyElseConnects(t *testing.T) {
	dir := dataFolder(t)
	key := userAdd(t, dir, "cad", "--kind", "client", "--role", "integration", "--expires", "30d")
	other := start(t, "--data", dir, "--behind-proxy", "192.0.2.7")
	if status := bearer(t, other.base, key, "GET", "/layers", ""); status != http.StatusForbidden {
		t.Errorf("past the proxy: %d", status)
	}
	other.kill()
	r := start(t, "--data", dir, "--behind-proxy", "127.0.0.1")
	req, err := http.NewRequest("GET", r.base+"/units", nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+key)
	req.Header.Set("X-Forwarded-For", "203.0.113.9, 198.51.100.4")
	req.Header.Set("X-Forwarded-Proto", "https")
	res, err := client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	res.Body.Close()
	records, err := os.ReadFile(filepath.Join(dir, "audit", "records.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	if res.StatusCode != http.StatusForbidden || !bytes.Contains(records, []byte(`"from":"198.51.100.4"`)) || bytes.Contains(records, []byte("203.0.113.9")) {
		t.Errorf("%d; on record is %s", res.StatusCode, records)
	}
	if res.Header.Get("Strict-Transport-Security") == "" {
		t.Error("browsers behind the proxy are not told to keep to TLS")
	}
}

// TestWebhooksStayAwayFromThisMachine as soon as people sign in, and from private and link-local addresses always,
// unless the operator says otherwise.
func TestWebhooksStayAwayFromThisMachine(t *testing.T) {
	tests := []struct {
		signIn  bool
		places  string
		address string
		allowed bool
	}{
		{false, "", "127.0.0.1", true},
		{true, "", "127.0.0.1", false},
		{true, "", "::1", false},
		{true, "loopback", "127.0.0.1", true},
		{false, "", "10.1.0.5", false},
		{true, "", "192.168.1.1", false},
		{true, "", "169.254.169.254", false},
		{true, "10.1.0.0/16", "10.1.0.5", true},
		{true, "10.1.0.0/16", "10.2.0.5", false},
	}
	for _, tt := range tests {
		c := config{Webhooks: tt.places}
		allow, err := c.webhooks(tt.signIn)
		if err != nil {
			t.Fatal(err)
		}
		if got := allow("hooks.example", netip.MustParseAddr(tt.address)); got != tt.allowed {
			t.Errorf("%+v: %v", tt, got)
		}
	}
}

// TestAPageThatNobodyTouchesKeepsNoSession: what it asks by itself says so.
func TestAPageThatNobodyTouchesKeepsNoSession(t *testing.T) {
	dir := dataFolder(t)
	password := userAdd(t, dir, "li", "--role", "viewer")
	r := start(t, "--data", dir, "--idle", "7s")
	b := newBrowser(t, r.base)
	b.settle("li", password)
	for end := time.Now().Add(8 * time.Second); time.Now().Before(end); time.Sleep(200 * time.Millisecond) {
		b.want(200, "GET", "/layers", nil)
	}
	eventually(t, "the session of a page that nobody touches ends", func() bool {
		req, err := http.NewRequest("GET", r.base+"/layers", nil)
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("X-Wardmap-Idle", "1")
		res, err := b.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		res.Body.Close()
		return res.StatusCode == http.StatusUnauthorized
	})
}
