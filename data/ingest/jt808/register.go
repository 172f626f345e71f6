package jt808

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
)

// A Registration is what a terminal says of itself when it asks for its code.
type Registration struct {
	Province, City uint16 // first two and last four digits of the division of GB/T 2260
	Manufacturer   string
	Model          string
	Terminal       string // its identity at the manufacturer, not its Number
	Color          uint8  // of the plate, 0 when it has none
	Plate          string // in GBK, as it is sent; the VIN when Color is 0
}

// widths of manufacturer, model and terminal.
func (e Edition) widths() (manufacturer, model, terminal int) {
	if e == Edition2019 {
		return 11, 30, 30
	}
	return 5, 20, 7
}

// checkRegistration tells whether a body can be a registration. Nothing of it is kept: a terminal is who its
// number says and its code proves.
func checkRegistration(e Edition, body []byte) error {
	a, b, c := e.widths()
	if e == Edition2013 {
		b = 8 // as in 2011, which cannot be told from 2013
	}
	if least := 4 + a + b + c + 1; len(body) < least {
		return fmt.Errorf("a registration of %s has at least %d bytes, not %d", e, least, len(body))
	}
	return nil
}

func (r Registration) append(dst []byte, e Edition) []byte {
	a, b, c := e.widths()
	dst = append(dst, byte(r.Province>>8), byte(r.Province), byte(r.City>>8), byte(r.City))
	dst = appendFilled(dst, r.Manufacturer, a)
	dst = appendFilled(dst, r.Model, b)
	dst = appendFilled(dst, r.Terminal, c)
	return append(append(dst, r.Color), r.Plate...)
}

// appendFilled writes text in a field of n bytes, filled with zeros.
func appendFilled(dst []byte, text string, n int) []byte {
	field := make([]byte, n)
	copy(field, text)
	return append(dst, field...)
}

// code is what a terminal proves itself with. It follows from key and number alone, so that it stays good when the
// server starts again, and nothing has to be kept.
func code(key []byte, n Number) string {
	mac := hmac.New(sha256.New, key)
	mac.Write(n[:])
	return hex.EncodeToString(mac.Sum(nil)[:16])
}

// parseAuthentication gives the code that a terminal sends: all of the body in 2013, counted and followed by IMEI
// and version of the software in 2019.
func parseAuthentication(e Edition, body []byte) (string, error) {
	if e == Edition2013 {
		return string(body), nil
	}
	if len(body) == 0 || len(body) < 1+int(body[0]) {
		return "", fmt.Errorf("an authentication of %s is cut short at %d bytes", e, len(body))
	}
	return string(body[1 : 1+int(body[0])]), nil
}

func appendAuthentication(dst []byte, e Edition, code, imei, software string) []byte {
	if e == Edition2013 {
		return append(dst, code...)
	}
	dst = append(append(dst, byte(len(code))), code...)
	return appendFilled(appendFilled(dst, imei, 15), software, 20)
}
