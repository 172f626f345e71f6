package demo

import "strings"

// A street has one name along all of its parts.
type street struct {
	zh, en, ref string
}

// A word is a part of a name in characters and in pinyin.
type word struct{ zh, en string }

var avenueWords = []word{
	{"民主", "Minzhu"}, {"解放", "Jiefang"}, {"建设", "Jianshe"}, {"人民", "Renmin"}, {"新华", "Xinhua"},
	{"大众", "Dazhong"}, {"青年", "Qingnian"}, {"岷山", "Minshan"}, {"泰山", "Taishan"}, {"合作", "Hezuo"},
	{"双桥", "Shuangqiao"}, {"伏羲", "Fuxi"}, {"女娲", "Nuwa"}, {"前进", "Qianjin"}, {"陇昌", "Longchang"},
	{"商埠", "Shangbu"}, {"秦州", "Qinzhou"}, {"麦积", "Maiji"}, {"玉泉", "Yuquan"}, {"南湖", "Nanhu"},
	{"莲亭", "Lianting"}, {"东团", "Dongtuan"}, {"天河", "Tianhe"}, {"和平", "Heping"}, {"团结", "Tuanjie"},
	{"胜利", "Shengli"}, {"光明", "Guangming"}, {"工农", "Gongnong"}, {"文昌", "Wenchang"}, {"迎宾", "Yingbin"},
	{"长安", "Chang'an"}, {"陇西", "Longxi"}, {"兰州", "Lanzhou"}, {"西凉", "Xiliang"}, {"渭水", "Weishui"},
	{"龙城", "Longcheng"}, {"石马坪", "Shimaping"}, {"桥南", "Qiaonan"}, {"花牛", "Huaniu"}, {"二十里铺", "Ershilipu"},
	{"甘泉", "Ganquan"}, {"社棠", "Shetang"}, {"元龙", "Yuanlong"}, {"仙人崖", "Xianrenya"}, {"石门", "Shimen"},
	{"曲溪", "Quxi"}, {"卦台", "Guatai"}, {"凤凰", "Fenghuang"}, {"麒麟", "Qilin"}, {"飞将", "Feijiang"},
}

var streetFirst = []word{
	{"兴", "xing"}, {"永", "yong"}, {"安", "an"}, {"和", "he"}, {"福", "fu"}, {"瑞", "rui"}, {"文", "wen"},
	{"明", "ming"}, {"德", "de"}, {"仁", "ren"}, {"义", "yi"}, {"长", "chang"}, {"广", "guang"}, {"新", "xin"},
	{"金", "jin"}, {"玉", "yu"}, {"春", "chun"}, {"景", "jing"}, {"云", "yun"}, {"清", "qing"}, {"天", "tian"},
	{"崇", "chong"}, {"祥", "xiang"}, {"嘉", "jia"}, {"东", "dong"}, {"北", "bei"},
}

var streetSecond = []word{
	{"华", "hua"}, {"宁", "ning"}, {"康", "kang"}, {"盛", "sheng"}, {"泰", "tai"}, {"昌", "chang"}, {"源", "yuan"},
	{"庆", "qing"}, {"顺", "shun"}, {"平", "ping"}, {"乐", "le"}, {"裕", "yu"}, {"丰", "feng"}, {"达", "da"},
	{"通", "tong"}, {"庄", "zhuang"}, {"园", "yuan"}, {"桥", "qiao"}, {"河", "he"}, {"柳", "liu"}, {"槐", "huai"},
	{"竹", "zhu"}, {"塔", "ta"}, {"井", "jing"},
}

var fixedStreets = []street{
	{"成纪大道", "Chengji Avenue", ""}, {"羲皇大道", "Xihuang Avenue", ""}, {"渭滨北路", "Weibin North Road", ""},
	{"藉河南路", "Jiehe South Road", ""}, {"滨河南路", "Binhe South Road", ""}, {"渭滨南路", "Weibin South Road", ""},
	{"北环路", "North Ring Road", ""}, {"北山路", "Beishan Road", ""}, {"道北环路", "Daobei Ring Road", ""},
	{"南环路", "South Ring Road", ""}, {"南山路", "Nanshan Road", ""}, {"麦积南环路", "Maiji South Ring Road", ""},
	{"界牌路", "Jiepai Road", ""}, {"西口路", "Xikou Road", ""}, {"社棠路", "Shetang Road", ""},
	{"渭河西路", "Weihe West Road", ""}, {"渭河东路", "Weihe East Road", ""},
	{"陇海南线", "National Road 310", "G310"}, {"连霍高速", "Lianhuo Expressway", "G30"},
}

// A namer gives every street a name of its own.
type namer struct {
	streets []street
	known   map[string]int32
	avenues []street
	lanes   []word
}

func newNamer(d dice) *namer {
	n := &namer{known: map[string]int32{}}
	for _, s := range fixedStreets {
		key := s.zh
		if s.ref == "G310" {
			key = s.ref
		}
		n.known[key] = int32(len(n.streets))
		n.streets = append(n.streets, s)
	}
	for _, w := range avenueWords {
		for _, suffix := range []word{{"路", "Road"}, {"东路", "East Road"}, {"西路", "West Road"}} {
			n.avenues = append(n.avenues, street{zh: w.zh + suffix.zh, en: w.en + " " + suffix.en})
		}
	}
	n.avenues = shuffled(d, n.avenues)
	for _, a := range streetFirst {
		for _, b := range streetSecond {
			n.lanes = append(n.lanes, word{a.zh + b.zh, strings.ToUpper(a.en[:1]) + a.en[1:] + b.en})
		}
	}
	n.lanes = shuffled(d, n.lanes)
	return n
}

// named is the street of a fixed name.
func (n *namer) named(name string) int32 { return n.known[name] }

func (n *namer) newAvenue() street {
	s := n.avenues[0]
	n.avenues = append(n.avenues[1:], street{zh: s.zh + "延伸段", en: s.en + " Extension"})
	return s
}

// newStreet makes a street with the suffix that its class deserves.
func (n *namer) newStreet(c class) int32 {
	w := n.lanes[0]
	n.lanes = append(n.lanes[1:], word{"新" + w.zh, "Xin " + w.en})
	suffix := word{"路", "Road"}
	switch {
	case c <= living:
		suffix = word{"巷", "Lane"}
	case c <= residential:
		suffix = word{"街", "Street"}
	}
	n.streets = append(n.streets, street{zh: w.zh + suffix.zh, en: w.en + " " + suffix.en})
	return int32(len(n.streets) - 1)
}
