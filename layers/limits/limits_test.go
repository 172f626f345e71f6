package limits_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/wardmap/wardmap/layers/limits"
)

// refused are names of what is not kept, as people write them.
var refused = map[limits.Kind]string{
	limits.Ethnicity: "民族|民族代码|户主民族|種族|族别|少数民族|所属民族名称|ethnicity|Ethnic_Group|ethnicGroup|ETHNIC|race|RACE_CODE|racial|nationality|minority|minzu|min_zu|mínzú|minzu_daima|MZ|mzdm|zuqun|民 族|民_族|民\u200b族",
	limits.Religion:  "宗教|宗教信仰|信仰|是否信教|教派|信教群众|宗教信仰代码|religion|Religious_Belief|faith|denomination|zongjiao|zongjiao_xinyang|zōngjiào|zjxy|religionCode",
	limits.Politics:  "政治面貌|政治面貌代码|政治面目|党派|是否党员|入党时间|政治倾向|民主党派|政審|政治面貌（代码）|political_status|politicalAffiliation|Political Party|party_member|partyMembership|politics|zhengzhimianmao|zheng_zhi_mian_mao|zzmm|dangyuan|dangpai",
	limits.Petition:  "信访|信访次数|上访|上访次数|上訪原因|进京非访|缠访|闹访人员|越级访|访民|petition|petitioner|petition_count|Petitioners|petitioning|xinfang|xin_fang_ci_shu|shangfang|shangfangcishu|XFCS",
	limits.Health:    "病史|疾病|患者姓名|既往史|残疾类型|殘疾等级|精神障碍|吸毒史|健康码|健康状况|血型|是否孕妇|艾滋病|传染病史|慢性病|disease|Diagnosis|medical_history|medicalRecord|disability|hiv_status|bloodType|blood_group|mental_health|patient_id|drug_user|addiction|pregnant|health_code|healthCondition|jibing|jiankangma|canji|xidu|xuexing|jingshenbing",
	limits.Sexuality: "性取向|性倾向|同性恋|性别认同|跨性别|sexual_orientation|sexualOrientation|sexuality|gender_identity|LGBT|homosexual|xingquxiang|tongxinglian",
	limits.Biometric: "指纹|指纹编号|人脸|人脸照片|人臉特征|虹膜|声纹|掌纹|步态特征|DNA编号|生物特征|基因|体貌特征|face|face_id|faceId|faceImage|face_feature|FaceTemplate|facial_embedding|fingerprint|finger_print|iris_code|voiceprint|dna|gait|biometric_id|zhiwen|renlian|hongmo",
	limits.Plate:     "车牌|车牌号|号牌号码|车辆号牌|機動車號|号牌种类|license_plate|licencePlate|plate_no|plateNumber|PLATE|number_plate|vehicle_plate|chepai|che_pai_hao|haopai|hphm|cphm|hpzl",
	limits.Phone:     "手机|手机号|手機號碼|联系人手机|移动电话|家庭电话|本人电话|手机串号|蓝牙地址|MAC|mac_address|macAddr|wifi_mac|IMEI|imsi|ICCID|msisdn|bssid|SSID|mobile|mobile_no|mobilePhone|cellphone|owner_phone|ownerPhone|shouji|shoujihao|sjh|sjhm|wechat|QQ",
	limits.Identity:  "身份证|身份证号|身份證號碼|公民身份号码|证件号码|證件編號|护照号|社会保障号|idcard|id_card|ID_CARD_NO|idCardNumber|identity_number|identityCard|national_id|citizenId|passport|passport_no|ssn|social_security_no|sfzh|SFZHM|sfz|shenfenzheng|shen_fen_zheng_hao|gmsfhm|zjhm|ｓｆｚｈ",
	limits.Score:     "风险|风险等级|人员风险评分|積分|信用分|可疑度|危险等级|管控级别|人员级别|行为预测|人员画像|risk|risk_level|riskScore|score|person_score|credit_score|creditScore|social_credit|threat_level|propensity|likelihood|fengxian|feng_xian_dengji|pingfen",
	limits.Watchlist: "重点人员|重点人员类别|重点人口|重点對象|布控|佈控类型|在逃|黑名单|前科|涉恐|涉稳|涉毒人员|社区矫正|刑满释放|嫌疑人|高危人员|watchlist|watch_list|WatchListId|blacklist|suspect|suspect_name|wanted|offender|criminal_record|zdry|zhongdianrenyuan|zhong_dian_ren_yuan|bukong|qianke",
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
	if n < 200 {
		t.Errorf("only %d variants", n)
	}
}

// harmless are names of places and things that only sound alike.
const harmless = "name|title|code|kind|class|address|remark|status|state|height|levels|org|district|surface|interface|roof_face_count|facing|trace|terrace|embrace|brace|brisk|asterisk|risky_bend_sign|" +
	"machine|macadam|stomach|template|plateau|platform|underscore|scoreboard|ethernet|ethernet_port|method|minimum|health|device_health|health_state|health_status|last_seen|online_rate|" +
	"hospital|hospital_beds|vaccine_due|vaccine|sterilised|breed|tag_id|licence_no|licence_no_hash|serial|device_id|sim_slot|battery|accuracy|phone|telephone|office_phone|duty_phone|station_phone|" +
	"call_sign|vehicle_kind|fleet_no|bus_no|route_no|policeman_count|officers|skills|equipment|shift|beat|patrol_count|case_no|incident_no|camera_no|channel|resolution|auto_iris|focal_length|bearing|" +
	"名称|编号|地址|电话|值班电话|单位电话|办公电话|联系电话|健康状态|设备健康|在线率|医院|卫生院|床位数|民族路|民族中学|民族小学|健康路|信访局|信访接待室|残疾人联合会|残疾人坡道|无障碍通道|宗教活动场所|" +
	"火灾风险|地质灾害风险|风险点|重点单位|重点部位|防护级别|保卫等级|门牌|号码段|楼层|层数|高度|路面部件|墙面部位|故障诊断|视频质量诊断|疫苗到期|犬种|绝育|免疫|犬牌号|围栏|巡区|必到点|警力|警车编号|呼号|技能|装备|党群服务中心|党员活动室|戒毒所|精神病医院|传染病医院|指挥中心|指向|指数|人口|人数|户数|种类|类型|性质|等级|级别|面积|部位|面向|面宽|血站|血库|接种点|手动|手续|机动|洗车店|停车牌坊"

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
		if b != nil && strings.ContainsAny(b.Error(), "3456") {
			t.Errorf("what it says tells the value: %s", b)
		}
	}
	for n, kind := range map[int64]limits.Kind{13812345678: limits.Phone, 110105194912310021: "", 620502520000: "", 12345678901: "", 19912345678: limits.Phone, 7: "", -13812345678: ""} {
		if b := limits.Number(n); (b == nil) != (kind == "") {
			t.Errorf("%d: %v", n, b)
		}
	}
}

// FuzzValue: an identity number between whatever is no digit, letter or gap is always found; nothing panics.
func FuzzValue(f *testing.F) {
	f.Add("号码", "。", uint32(7))
	f.Add("", "\xff", uint32(1<<31))
	f.Fuzz(func(t *testing.T, before, after string, seed uint32) {
		limits.Value(before + after)
		limits.Name(before + after)
		limits.Codes([]string{before, after})
		if strings.ContainsAny(before+after, "0123456789xX-－ ._") || strings.ContainsFunc(before+after, func(r rune) bool {
			return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '０' && r <= '９' || r == 'Ｘ' || r == 0xFFFD
		}) {
			return
		}
		rng := rand.New(rand.NewPCG(uint64(seed), 1))
		number := identity(fmt.Sprintf("62%04d%d%02d%02d%03d", rng.IntN(10000), 1940+rng.IntN(80), 1+rng.IntN(12), 1+rng.IntN(28), rng.IntN(1000)))
		if limits.Value(before+number+after) == nil {
			t.Errorf("%q between %q and %q passes", number, before, after)
		}
	})
}

func BenchmarkValue(b *testing.B) {
	for name, text := range map[string]string{"name": "天水市秦州区石马坪街道派出所", "camera": "62050200001320000001", "time": "2026-11-26T08:00:00Z", "note": strings.Repeat("巡逻正常，无异常情况。", 20)} {
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
