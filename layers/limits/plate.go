package limits

import (
	"strings"
	"unicode/utf8"
)

// provinces begin a number plate.
const provinces = "京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼"

// others than the owner of a private car have these ends: learners, trailers, cars from Hong Kong and Macao.
const plateEnds = "学挂港澳"

// isPlate tells whether a text is a plate, or begins a list of them: 甘E12345, 甘E·D12345. Plates of the police end in
// 警 and pass; so does a plate inside of a sentence, where it may be the house number of a shop.
func isPlate(text string) bool {
	first, n := utf8.DecodeRuneInString(text)
	if first < 0x2E80 || !strings.ContainsRune(provinces, first) {
		return false
	}
	signs, digits := 0, 0
	for _, r := range text[n:] {
		if r >= '！' && r <= '～' { // full width
			r -= '！' - '!'
		}
		switch {
		case r >= 'A' && r <= 'Z' || r >= 'a' && r <= 'z':
			signs++
		case r >= '0' && r <= '9' && signs > 0:
			signs++
			digits++
		case strings.ContainsRune(plateEnds, r) && signs == 5:
			signs++
		case strings.ContainsRune("· -•.\u00a0\u200b\ufeff", r):
		case strings.ContainsRune(",;/|、；\n", r) && signs >= 6:
			return digits >= 3 && signs <= 7
		default:
			return false
		}
	}
	return digits >= 3 && (signs == 6 || signs == 7)
}
