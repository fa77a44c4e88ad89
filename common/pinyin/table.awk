# awk -f table.awk < Unihan_Readings.txt: a C array with, for each character
# from U+4E00 to U+9FFF, a bit for every letter (a = 1) with which one of its
# Mandarin readings begins.  The readings are Unicode's, of dictionaries of
# today's language (kXHC1983, kTGHZ2013, kHanyuPinlu, kMandarin).
BEGIN {
	FS = "\t"
	from["a"] = "ā á ǎ à"; from["e"] = "ē é ě è ê"; from["o"] = "ō ó ǒ ò"
	from["m"] = "ḿ"; from["n"] = "ń ň ǹ"
	for (letter in from) {
		count = split(from[letter], marked, " ")
		for (i = 1; i <= count; i++) {
			plain[marked[i]] = letter
		}
	}
	for (i = 0; i < 26; i++) {
		bit[sprintf("%c", 97 + i)] = i
	}
}
# The letter with which ${reading} begins, without its tone.
function letter_of(reading,   one, i) {
	one = substr(reading, 1, 1)
	if (one in bit) {
		return one
	}
	for (i = 2; i <= 3; i++) {
		one = substr(reading, 1, i)
		if (one in plain) {
			return plain[one]
		}
	}
	return ""
}
$2 == "kMandarin" || $2 == "kHanyuPinlu" || $2 == "kTGHZ2013" || $2 == "kXHC1983" {
	code = 0
	for (i = 3; i <= length($1); i++) {
		code = code * 16 + index("0123456789ABCDEF", substr($1, i, 1)) - 1
	}
	if (code < 19968 || code > 40959) {
		next
	}
	count = split($3, readings, /[ ,]/)
	for (i = 1; i <= count; i++) {
		sub(/^[^:]*:/, "", readings[i])
		letter = letter_of(readings[i])
		if (letter != "" && !((code, letter) in seen)) {
			seen[code, letter] = 1
			mask[code] += 2 ^ bit[letter]
		}
	}
}
END {
	print "/* Made by table.awk from Unicode's Unihan database. */"
	print "#include \"pinyin_table.h\"\n"
	print "const uint32_t pinyin_table[PINYIN_LAST - PINYIN_FIRST + 1] = {"
	for (code = 19968; code <= 40959; code++) {
		printf "%s%d,%s", code % 12 == 0 ? "\t" : "", mask[code], code % 12 == 11 ? "\n" : " "
	}
	print "\n};"
}
