package accounts

import "time"

// Code is the code of a seed at a time.
func Code(seed string, at time.Time) string {
	raw, err := base32Text.DecodeString(seed)
	if err != nil {
		panic(err)
	}
	return code(raw, at.Unix()/stepSeconds)
}
