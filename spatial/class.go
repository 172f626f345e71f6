package spatial

import "fmt"

// A Class is what kind of thing reports its position. Rules, staleness and nearest go by it.
type Class uint8

const (
	Unclassed Class = iota
	Officer
	Vehicle
	Bus
	Drone
	Camera
	Terminal
	Sensor
	classes // how many there are
)

var classNames = [classes]string{"", "officer", "vehicle", "bus", "drone", "camera", "terminal", "sensor"}

// Moves tells whether things of this class are units that go about; the others are devices that stand.
func (c Class) Moves() bool { return c >= Officer && c <= Drone }

func (c Class) String() string {
	if c < classes {
		return classNames[c]
	}
	return fmt.Sprintf("class %d", uint8(c))
}

// ParseClass reads a class by its name.
func ParseClass(name string) (Class, error) {
	for c := Officer; c < classes; c++ {
		if classNames[c] == name {
			return c, nil
		}
	}
	return Unclassed, fmt.Errorf("%q is no class: take officer, vehicle, bus, drone, camera, terminal or sensor", name)
}

// A ClassSet is a set of classes, one bit each. The empty set stands for all.
type ClassSet uint16

// ClassesOf is the set of the given classes.
func ClassesOf(cs ...Class) (s ClassSet) {
	for _, c := range cs {
		s |= 1 << c
	}
	return s
}

// Has tells whether the class is in the set, or the set is empty.
func (s ClassSet) Has(c Class) bool { return s == 0 || s&(1<<c) != 0 }
