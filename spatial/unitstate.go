package spatial

// UnitStates are the names of what a unit may be doing, in the order of their codes: the common classes that an agency's
// own codes are mapped to. The first is for what is not known, and never means available.
var UnitStates = []string{
	"unknown", "off_duty", "available", "available_delayed", "dispatched", "en_route", "on_scene", "staging", "contact_made",
	"transporting", "at_station_busy", "returning", "out_of_service", "emergency",
}
