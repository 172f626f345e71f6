package demo

import "strconv"

// wishes lists all units in the order in which they choose their blocks, the great ones first.
func (c *city) wishes(d dice) []wish {
	var out []wish
	out = append(out, c.publicPlaces()...)
	out = append(out, siteWishes(c)...)
	out = append(out, hospitalWishes()...)
	out = append(out, schoolWishes(d)...)
	return out
}

func (c *city) spot(x, t float64) *pt {
	p := c.valley.pos(x, t)
	return &p
}

// publicPlaces are squares, parks and seats of government.
func (c *city) publicPlaces() []wish {
	at := func(layer, kind, zh, en string, u use, x, t, lo, hi float64) wish {
		return wish{unit: unit{layer: layer, kind: kind, zh: zh, en: en}, use: u, near: c.spot(x, t), min: lo, max: hi,
			zones: []zone{urban, oldTown, core, newTown, village, industry}}
	}
	return []wish{
		at("", "square", "龙城广场", "Longcheng Square", square, -6900, 420, 1.2, 3),
		at("", "square", "伏羲广场", "Fuxi Square", square, -8100, 480, 0.6, 2),
		at("", "square", "秦州市民广场", "Qinzhou Civic Square", square, -3800, 300, 1.5, 5),
		at("", "square", "天水站广场", "Tianshui Station Square", square, 9500, 1250, 0.6, 2.4),
		at("", "square", "麦积广场", "Maiji Square", square, 9300, 420, 1.2, 3.4),
		at("", "square", "桥南广场", "Qiaonan Square", square, 9000, -420, 0.8, 3),
		at("", "park", "玉泉观公园", "Yuquan Temple Park", park, -7600, 1050, 1.5, 5),
		at("", "park", "南郭寺公园", "Nanguo Temple Park", park, -6200, -900, 1.5, 5),
		at("", "park", "人民公园", "People's Park", park, -6300, 700, 2, 6),
		at("", "park", "藉河湿地公园", "Jiehe Wetland Park", park, -9900, -300, 2, 9),
		at("", "park", "天河公园", "Tianhe Park", park, -4300, -350, 2, 8),
		at("", "park", "羲皇公园", "Xihuang Park", park, -3300, 700, 2, 8),
		at("", "park", "渭滨公园", "Weibin Park", park, 8300, 350, 2, 8),
		at("", "park", "马跑泉公园", "Mapaoquan Park", park, 9900, -800, 3, 12),
		at("", "park", "麦积植物园", "Maiji Botanical Garden", park, 11500, -600, 3, 12),
		at("", "park", "社棠公园", "Shetang Park", park, 12300, 500, 2, 12),
		at("", "park", "卦台公园", "Guatai Park", park, 6300, -250, 2, 9),
		at("protected_sites", "11", "天水市人民政府", "Tianshui Municipal Government", civic, -3800, 650, 1.8, 6),
		at("protected_sites", "11", "秦州区人民政府", "Qinzhou District Government", civic, -6600, 500, 1, 4),
		at("protected_sites", "11", "麦积区人民政府", "Maiji District Government", civic, 9600, -300, 1, 4),
		at("protected_sites", "11", "天水市中级人民法院", "Tianshui Intermediate Court", civic, -4300, 450, 1, 5),
		at("protected_sites", "7", "天水市体育中心", "Tianshui Sports Centre", civic, -3000, -400, 3, 9),
		at("protected_sites", "7", "秦州大剧院", "Qinzhou Grand Theatre", civic, -4500, 750, 1, 5),
		at("protected_sites", "7", "天水市图书馆", "Tianshui Library", civic, -5400, 400, 1, 4),
		at("protected_sites", "8", "天水市博物馆", "Tianshui Museum", civic, -7900, 600, 0.7, 3),
		at("protected_sites", "8", "天水市档案馆", "Tianshui Archives", civic, -4900, 300, 0.8, 4),
		at("protected_sites", "8", "胡氏古民居", "Hu Family Residence", civic, -7000, 700, 0.6, 2),
	}
}

// siteWishes are protected sites of the other classes of article 13.
func siteWishes(c *city) []wish {
	any := []zone{urban, core, newTown, village, industry}
	works1 := func(class, zh, en string, zones []zone, lo, hi float64) wish {
		return wish{unit: unit{layer: "protected_sites", kind: class, zh: zh, en: en}, use: works, min: lo, max: hi, zones: zones, apart: 700}
	}
	station := func(zh, en string, x, t float64) wish {
		w := works1("2", zh, en, any, 1, 6)
		w.near = c.spot(x, t)
		return w
	}
	edge, mid, shed := []zone{village, urban, industry}, []zone{urban, core, newTown}, []zone{industry, urban, village}
	yard := []zone{industry}
	out := []wish{
		station("天水火车站", "Tianshui Railway Station", 9500, 1420), station("秦州火车站", "Qinzhou Railway Station", -6900, 1180),
		station("秦州汽车客运总站", "Qinzhou Coach Station", -5900, 250), station("麦积汽车站", "Maiji Coach Station", 8900, 900),
		works1("1", "天水广播电视台", "Tianshui Broadcasting", mid, 0.8, 4), works1("1", "天水日报社", "Tianshui Daily", mid, 0.8, 3),
		works1("4", "电信枢纽楼", "Telecom Exchange", mid, 0.6, 3), works1("4", "邮政处理中心", "Postal Centre", any, 1, 4),
		works1("4", "人民银行天水分行", "People's Bank Tianshui", []zone{core, urban}, 0.6, 3), works1("4", "移动枢纽楼", "Mobile Exchange", mid, 0.6, 3),
		works1("6", "国家粮食储备库", "State Grain Reserve", shed, 2, 9), works1("6", "物资储备中心", "Reserve Depot", shed, 2, 9),
		works1("6", "陇东南农产品批发市场", "Wholesale Market", shed, 2, 9), works1("6", "龙城商业中心", "Longcheng Mall", []zone{core}, 1, 4),
		works1("6", "麦积商贸城", "Maiji Trade City", []zone{core, urban}, 1, 5),
		works1("9", "液化气储配站", "LPG Depot", yard, 1, 6), works1("9", "城北油库", "North Oil Depot", yard, 1, 8),
		works1("9", "民爆物品仓库", "Explosives Store", yard, 1, 8), works1("9", "疾控中心实验室", "Disease Control Laboratory", mid, 0.8, 4),
		works1("3", "长城电工厂", "Changcheng Electrical Works", shed, 3, 12), works1("3", "星火机床厂", "Xinghuo Machine Tools", shed, 3, 12),
		works1("10", "新区综合管廊工程", "New District Utility Tunnel", []zone{newTown, urban}, 1, 6),
	}
	for i, zh := range []string{"北关", "天水郡", "七里墩", "二十里铺", "道北", "桥南", "社棠"} {
		en := []string{"Beiguan", "Tianshuijun", "Qilidun", "Ershilipu", "Daobei", "Qiaonan", "Shetang"}[i]
		out = append(out, works1("5", zh+"变电站", en+" Substation", edge, 0.7, 4))
	}
	for i, zh := range []string{"第一水厂", "第二水厂", "城西污水处理厂", "麦积污水处理厂", "城北热源厂", "麦积热源厂", "天然气门站"} {
		en := []string{"First Waterworks", "Second Waterworks", "West Sewage Works", "Maiji Sewage Works", "North Heating Plant", "Maiji Heating Plant", "Gas Gate Station"}[i]
		out = append(out, works1("5", zh, en, shed, 1.2, 9))
	}
	return out
}

func hospitalWishes() []wish {
	var out []wish
	add := func(kind, zh, en string, lo, hi, apart float64) {
		out = append(out, wish{unit: unit{layer: "hospitals", kind: kind, zh: zh, en: en}, use: hospital, min: lo, max: hi, apart: apart})
	}
	add("general", "天水市第一人民医院", "Tianshui First People's Hospital", 2, 5, 1500)
	add("general", "天水市第二人民医院", "Tianshui Second People's Hospital", 1.6, 5, 1500)
	add("general", "麦积区人民医院", "Maiji District Hospital", 1.6, 5, 1500)
	add("general", "秦州区人民医院", "Qinzhou District Hospital", 1.4, 4, 1500)
	add("chinese_medicine", "天水市中医医院", "Tianshui Hospital of Chinese Medicine", 1.4, 4, 1500)
	add("chinese_medicine", "麦积区中医医院", "Maiji Hospital of Chinese Medicine", 1.2, 4, 1500)
	add("maternity", "天水市妇幼保健院", "Tianshui Maternity and Children's Hospital", 1, 3.4, 1500)
	add("maternity", "麦积区妇幼保健站", "Maiji Maternity Station", 0.7, 2.4, 1500)
	add("specialised", "天水市眼科医院", "Tianshui Eye Hospital", 0.7, 2.4, 1200)
	add("specialised", "天水市口腔医院", "Tianshui Dental Hospital", 0.6, 2, 1200)
	add("specialised", "陇东南骨科医院", "Longdongnan Orthopaedic Hospital", 0.8, 2.6, 1200)
	names := append(append([]townInfo(nil), subdistricts[0]...), subdistricts[1]...)
	for _, t := range append(names, townInfo{"太京", "Taijing", ""}, townInfo{"花牛", "Huaniu", ""}, townInfo{"社棠", "Shetang", ""}, townInfo{"二十里铺", "Ershilipu", ""}) {
		zh, en := trimTown(t)
		add("health_centre", zh+"社区卫生服务中心", en+" Health Centre", 0.5, 1.6, 900)
	}
	return out
}

func trimTown(t townInfo) (zh, en string) {
	r := []rune(t.zh)
	if n := len(r); n > 2 && string(r[n-2:]) == "街道" {
		return string(r[:n-2]), t.en[:len(t.en)-len(" Subdistrict")]
	}
	return t.zh, t.en
}

// schoolWishes are 80 schools: 30 kindergartens, 28 primary, 17 middle, 3 vocational schools, a special school
// and a university.
func schoolWishes(d dice) []wish {
	var out []wish
	add := func(kind, zh, en string, lo, hi, apart float64) {
		out = append(out, wish{unit: unit{layer: "schools", kind: kind, zh: zh, en: en}, use: school, min: lo, max: hi, apart: apart})
	}
	add("university", "天水师范学院", "Tianshui Normal University", 4.5, 14, 0)
	add("special", "天水市特殊教育学校", "Tianshui Special School", 0.8, 2.4, 0)
	for i, zh := range []string{"天水工业职业学校", "麦积农业职业学校", "天水卫生学校"} {
		add("vocational", zh, []string{"Tianshui Industrial School", "Maiji Agricultural School", "Tianshui Health School"}[i], 1.8, 6, 1500)
	}
	for i := range 17 {
		n := strconv.Itoa(i + 1)
		add("middle", "天水市第"+hanNumber(i+1)+"中学", "Tianshui No. "+n+" Middle School", 1.5, 4.5, 800)
	}
	words := shuffled(d, avenueWords)
	for _, w := range words[:28] {
		add("primary", w.zh+"小学", w.en+" Primary School", 0.9, 3, 600)
	}
	flowers := []word{{"金色摇篮", "Golden Cradle"}, {"向阳", "Xiangyang"}, {"启明", "Qiming"}, {"春蕾", "Chunlei"}, {"红旗", "Hongqi"},
		{"小天鹅", "Little Swan"}, {"阳光", "Sunshine"}, {"童心", "Tongxin"}, {"蓝天", "Blue Sky"}, {"彩虹", "Rainbow"}}
	for i := range 30 {
		f := flowers[i%len(flowers)]
		w := words[28+i%20]
		add("kindergarten", w.zh+f.zh+"幼儿园", w.en+" "+f.en+" Kindergarten", 0.5, 1.5, 450)
	}
	return out
}

// hanNumber writes 1 to 99 in characters.
func hanNumber(n int) string {
	digits := []rune("零一二三四五六七八九")
	switch {
	case n < 10:
		return string(digits[n])
	case n < 20:
		return "十" + hanRest(digits, n%10)
	}
	return string(digits[n/10]) + "十" + hanRest(digits, n%10)
}

func hanRest(digits []rune, n int) string {
	if n == 0 {
		return ""
	}
	return string(digits[n])
}
