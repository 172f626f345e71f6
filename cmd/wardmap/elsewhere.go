package main

import (
	"context"
	"crypto/subtle"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/wardmap/wardmap/api"
	"github.com/wardmap/wardmap/data/accounts"
	"github.com/wardmap/wardmap/data/oidc"
)

// elsewhere lets people sign in with an identity provider who have an account here for it.
type elsewhere struct {
	provider *oidc.Provider
	store    *accounts.Store
}

// provider is the identity provider of the configuration; nil when there is none.
func (c *config) provider(store *accounts.Store) (api.IdentityProvider, error) {
	if c.OIDC == "" {
		return nil, nil
	}
	o := oidc.Options{Issuer: c.OIDC, Client: c.OIDCClient, Claim: c.OIDCClaim}
	if c.OIDCSecret != "" {
		secret, err := os.ReadFile(c.OIDCSecret)
		if err != nil {
			return nil, fmt.Errorf("--oidc-secret: %w", err)
		}
		o.Secret = strings.TrimSpace(string(secret))
	}
	p, err := oidc.New(o)
	if err != nil {
		return nil, fmt.Errorf("--oidc-issuer: %w", err)
	}
	return elsewhere{p, store}, nil
}

func (e elsewhere) Begin(ctx context.Context, back string) (to, keep string, err error) {
	to, flow, err := e.provider.Begin(ctx, back)
	if err != nil {
		return "", "", err
	}
	kept, err := json.Marshal(flow)
	return to, string(kept), err
}

func (e elsewhere) Finish(ctx context.Context, back, code, state, keep string) (string, *api.Asker, error) {
	var flow oidc.Flow
	if err := json.Unmarshal([]byte(keep), &flow); err != nil || flow.State == "" || subtle.ConstantTimeCompare([]byte(flow.State), []byte(state)) != 1 {
		return "", nil, api.ErrWrong
	}
	name, err := e.provider.Finish(ctx, back, code, flow)
	if errors.Is(err, oidc.ErrRefused) {
		return "", nil, fmt.Errorf("%w: %w", api.ErrWrong, err)
	}
	if err != nil {
		return "", nil, err
	}
	token, p, err := e.store.Enter(ctx, name)
	if err != nil {
		return "", nil, failure(err)
	}
	return token, asker(p, true), nil
}
