// Package limits is what no layer may hold, as code: attributes of people that the product does not keep, whatever
// somebody writes into a definition, a file or a feature. It looks at names of properties, at lists of values, and at
// single values. It finds what is called by its name; who hides it behind another finds it out here by its values, as
// far as these have a form. There is no option that turns it off.
//
// Places may have names of anything: 民族路 and 清真寺 are fine as values, and so is an office's telephone, as duty_phone
// or 值班电话 with a landline in it. The religion of a place is not kept either, since nothing tells it from that of who
// lives there. Plates of the police pass; the organisation's other cars go by their call signs.
package limits

import "fmt"

// A Kind of attribute that is not kept.
type Kind string

// Kinds. There are no others, and adding one is a change of the source.
const (
	Ethnicity Kind = "ethnicity"
	Religion  Kind = "religion"
	Politics  Kind = "politics"
	Petition  Kind = "petitioning"
	Health    Kind = "health of people"
	Sexuality Kind = "sexuality"
	Biometric Kind = "biometrics"
	Plate     Kind = "number plates"
	Phone     Kind = "phone and radio identifiers"
	Identity  Kind = "identity numbers"
	Score     Kind = "risk or score"
	Watchlist Kind = "lists of people to watch"
)

// chinese are the kinds for people who read Chinese.
var chinese = map[Kind]string{
	Ethnicity: "民族", Religion: "宗教信仰", Politics: "政治面貌", Petition: "信访", Health: "个人健康", Sexuality: "性取向", Biometric: "生物特征",
	Plate: "车牌", Phone: "手机与无线标识", Identity: "证件号码", Score: "风险评分", Watchlist: "人员名单",
}

// A Breach is something that no layer may hold. Its text never repeats a value that is of a person.
type Breach struct {
	Kind Kind
	What string // the part that was recognised; of a value, only what it is
}

func (b *Breach) Error() string {
	return fmt.Sprintf("%s says %s (%s), which this product does not keep about anybody: leave it out", b.What, b.Kind, chinese[b.Kind])
}
