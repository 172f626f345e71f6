package api

import (
	"net/http"
	"strconv"
	"strings"

	"github.com/wardmap/wardmap/tiles"
)

// coding chooses a content coding by Accept-Encoding: the one of the highest weight, of equal ones zstd, gzip,
// identity. plain tells whether no coding would be acceptable, too.
func coding(r *http.Request) (best tiles.Encoding, plain bool, err error) {
	header := r.Header.Get("Accept-Encoding")
	if more := r.Header["Accept-Encoding"]; len(more) > 1 {
		header = strings.Join(more, ",")
	}
	if header == "" {
		return tiles.Identity, true, nil
	}
	zstd, gzip, identity, any := -1.0, -1.0, -1.0, -1.0
	for item := range strings.SplitSeq(header, ",") {
		name, q := weighted(item)
		switch strings.ToLower(name) {
		case "zstd":
			zstd = q
		case "gzip", "x-gzip":
			gzip = q
		case "identity":
			identity = q
		case "*":
			any = q
		}
	}
	if zstd < 0 {
		zstd = any
	}
	if gzip < 0 {
		gzip = any
	}
	plain = identity > 0 || identity < 0 && any != 0
	switch {
	case zstd > 0 && zstd >= gzip && zstd >= identity:
		return tiles.Zstd, plain, nil
	case gzip > 0 && gzip >= identity:
		return tiles.Gzip, plain, nil
	case plain:
		return tiles.Identity, true, nil
	}
	return tiles.Identity, false, refuse(notAcceptable, "Accept-Encoding %q admits none of zstd, gzip, identity", header)
}

// weighted splits "gzip;q=0.5". A weight that is not readable counts as 1, one that is missing too.
func weighted(item string) (value string, q float64) {
	value, params, _ := strings.Cut(strings.TrimSpace(item), ";")
	for params != "" {
		var one string
		one, params, _ = strings.Cut(params, ";")
		if text, is := strings.CutPrefix(strings.ToLower(strings.TrimSpace(one)), "q="); is {
			if v, err := strconv.ParseFloat(text, 64); err == nil && v >= 0 && v <= 1 {
				return strings.TrimSpace(value), v
			}
		}
	}
	return strings.TrimSpace(value), 1
}

// accepted chooses one of the media types by Accept, the first of equals; "" when none is acceptable.
func accepted(header string, types ...string) string {
	if strings.TrimSpace(header) == "" {
		return types[0]
	}
	best, most := "", 0.0
	for _, t := range types {
		if q := weight(header, t); q > most {
			best, most = t, q
		}
	}
	return best
}

// weight is that of the most specific range which holds the type.
func weight(header, mediaType string) float64 {
	bare, _, _ := strings.Cut(mediaType, ";")
	major, _, _ := strings.Cut(bare, "/")
	q, specific := 0.0, 0
	for item := range strings.SplitSeq(header, ",") {
		name, w := weighted(item)
		name = strings.ToLower(name)
		level := 0
		switch {
		case name == bare:
			level = 3
		case name == major+"/*":
			level = 2
		case name == "*/*":
			level = 1
		}
		if level > specific {
			q, specific = w, level
		}
	}
	return q
}

// matches tells whether one of the entity tags of If-None-Match is etag, by the weak comparison.
func matches(header, etag string) bool {
	etag = strings.TrimPrefix(etag, "W/")
	for item := range strings.SplitSeq(header, ",") {
		item = strings.TrimSpace(item)
		if item == "*" || strings.TrimPrefix(item, "W/") == etag {
			return true
		}
	}
	return false
}
