#!/usr/bin/env bash
# Every value of a seeded data set is searched for in every byte of a stick and of a
# neighbour's home: as it is, in base64 at each offset and in GB18030.  A value that is
# planted there is found.
source "$(dirname "$0")/lib.sh"
needs iconv base64
seed=${LINLI_SEED:-7}
serving_district
community a zhizunong 知足弄社区 潮鸣街道
community b wanglanfu 望澜府社区 上塘街道
for home in a b; do c "$home" sync >/dev/null 2>&1; done

# words N: that many lines with a name, a phone number and a note each
words() {
	awk -v seed="$seed" -v n="$1" 'BEGIN {
		srand(seed)
		split("李 王 张 刘 陈 杨 黄 赵 吴 周", family, " ")
		split("春 夏 秋 冬 梅 兰 竹 菊 明 芳", given, " ")
		for (i = 1; i <= n; i++) {
			name = family[int(rand() * 10) + 1] given[int(rand() * 10) + 1] given[int(rand() * 10) + 1]
			printf "%s%04d,1%010d,备注%06d号行动不便\n", name, i, rand() * 10000000000, rand() * 1000000
		}
	}'
}
{ echo "name,phone,note"; words 120; } >"$T/persons.csv"
{ echo "name,category"; words 60 | awk -F, '{ print "队伍" $1 "," $3 }'; } >"$T/clubs.csv"
{ echo "title,place,held_on"; words 60 | awk -F, '{ print "活动" $2 ",地点" $1 ",2024-05-01" }'; } >"$T/activities.csv"
c a import person "$T/persons.csv" >/dev/null
c a import club "$T/clubs.csv" >/dev/null
c a import activity "$T/activities.csv" >/dev/null

# All that is stored, as a reader would see it; what is shorter than 6 bytes is everywhere by chance.
for entity in person club activity; do
	c a list "$entity" --json | jq -r '.records[].values | .. | strings'
done | sort -u >"$T/all"
awk 'length($0) >= 2' "$T/all" | LC_ALL=C awk 'length($0) >= 6' >"$T/values"
printf '%s\n' zhizunong wanglanfu 知足弄社区 望澜府社区 潮鸣街道 拱墅区 >>"$T/values"
echo "NOTE: $(($(wc -l <"$T/all") + 6 - $(wc -l <"$T/values"))) values of less than 6 bytes were not searched for"
(($(wc -l <"$T/values") > 300)) || fail "too few values: $(wc -l <"$T/values")"

# What to look for: raw bytes in one file for grep -F, in each way of writing.
cp "$T/values" "$T/raw"
: >"$T/base64"
while read -r value; do
	# At each of the three offsets; the ends depend on what stands beside.
	for pad in "" x xx; do
		printf '%s%s' "$pad" "$value" | base64 -w 0 | sed -E 's/^.{4}//; s/.{4}$//; s/=+$//'
		echo
	done
done <"$T/values" | awk 'length($0) >= 8' >>"$T/base64"
iconv -f UTF-8 -t GB18030 "$T/values" >"$T/gb18030"

# leaks FOLDER: files in which anything can be read, or whose names say it
leaks() {
	local how
	for how in raw base64 gb18030; do
		LC_ALL=C grep -rlaFf "$T/$how" "$1" || true
	done
	find "$1" -printf '%f\n' | LC_ALL=C grep -aFf "$T/raw" || true
}

# ---- the search finds what is there ----
mkdir "$T/planted"
value=$(sed -n 100p "$T/values")
n=0
for how in "printf %s $value" "printf x%syz $value" "printf xy%sz $value"; do
	n=$((n + 1))
	{ head -c 3000 /dev/urandom; $how; head -c 3000 /dev/urandom; } >"$T/planted/raw$n"
	{ echo; head -c 300 /dev/urandom | base64 -w 0; } >"$T/planted/clean$n"
	{ head -c 300 /dev/urandom; $how; head -c 300 /dev/urandom; } | base64 -w 0 >"$T/planted/base64$n"
done
printf %s "$value" | iconv -f UTF-8 -t GB18030 >"$T/planted/gb"
: >"$T/planted/$value"
same "what is planted is found, in each way of writing" "$(leaks "$T/planted" | sed 's|.*/||' | sort -u | wc -l)" 8
[[ -z $(leaks "$T/planted" | grep clean) ]] || fail "it finds what is not there"
ok "and what is not there is not"
grep -qaF "$value" "$T/a/store.db" "$T/a/store.db-wal" 2>/dev/null || fail "the value is not even in the home"
ok "in the home where it belongs it can be read"

# ---- the stick ----
mkdir "$T/stick"
c a carry "$T/stick" >/dev/null 2>&1
cp -a "$T/stick" "$T/first"
d carry "$T/stick" >/dev/null 2>&1
c b carry "$T/stick" >/dev/null 2>&1
c a carry "$T/stick" >/dev/null 2>&1
for folder in first stick; do
	(($(find "$T/$folder" -type f | wc -l) >= 2)) || fail "nothing lies on the stick"
	found=$(leaks "$T/$folder")
	[[ -z $found ]] || fail "readable on the stick: $found"
done
ok "none of $(wc -l <"$T/values") values can be read on the stick ($(du -sb "$T/first" | cut -f1) bytes)"
cp "$(find "$T/stick" -name '*.age' -o -name '*.heads' | head -n 1)" "$T/planted/leaky"
printf %s "$value" >>"$T/planted/leaky"
leaks "$T/planted" | grep -q leaky || fail "a leak in a file of the stick is not found"
ok "a value added to one of its files is found"

# ---- a neighbour, who carries it unread ----
"$linli" serve --lan --listen 127.0.0.1:0 --home "$T/b" >"$T/b.log" 2>&1 9>&- &
neighbour=$!
eventually "the neighbour listens" 20 grep -q '^listening ' "$T/b.log"
at=http://127.0.0.1:$(sed -nE 's/^listening .* port ([0-9]+).*/\1/p' "$T/b.log")
c a put person name=郑独特甲乙 phone=13999990001 note=只有本社区知道的事情 >/dev/null
printf '%s\n' 郑独特甲乙 13999990001 只有本社区知道的事情 >"$T/raw"
c a sync "$at" --json >"$T/out" 2>/dev/null || true
code=$(jq -r .error.detail "$T/out" | grep -oE '[0-9]{4} [0-9]{4}' | head -n 1)
holds "handed to a neighbour" c a sync "$at" --code "$code"
kill -TERM "$neighbour"
{ wait "$neighbour" || true; } 2>/dev/null
c b custody --json | jq -e '[.custody[] | select(.audience == "district")] | length > 0' >/dev/null ||
	fail "the neighbour carries nothing"
found=$(LC_ALL=C grep -rlaFf "$T/raw" "$T/b" || true)
[[ -z $found ]] || fail "readable at the neighbour: $found"
ok "a neighbour that carries it has nothing that can be read in its home"
all_shown
