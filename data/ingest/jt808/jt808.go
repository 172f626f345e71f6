// Package jt808 is the door for vehicle terminals that speak JT/T 808 over TCP, in its editions of 2013 and 2019:
// registration, authentication, heartbeats, single and batched positions, messages in several packets. A position
// is answered with result 0 only when it is durable. Terminals are told apart by their number; who is not known is
// refused. The package also holds the other end, a Terminal, for tests and simulation.
package jt808

import "fmt"

// An Edition is the year of the standard that a message is written by.
type Edition uint8

const (
	Edition2013 Edition = iota
	Edition2019
)

func (e Edition) String() string {
	if e == Edition2019 {
		return "JT/T 808-2019"
	}
	return "JT/T 808-2013"
}

// Messages that this door speaks.
const (
	idTerminalAnswer = 0x0001
	idHeartbeat      = 0x0002
	idDeregister     = 0x0003
	idRegister       = 0x0100
	idAuthenticate   = 0x0102
	idLocation       = 0x0200
	idBatch          = 0x0704

	idAnswer         = 0x8001
	idSendAgain      = 0x8003
	idRegisterAnswer = 0x8100
)

// A Result is how the platform answers a message.
type Result uint8

const (
	Done Result = iota
	Failed
	Malformed
	Unsupported
)

// NoSuchTerminal answers the registration of a stranger.
const NoSuchTerminal Result = 4

// A Refusal is the error of a terminal whose message was not taken.
type Refusal struct {
	Message uint16
	Result  Result
}

func (r Refusal) Error() string {
	return fmt.Sprintf("the platform answers message 0x%04x with result %d", r.Message, r.Result)
}
