// Package oidc lets people sign in with an identity provider that speaks OpenID Connect, of whatever make: the code
// flow with PKCE, state and nonce. It says who somebody is there; what he may is said by his account here.
package oidc

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"
)

// Options of a provider. Zero values get the default in brackets.
type Options struct {
	Issuer string   // URL, as the provider writes it in its tokens
	Client string   // id that this server has there
	Secret string   // of it; empty is a public client, which PKCE protects
	Claim  string   // that is the name of an account here (preferred_username)
	Scopes []string // besides openid (profile)
}

// A Provider is one identity provider. It is asked for its keys when first needed, so that the server starts while it
// is away. It is safe for concurrent use.
type Provider struct {
	o      Options
	client *http.Client

	mu       sync.Mutex // guards all below; held while the provider is asked for its description
	provider *oidc.Provider
}

// New makes a provider. It asks nothing yet.
func New(o Options) (*Provider, error) {
	if o.Issuer == "" || o.Client == "" {
		return nil, errors.New("openid connect: issuer and client are both needed")
	}
	if o.Claim == "" {
		o.Claim = "preferred_username"
	}
	if o.Scopes == nil {
		o.Scopes = []string{"profile"}
	}
	return &Provider{o: o, client: &http.Client{Timeout: 10 * time.Second}}, nil
}

// A Flow is one try to sign in, which begins here and comes back from the provider. It is kept by the browser alone.
type Flow struct {
	State, Nonce, Verifier string
}

// ErrRefused is what the provider says, or does not say as it must: nobody is let in by it.
var ErrRefused = errors.New("the identity provider's answer is not taken")

func (p *Provider) ask(ctx context.Context) (*oidc.Provider, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.provider != nil {
		return p.provider, nil
	}
	// The keys are asked for later, with this context: it must not end with a request.
	found, err := oidc.NewProvider(oidc.ClientContext(context.WithoutCancel(ctx), p.client), p.o.Issuer)
	if err != nil {
		return nil, fmt.Errorf("openid connect: %w", err)
	}
	p.provider = found
	return found, nil
}

func (p *Provider) config(found *oidc.Provider, back string) *oauth2.Config {
	return &oauth2.Config{ClientID: p.o.Client, ClientSecret: p.o.Secret, Endpoint: found.Endpoint(), RedirectURL: back, Scopes: append([]string{oidc.ScopeOpenID}, p.o.Scopes...)}
}

// Begin says where to send somebody who wants to sign in, and what his browser has to keep until he comes back to the
// address back.
func (p *Provider) Begin(ctx context.Context, back string) (to string, f Flow, err error) {
	found, err := p.ask(ctx)
	if err != nil {
		return "", f, err
	}
	f = Flow{State: rand.Text(), Nonce: rand.Text(), Verifier: oauth2.GenerateVerifier()}
	return p.config(found, back).AuthCodeURL(f.State, oidc.Nonce(f.Nonce), oauth2.S256ChallengeOption(f.Verifier)), f, nil
}

// Finish says who came back with a code: the name of his account here.
func (p *Provider) Finish(ctx context.Context, back, code string, f Flow) (name string, err error) {
	found, err := p.ask(ctx)
	if err != nil {
		return "", err
	}
	token, err := p.config(found, back).Exchange(oidc.ClientContext(ctx, p.client), code, oauth2.VerifierOption(f.Verifier))
	if err != nil {
		return "", fmt.Errorf("%w: the code is worth nothing there: %w", ErrRefused, err)
	}
	raw, ok := token.Extra("id_token").(string)
	if !ok {
		return "", fmt.Errorf("%w: it has no id_token", ErrRefused)
	}
	id, err := found.VerifierContext(oidc.ClientContext(context.WithoutCancel(ctx), p.client), &oidc.Config{ClientID: p.o.Client}).Verify(ctx, raw)
	if err != nil {
		return "", fmt.Errorf("%w: %w", ErrRefused, err)
	}
	if f.Nonce == "" || id.Nonce != f.Nonce {
		return "", fmt.Errorf("%w: it is for another try to sign in", ErrRefused)
	}
	var claims map[string]any
	if err := id.Claims(&claims); err != nil {
		return "", fmt.Errorf("%w: %w", ErrRefused, err)
	}
	if name, _ = claims[p.o.Claim].(string); name == "" {
		return "", fmt.Errorf("%w: it does not say %s", ErrRefused, p.o.Claim)
	}
	return name, nil
}
