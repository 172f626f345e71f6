package limits_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/width"

	"github.com/wardmap/wardmap/layers/limits"
)

// refused are names of what is not kept, as people write them.
var refused = map[limits.Kind]string{
	limits.Ethnicity: "民族|民族代码|户主民族|種族|族别|少数民族|所属民族名称|ethnicity|Ethnic_Group|ethnicGroup|ETHNIC|race|RACE_CODE|racial|nationality|minority|minzu|min_zu|mínzú|minzu_daima|MZ|mzdm|zuqun|民 族|民_族|民\u200b族|民族成份|民族名称|是否少数民族|minzu_bie|minzuMingcheng|races|human_race|ＭＩＮＺＵ|民\ufeff族|民·族",
	limits.Religion:  "宗教|宗教信仰|信仰|是否信教|教派|信教群众|宗教信仰代码|religion|Religious_Belief|faith|denomination|zongjiao|zongjiao_xinyang|zōngjiào|zjxy|religionCode|宗教信仰（大类）|信仰情況|religious|Religion Name|zongjiaoxinyang|宗-教",
	limits.Politics:  "政治面貌|政治面貌代码|政治面目|党派|是否党员|入党时间|政治倾向|民主党派|政審|政治面貌（代码）|political_status|politicalAffiliation|Political Party|party_member|partyMembership|politics|zhengzhimianmao|zheng_zhi_mian_mao|zzmm|dangyuan|dangpai|政治面貌名称|黨員|是否黨員|团员|political_face|political-affiliation|zhengzhi_mianmao",
	limits.Petition:  "信访|信访次数|上访|上访次数|上訪原因|进京非访|缠访|闹访人员|越级访|访民|petition|petitioner|petition_count|Petitioners|petitioning|xinfang|xin_fang_ci_shu|shangfang|shangfangcishu|XFCS|信訪|上訪戶|上访户|集体访|重复访|xinfang_dengji|shangfangRenyuan|shangfanghu|xin-fang|petitioners_list",
	limits.Health:    "病史|疾病|患者姓名|既往史|残疾类型|殘疾等级|精神障碍|吸毒史|健康码|健康状况|血型|是否孕妇|艾滋病|传染病史|慢性病|disease|Diagnosis|medical_history|medicalRecord|disability|hiv_status|bloodType|blood_group|mental_health|patient_id|drug_user|addiction|pregnant|health_code|healthCondition|jibing|jiankangma|canji|xidu|xuexing|jingshenbing|精神障礙|孕婦|核酸结果|病种|愛滋病|用药记录|確診日期|person_health|personal_health|drug_abuse|患者編號",
	limits.Sexuality: "性取向|性倾向|同性恋|性别认同|跨性别|sexual_orientation|sexualOrientation|sexuality|gender_identity|LGBT|homosexual|xingquxiang|tongxinglian|雙性戀|性別認同|sexual-orientation|transgender",
	limits.Biometric: "指纹|指纹编号|人脸|人脸照片|人臉特征|虹膜|声纹|掌纹|步态特征|DNA编号|生物特征|基因|体貌特征|face|face_id|faceId|faceImage|face_feature|FaceTemplate|facial_embedding|fingerprint|finger_print|iris_code|voiceprint|dna|gait|biometric_id|zhiwen|renlian|hongmo|脸|刷脸记录|指印|指靜脈|face_url|FaceRecognition|face_capture_id|finger|iris|facial_features|renlian_id",
	limits.Plate:     "车牌|车牌号|号牌号码|车辆号牌|機動車號|号牌种类|license_plate|licencePlate|plate_no|plateNumber|PLATE|number_plate|vehicle_plate|chepai|che_pai_hao|haopai|hphm|cphm|hpzl|車牌號碼|车牌颜色|plate_color|registration_plate|car_plate|plate_num",
	limits.Phone:     "手机|手机号|手機號碼|联系人手机|移动电话|家庭电话|本人电话|手机串号|蓝牙地址|MAC|mac_address|macAddr|wifi_mac|IMEI|imsi|ICCID|msisdn|bssid|SSID|mobile|mobile_no|mobilePhone|cellphone|owner_phone|ownerPhone|shouji|shoujihao|sjh|sjhm|wechat|QQ|户主电话|業主電話|養犬人電話|家长电话|报警人电话|wifi探针|SIM卡号|person_phone|phone_of_person|resident_phone|owner's phone|callerPhone|driver_mobile|telephone_mobile|sim_number|IMEI1|MAC地址|person_phone_number",
	limits.Identity:  "身份证|身份证号|身份證號碼|公民身份号码|证件号码|證件編號|护照号|社会保障号|idcard|id_card|ID_CARD_NO|idCardNumber|identity_number|identityCard|national_id|citizenId|passport|passport_no|ssn|social_security_no|sfzh|SFZHM|sfz|shenfenzheng|shen_fen_zheng_hao|gmsfhm|zjhm|ｓｆｚｈ|身份号码|居民身份號碼|驾驶证号|駕駛證號|id_number|idNumber|drivers_license|resident_identity_card|身\u200d份证",
	limits.Score:     "风险|风险等级|人员风险评分|積分|信用分|可疑度|危险等级|管控级别|人员级别|行为预测|人员画像|risk|risk_level|riskScore|score|person_score|credit_score|creditScore|social_credit|threat_level|propensity|likelihood|fengxian|feng_xian_dengji|pingfen|人员分级|人員評分|預測結果|用户画像|管控等级|person_level|personLevel|level_of_person|resident_grade|threat|citizen_rating|渔业风险|fengxian",
	limits.Watchlist: "重点人员|重点人员类别|重点人口|重点對象|布控|佈控类型|在逃|黑名单|前科|涉恐|涉稳|涉毒人员|社区矫正|刑满释放|嫌疑人|高危人员|watchlist|watch_list|WatchListId|blacklist|suspect|suspect_name|wanted|offender|criminal_record|zdry|zhongdianrenyuan|zhong_dian_ren_yuan|bukong|qianke|重点人|重點人員|黑名單|社區矯正|刑滿釋放|犯罪记录|犯罪前科|穩控对象|关注人员|關注人員|persons_of_interest|watch-list",
}

func TestWhatIsRefusedByItsName(t *testing.T) {
	n := 0
	for kind, names := range refused {
		for name := range strings.SplitSeq(names, "|") {
			n++
			b := limits.Name(name)
			if b == nil {
				t.Errorf("%q passes, which is %s", name, kind)
			} else if b.Kind != kind {
				t.Errorf("%q is taken for %s, not %s", name, b.Kind, kind)
			}
		}
	}
	if n < 300 {
		t.Errorf("only %d variants", n)
	}
}

// harmless are names of places and things that only sound alike.
const harmless = "name|title|code|kind|class|address|remark|status|state|height|levels|org|district|surface|interface|roof_face_count|facing|trace|terrace|embrace|brace|brisk|asterisk|risky_bend_sign|" +
	"machine|macadam|stomach|template|plateau|platform|underscore|scoreboard|ethernet|ethernet_port|method|minimum|health|device_health|health_state|health_status|last_seen|online_rate|" +
	"hospital|hospital_beds|vaccine_due|vaccine|sterilised|breed|tag_id|licence_no|licence_no_hash|serial|device_id|sim_slot|battery|accuracy|phone|telephone|office_phone|duty_phone|station_phone|" +
	"call_sign|vehicle_kind|fleet_no|bus_no|route_no|policeman_count|officers|skills|equipment|shift|beat|patrol_count|case_no|incident_no|camera_no|channel|resolution|auto_iris|focal_length|bearing|" +
	"名称|编号|地址|电话|值班电话|单位电话|办公电话|联系电话|健康状态|设备健康|在线率|医院|卫生院|床位数|民族路|民族中学|民族小学|健康路|信访局|信访接待室|残疾人联合会|残疾人坡道|无障碍通道|宗教活动场所|" +
	"火灾风险|地质灾害风险|风险点|重点单位|重点部位|防护级别|保卫等级|门牌|号码段|楼层|层数|高度|路面部件|墙面部位|故障诊断|视频质量诊断|疫苗到期|犬种|绝育|免疫|犬牌号|围栏|巡区|必到点|警力|警车编号|呼号|技能|装备|党群服务中心|党员活动室|戒毒所|精神病医院|传染病医院|指挥中心|指向|指数|人口|人数|户数|种类|类型|性质|等级|级别|面积|部位|面向|面宽|血站|血库|接种点|手动|手续|机动|洗车店|停车牌坊|" +
	"surface_id|interface_id|interface_image|template_no|templateNumber|plate_tectonics_zone|face_count|roof_face|phone_number|wifi|capacity:disabled|patient_beds|inpatient_beds|handicapped_parking|parent_level|admin_level|" +
	"parent_id|owner|owner_org|unit_level|water_level|code_iris|iris_mode|geopolitical|politicaldivision|minzu_road|minzuzhongxue|fengxian_district|menhaopai|shangfangshan|national_road|sex|age_of_building|" +
	"门号牌|传染病院|残疾人专用车位|民族幼儿园|民族乡|流量预测|精神卫生中心|清真寺|教堂|寺庙|道观|church|mosque|temple|place_of_worship|health_centre|医疗机构|病床数|卫生室|警员类别|人员密集场所|人员数量|团结路|值班手台"

func TestWhatSoundsAlikeOnlyPasses(t *testing.T) {
	n := 0
	for name := range strings.SplitSeq(harmless, "|") {
		n++
		if b := limits.Name(name); b != nil {
			t.Errorf("%q: %v", name, b)
		}
	}
	if n < 150 {
		t.Errorf("only %d names", n)
	}
}

func TestListsOfValues(t *testing.T) {
	tests := []struct {
		values string
		kind   limits.Kind
	}{
		{"汉族|回族|藏族|其他", limits.Ethnicity},
		{"汉|回|满", limits.Ethnicity},
		{"01 汉族|03 回族", limits.Ethnicity},
		{"Han|Hui|Uygur|Tibetan", limits.Ethnicity},
		{"中共党员|共青团员|群众|民盟盟员", limits.Politics},
		{"群众|团员", limits.Politics},
		{"佛教|道教|伊斯兰教|无", limits.Religion},
		{"buddhist|muslim|christian|taoist", limits.Religion},
		{"甲|乙|丙", ""},
		{"土|水|沙|石|沥青", ""}, // surfaces of roads
		{"available|en_route|on_scene", ""},
		{"群众|治安|刑事|交通|火灾", ""}, // kinds of incidents
		{"", ""},
		{"学校|医院|银行", ""},
		{"怒|喜", ""},
		{"汉族|少数民族", limits.Ethnicity},
		{"汉|非汉", limits.Ethnicity},
		{"漢族|滿族|壯族", limits.Ethnicity},
		{"回族|其他", limits.Ethnicity},
		{"汉族", limits.Ethnicity},
		{"HA|HU|ZA|MG", limits.Ethnicity},
		{"党员|群众", limits.Politics},
		{"中共黨員|其他", limits.Politics},
		{"穆斯林|基督徒", limits.Religion},
		{"fojiao|daojiao", limits.Religion},
		{"同性恋|异性恋", limits.Sexuality},
		{"涉恐人员|涉稳人员|涉毒人员|在逃人员", limits.Watchlist},
		{"重点人员|一般人员", limits.Watchlist},
		{"蒙古|俄罗斯|朝鲜|中国|日本", ""}, // countries
		{"土|水", ""},
		{"保安|民警|辅警", ""},
		{"白|黑|棕", ""}, // colours of dogs
		{"GS|HA|HN|SH|TJ|NX", ""},
		{"KZ|UZ|TJ|KG", ""},
		{"01|02|03", ""},
		{"群众", ""}, {"是|否", ""}, {"其他", ""},
	}
	for _, tt := range tests {
		b := limits.Codes(strings.Split(tt.values, "|"))
		if (b == nil) != (tt.kind == "") || b != nil && b.Kind != tt.kind {
			t.Errorf("%s: %v", tt.values, b)
		}
	}
}

// identity makes an identity number with its check digit, from the formula of the standard written another way.
func identity(seventeen string) string {
	sum := 0
	for i, c := range seventeen {
		weight := 1
		for range 17 - i {
			weight = weight * 2 % 11
		}
		sum += int(c-'0') * weight
	}
	return seventeen + string("10X98765432"[sum%11])
}

func TestValues(t *testing.T) {
	// The specimen of GB 11643-1999, and one made by the formula.
	known, made := "11010519491231002X", identity("62050219900307123")
	tests := []struct {
		text string
		kind limits.Kind
	}{
		{known, limits.Identity},
		{strings.ToLower(known), limits.Identity},
		{made, limits.Identity},
		{"身份证" + made + "，住秦州区", limits.Identity},
		{"号码：" + made[:6] + " " + made[6:14] + " " + made[14:], limits.Identity},
		{made[:6] + "-" + made[6:14] + "-" + made[14:], limits.Identity},
		{"１１０１０５１９４９１２３１００２Ｘ", limits.Identity},
		{"13812345678", limits.Phone},
		{"联系人13812345678", limits.Phone},
		{"+86 138 1234 5678", limits.Phone},
		{"+8613812345678", limits.Phone},
		{"008613812345678", limits.Phone},
		{"138-1234-5678", limits.Phone},
		{"电话：１３８１２３４５６７８。", limits.Phone},
		{"0938-8213456/13812345678", limits.Phone},
		{"ID" + made, limits.Identity},
		{made + "abc", limits.Identity},
		{"sfz_" + known, limits.Identity},
		{"3 " + made, limits.Identity},
		{"2026-11-26 " + made, limits.Identity},
		{made[:6] + "\u200b" + made[6:], limits.Identity},
		{made[:6] + " – " + made[6:14] + " – " + made[14:], limits.Identity},
		{strings.Repeat("1 2 3 4 5 6 7 8 9 0 ", 9) + made, limits.Identity},
		{strings.Repeat("7", 200) + " " + made, limits.Identity},
		{"2026-11-26 13812345678", limits.Phone},
		{"0938-8213456 13812345678", limits.Phone},
		{"138\u200b12345678", limits.Phone},
		{"138–1234–5678", limits.Phone},
		{"138 12345678", limits.Phone},
		{"138\u00a01234\u00a05678", limits.Phone},
		{"𝟏𝟑𝟖𝟏𝟐𝟑𝟒𝟓𝟔𝟕𝟖", limits.Phone},
		{"①③⑧①②③④⑤⑥⑦⑧", limits.Phone},
		{"13812345678.", limits.Phone},
		{"Tel.13812345678", limits.Phone},
		{"TEL13812345678", limits.Phone},
		{"node/13812345678", limits.Phone},
		{"甘Ｅ１２３４５", limits.Plate},
		{"甘E12345、甘E54321", limits.Plate},
		{"粤Z1234港", limits.Plate},
		{"甘E1234学", limits.Plate},
		{"甘E12345", limits.Plate},
		{"甘E·12345", limits.Plate},
		{"甘ED12345", limits.Plate},
		{"京A1B2C3", limits.Plate},
		{"0938-8213456", ""},
		{"110", ""},
		{"9558801234567890123", ""},
		{"110105194912310021", ""}, // the check digit is wrong
		{"999999999999999999", ""},
		{"620502520000", ""},         // a station
		{"62050200001320000001", ""}, // a camera, GB/T 28181
		{"1998-11-26-001", ""},
		{"2026-11-26T08:00:00Z", ""},
		{"105.7213812345678", ""},
		{"SN13812345678", ""},
		{"13812345678A", ""},
		{"1795711869480", ""}, // milliseconds
		{"甘E1234警", ""},
		{"甘肃省天水市秦州区民族路12345号", ""},
		{"豫园 12345", ""},
		{"川A12", ""},
		{"清真寺", ""}, {"民族路小学", ""}, {"", ""},
	}
	for _, tt := range tests {
		b := limits.Value(tt.text)
		if (b == nil) != (tt.kind == "") || b != nil && b.Kind != tt.kind {
			t.Errorf("%q: %v", tt.text, b)
		}
		if b != nil && strings.ContainsAny(b.Error(), "34567") {
			t.Errorf("what it says tells the value: %s", b)
		}
	}
}

func TestNumbers(t *testing.T) {
	tests := []struct {
		name string
		v    any
		kind limits.Kind
	}{
		{"code", int64(13812345678), limits.Phone},
		{"code", 19912345678, limits.Phone},
		{"code", 13812345678.0, limits.Phone},
		{"code", 110105194912310021.0, limits.Identity}, // as a spreadsheet spoils it
		{"osm_remark", "13812345678", limits.Phone},
		{"osm_id", "110105194912310021", ""},
		{"osm_id", "11010519491231002X", limits.Identity},
		{"osm_id", "电话13812345678", limits.Phone},
		{"osm_id", int64(13812345678), ""},
		{"@id", "node/13812345678", ""},
		{"OSM_ID", "13812345678", ""},
		{"code", int64(110105194912310021), ""},
		{"code", int64(620502520000), ""},
		{"code", int64(12345678901), ""},
		{"code", int64(-13812345678), ""},
		{"area", 13812345678.25, ""},
		{"area", math.NaN(), ""}, {"area", math.Inf(1), ""}, {"area", 1e18, ""}, {"area", 3e17, ""},
		{"open", true, ""}, {"none", nil, ""},
	}
	for _, tt := range tests {
		b := limits.Of(tt.name, tt.v)
		if (b == nil) != (tt.kind == "") || b != nil && b.Kind != tt.kind {
			t.Errorf("%s %v: %v", tt.name, tt.v, b)
		}
	}
}

// places are values of places and things, which pass.
const places = "民族路|民族中学|民族东路12号|团结路|健康路|天水市民族中学|清真寺|后街清真寺|北关教堂|天主教堂|道教协会|church|St. Mary's Church|mosque|信访局|天水市信访接待中心|残疾人联合会|精神病医院|戒毒所|卫生院|第一人民医院|" +
	"0938-8213456|(0938)8213456|+86 938 8213456|010-82134567|010-82134567-8001|8213456|110|119|120|122|12345|400-800-1234|4008001234|95588|021-6321 1234|12389|" +
	"62050200001320000001|620502520000|620502001001|62050220261126|R2026112600017|GA/T 1400.1-2017|GB 11643-1999|9162050071902XXXXX|91620500719020000X|" +
	"2026-11-26|2026-11-26T08:00:00Z|2026-11-26 08:00:00|20261126080000|1795711869480|08:00-18:00|Mo-Fr 08:30-12:00,14:30-18:00|1 2 3 4 5 6 7 8 9 10 11|1,2,3,4,5,6,7,8,9,10,11|" +
	"105.7213812345678|34.58,105.72|105.72138 34.58123|POINT(105.7213812345 34.5812345678)|G30|G7011|S218|甘E1234警|甘A0012警|WJ甘1234|甘谷县|川菜馆|新Airport|新区|京东便利店|苏果超市|豫园12号|粤菜馆 2F|" +
	"SN13812345678|IMG_13812345678|A13812345678B|cam-13812345678z|0x13812345678|a3f13812345678b|550e8400-e29b-41d4-a716-446655440000|de305d54-75b4-431b-adb2-eb6b9e546014|ff:00:11:22:33:44:55:66:77:88:99|" +
	"978-7-302-51234-5|6901234567892|ISBN 9787302512345|10.0.0.1|192.168.100.200|rtsp://10.0.0.1:554/stream1|https://example.org/p?id=138|10²+20²+30²+40²+50²+60²|№ 7|①②③|3×4×5|1:500000|±0.000|#12345678901|汉族文化园|回民街|宗教路|犬只健康检查合格|狂犬疫苗 2026-03-01|人脸卡口 3 号|党群服务中心"

func TestValuesOfPlacesPass(t *testing.T) {
	n := 0
	for text := range strings.SplitSeq(places, "|") {
		n++
		if b := limits.Value(text); b != nil {
			t.Errorf("%q: %v", text, b)
		}
	}
	if n < 100 {
		t.Errorf("only %d values", n)
	}
}

// TestHarmlessValuesCostNothing: they are looked at for each text of each feature.
func TestHarmlessValuesCostNothing(t *testing.T) {
	for text := range strings.SplitSeq(places, "|") {
		if n := testing.AllocsPerRun(10, func() { limits.Value(text) }); n > 0 {
			t.Errorf("%q allocates %v times", text, n)
		}
	}
}

// TestTheCheckDigit: of the numbers that differ in the check digit only, one is an identity number.
func TestTheCheckDigit(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 1))
	for range 500 {
		seventeen := fmt.Sprintf("62%04d%d%02d%02d%03d", rng.IntN(10000), 1940+rng.IntN(80), 1+rng.IntN(12), 1+rng.IntN(28), rng.IntN(1000))
		refused := ""
		for _, c := range "0123456789X" {
			if limits.Value(seventeen+string(c)) != nil {
				refused += string(c)
			}
		}
		if refused != identity(seventeen)[17:] {
			t.Errorf("%s: %q are taken for check digits, %s is one", seventeen, refused, identity(seventeen)[17:])
		}
	}
}

// FuzzValue: an identity number between what is no digit and no gap is always found; nothing panics.
func FuzzValue(f *testing.F) {
	f.Add("号码", "。", uint32(7))
	f.Add("", "\xff", uint32(1<<31))
	f.Add("id_", "abc", uint32(5))
	f.Fuzz(func(t *testing.T, before, after string, seed uint32) {
		limits.Value(before + after)
		limits.Codes([]string{before, after})
		limits.Member(before)
		last, _ := utf8.DecodeLastRuneInString(before)
		first, _ := utf8.DecodeRuneInString(after)
		if between(last) || between(first) {
			return
		}
		rng := rand.New(rand.NewPCG(uint64(seed), 1))
		number := identity(fmt.Sprintf("62%04d%d%02d%02d%03d", rng.IntN(10000), 1940+rng.IntN(80), 1+rng.IntN(12), 1+rng.IntN(28), rng.IntN(1000)))
		if limits.Value(before+number+after) == nil {
			t.Errorf("%q between %q and %q passes", number, before, after)
		}
	})
}

// between tells whether a character may be within a number: a digit, or what has no width.
func between(r rune) bool { return unicode.In(r, unicode.N, unicode.Cf, unicode.Mn) }

// FuzzName: a name that is refused is refused with capitals, full width or separators, too; nothing panics.
func FuzzName(f *testing.F) {
	for _, names := range refused {
		for name := range strings.SplitSeq(names, "|") {
			f.Add(name)
		}
	}
	for name := range strings.SplitSeq(harmless, "|") {
		f.Add(name)
	}
	f.Fuzz(func(t *testing.T, name string) {
		b := limits.Name(name)
		if b == nil || !utf8.ValidString(name) {
			return
		}
		for _, same := range []string{" " + name, name + "_", name + "\u200b", width.Widen.String(name)} {
			if limits.Name(same) == nil {
				t.Errorf("%q is refused, %q is not", name, same)
			}
		}
	})
}

func BenchmarkValue(b *testing.B) {
	for name, text := range map[string]string{"name": "天水市秦州区石马坪街道派出所", "camera": "62050200001320000001", "time": "2026-11-26T08:00:00Z", "phone": "0938-8213456", "note": strings.Repeat("巡逻正常，无异常情况。", 20)} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if limits.Value(text) != nil {
					b.Fatal("it is refused")
				}
			}
		})
	}
}

func BenchmarkName(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		if limits.Name("duty_phone") != nil {
			b.Fatal("it is refused")
		}
	}
}
