package oidc_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"net/url"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"github.com/wardmap/wardmap/data/oidc"
)

// An issuer is an identity provider that can be made to lie.
type issuer struct {
	*httptest.Server
	key    *ecdsa.PrivateKey
	asked  url.Values     // of the request to sign in
	lie    map[string]any // claims in place of the right ones
	signed *ecdsa.PrivateKey
	silent bool // it gives no id_token
}

func newIssuer(t *testing.T) *issuer {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	s := &issuer{key: key, signed: key}
	mux := http.NewServeMux()
	answer := func(w http.ResponseWriter, v any) {
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(v)
	}
	mux.HandleFunc("/.well-known/openid-configuration", func(w http.ResponseWriter, _ *http.Request) {
		answer(w, map[string]any{"issuer": s.URL, "authorization_endpoint": s.URL + "/auth", "token_endpoint": s.URL + "/token", "jwks_uri": s.URL + "/keys",
			"id_token_signing_alg_values_supported": []string{"ES256"}})
	})
	mux.HandleFunc("/keys", func(w http.ResponseWriter, _ *http.Request) {
		answer(w, jose.JSONWebKeySet{Keys: []jose.JSONWebKey{{Key: s.key.Public(), KeyID: "k", Algorithm: "ES256", Use: "sig"}}})
	})
	mux.HandleFunc("/token", func(w http.ResponseWriter, r *http.Request) {
		_ = r.ParseForm()
		sum := sha256.Sum256([]byte(r.Form.Get("code_verifier")))
		if r.Form.Get("code") != "good" || base64.RawURLEncoding.EncodeToString(sum[:]) != s.asked.Get("code_challenge") {
			w.WriteHeader(http.StatusBadRequest)
			answer(w, map[string]any{"error": "invalid_grant"})
			return
		}
		out := map[string]any{"access_token": "x", "token_type": "Bearer"}
		if !s.silent {
			out["id_token"] = s.token(t)
		}
		answer(w, out)
	})
	s.Server = httptest.NewServer(mux)
	t.Cleanup(s.Close)
	return s
}

func (s *issuer) token(t *testing.T) string {
	claims := map[string]any{"iss": s.URL, "aud": "wardmap", "sub": "1", "exp": time.Now().Add(time.Minute).Unix(), "iat": time.Now().Unix(),
		"nonce": s.asked.Get("nonce"), "preferred_username": "zhang"}
	for name, v := range s.lie {
		claims[name] = v
	}
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.ES256, Key: jose.JSONWebKey{Key: s.signed, KeyID: "k"}}, nil)
	if err != nil {
		t.Fatal(err)
	}
	payload, err := json.Marshal(claims)
	if err != nil {
		t.Fatal(err)
	}
	object, err := signer.Sign(payload)
	if err != nil {
		t.Fatal(err)
	}
	text, err := object.CompactSerialize()
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func TestWhoComesBackFromTheProvider(t *testing.T) {
	other, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name   string
		change func(s *issuer, f *oidc.Flow, code *string)
		ok     bool
	}{
		{"who he is", func(*issuer, *oidc.Flow, *string) {}, true},
		{"another code", func(_ *issuer, _ *oidc.Flow, code *string) { *code = "stolen" }, false},
		{"another verifier", func(_ *issuer, f *oidc.Flow, _ *string) { f.Verifier = "x" }, false},
		{"for another try", func(_ *issuer, f *oidc.Flow, _ *string) { f.Nonce = "x" }, false},
		{"for no try", func(s *issuer, f *oidc.Flow, _ *string) { f.Nonce, s.lie = "", map[string]any{"nonce": ""} }, false},
		{"for another server", func(s *issuer, _ *oidc.Flow, _ *string) { s.lie = map[string]any{"aud": "other"} }, false},
		{"of another issuer", func(s *issuer, _ *oidc.Flow, _ *string) { s.lie = map[string]any{"iss": "https://evil.example"} }, false},
		{"that has expired", func(s *issuer, _ *oidc.Flow, _ *string) {
			s.lie = map[string]any{"exp": time.Now().Add(-time.Hour).Unix()}
		}, false},
		{"without a name", func(s *issuer, _ *oidc.Flow, _ *string) { s.lie = map[string]any{"preferred_username": ""} }, false},
		{"signed by somebody else", func(s *issuer, _ *oidc.Flow, _ *string) { s.signed = other }, false},
		{"without a token", func(s *issuer, _ *oidc.Flow, _ *string) { s.silent = true }, false},
	}
	for _, tt := range tests {
		s := newIssuer(t)
		p, err := oidc.New(oidc.Options{Issuer: s.URL, Client: "wardmap", Secret: "secret"})
		if err != nil {
			t.Fatal(err)
		}
		to, flow, err := p.Begin(t.Context(), "https://wardmap.example/sign-in/back")
		if err != nil {
			t.Fatal(err)
		}
		u, err := url.Parse(to)
		if err != nil {
			t.Fatal(err)
		}
		s.asked = u.Query()
		if s.asked.Get("state") != flow.State || len(flow.State) < 20 || s.asked.Get("code_challenge_method") != "S256" || s.asked.Get("redirect_uri") != "https://wardmap.example/sign-in/back" {
			t.Fatalf("%s", to)
		}
		code := "good"
		tt.change(s, &flow, &code)
		name, err := p.Finish(t.Context(), "https://wardmap.example/sign-in/back", code, flow)
		if (err == nil) != tt.ok || tt.ok && name != "zhang" || !tt.ok && (!errors.Is(err, oidc.ErrRefused) || name != "") {
			t.Errorf("%s: %q %v", tt.name, name, err)
		}
	}
}

// TestAProviderThatIsAway does not keep the server from starting, and is asked again.
func TestAProviderThatIsAway(t *testing.T) {
	away := httptest.NewServer(http.NotFoundHandler())
	address := away.URL
	away.Close()
	p, err := oidc.New(oidc.Options{Issuer: address, Client: "wardmap"})
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := p.Begin(context.Background(), "https://x/"); err == nil {
		t.Error("it begins with nobody")
	}
	if _, err := oidc.New(oidc.Options{Issuer: address}); err == nil {
		t.Error("without a client")
	}
}
