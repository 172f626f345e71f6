package importer

import "github.com/paulmach/orb"

// OSMWay makes a member of a relation, for tests outside of the package.
func OSMWay(id int64, role string) osmMember { return osmMember{1, id, role} }

// AssembleRelation lets tests make areas of ways that come from elsewhere.
func AssembleRelation(members []osmMember, lineOf func(int64) ([]orb.Point, bool, error)) (orb.Geometry, []string, error) {
	return assembleRelation(members, lineOf)
}

// AssembleMembers is an empty list of members.
func AssembleMembers() []osmMember { return nil }
