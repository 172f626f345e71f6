package demo

// districtInfo and townInfo are real names and codes of the region; their borders here are invented.
type townInfo struct {
	zh, en, code string
}

var districtInfo = [2]townInfo{
	{"秦州区", "Qinzhou District", "620502"},
	{"麦积区", "Maiji District", "620503"},
}

// The rural towns, by index.
const (
	townWest int8 = iota
	townZhongliang
	townYuquan
	townWeinan
	townZhongtan
	townShifo
	townEast
	townQishou
	townZaojiao
	townPingnan
	townHuaniu
	townMapaoquan
	townGanquan
)

var ruralTowns = []townInfo{
	{"太京镇", "Taijing Town", "620502101"},
	{"中梁镇", "Zhongliang Town", "620502110"},
	{"玉泉镇", "Yuquan Town", "620502100"},
	{"渭南镇", "Weinan Town", "620503103"},
	{"中滩镇", "Zhongtan Town", "620503106"},
	{"石佛镇", "Shifo Town", "620503111"},
	{"社棠镇", "Shetang Town", "620503100"},
	{"齐寿镇", "Qishou Town", "620502112"},
	{"皂郊镇", "Zaojiao Town", "620502103"},
	{"平南镇", "Pingnan Town", "620502107"},
	{"花牛镇", "Huaniu Town", "620503105"},
	{"马跑泉镇", "Mapaoquan Town", "620503101"},
	{"甘泉镇", "Ganquan Town", "620503102"},
}

var subdistricts = [2][]townInfo{
	{
		{"天水郡街道", "Tianshuijun Subdistrict", "620502007"}, {"石马坪街道", "Shimaping Subdistrict", "620502006"},
		{"西关街道", "Xiguan Subdistrict", "620502005"}, {"中城街道", "Zhongcheng Subdistrict", "620502004"},
		{"大城街道", "Dacheng Subdistrict", "620502001"}, {"东关街道", "Dongguan Subdistrict", "620502003"},
		{"七里墩街道", "Qilidun Subdistrict", "620502002"},
	},
	{
		{"道北街道", "Daobei Subdistrict", "620503001"}, {"北道埠街道", "Beidaobu Subdistrict", "620503002"},
		{"桥南街道", "Qiaonan Subdistrict", "620503003"},
	},
}

// hillCuts are the borders of towns over the hills: each town reaches from its x to the next on its side.
var hillCuts = []struct {
	x    float64
	from lineID
	town int8
}{
	{regionWest - 9000, northEdge, townWest},
	{-10400, northEdge, townZhongliang},
	{-4300, northEdge, townYuquan},
	{borderAt, northEdge, townWeinan},
	{5900, northEdge, townZhongtan},
	{9900, northEdge, townShifo},
	{13900, northEdge, townEast},
	{regionWest - 9000, southEdge, townQishou},
	{-10700, southEdge, townZaojiao},
	{-4000, southEdge, townPingnan},
	{borderAt, southEdge, townHuaniu},
	{6300, southEdge, townMapaoquan},
	{11500, southEdge, townGanquan},
}
