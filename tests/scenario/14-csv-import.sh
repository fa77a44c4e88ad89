#!/usr/bin/env bash
# Tables as people have them: any encoding, any line end, labels or names,
# quotes; all rows or none, or the good ones where that is asked for; every
# mistake with its line.
source "$(dirname "$0")/lib.sh"
needs iconv
port=
found_district
community_by_files a zhizunong 知足弄社区 潮鸣街道
cp -a "$T/a" "$T/fresh"
fresh() { rm -rf "$T/a"; cp -a "$T/fresh" "$T/a"; }

# The labels of this model, without the byte order mark.
IFS=, read -ra labels <<<"$(LANG=zh_CN.UTF-8 c a export club 2>/dev/null |
	sed '1s/^\xef\xbb\xbf//; 1s/\r$//; 1q')"
{
	echo "${labels[1]},${labels[2]},${labels[5]},${labels[4]}"
	cat <<'CSV'
太极拳队,太极拳,24,2004-05-01
"舞蹈队""晨曦""",舞蹈,31,2010-09-10
"合唱团,东门",合唱,,
CSV
} >"$T/utf8.csv"
names() { c a list club --json | jq -r '.records[].values.name' | LC_ALL=C sort; }
expected=$(printf '合唱团,东门\n太极拳队\n舞蹈队"晨曦"' | LC_ALL=C sort)

for kind in utf8 bom crlf cr gb18030 semicolon tab; do
	case $kind in
	utf8) cp "$T/utf8.csv" "$T/$kind.table" ;;
	bom) { printf '\357\273\277'; cat "$T/utf8.csv"; } >"$T/$kind.table" ;;
	crlf) sed 's/$/\r/' "$T/utf8.csv" >"$T/$kind.table" ;;
	cr) tr '\n' '\r' <"$T/utf8.csv" >"$T/$kind.table" ;;
	gb18030) iconv -f UTF-8 -t GB18030 "$T/utf8.csv" >"$T/$kind.table" ;;
	semicolon) sed 's/,/;/g; s/;东门/,东门/' "$T/utf8.csv" >"$T/$kind.table" ;;
	tab) sed 's/,/\t/g; s/\t东门/,东门/' "$T/utf8.csv" >"$T/$kind.table" ;;
	esac
	fresh
	holds "a table as $kind" c a import club "$T/$kind.table"
	same "has all of it" "$(names)" "$expected"
done
fresh
(cd "$T" && printf 'name,members\r\n太极拳队,24' >no-end.csv)
holds "names instead of labels, without a last line end" c a import club "$T/no-end.csv"
same "in it" "$(names)" 太极拳队

# ---- mistakes ----------------------------------------------------------

fresh
cat >"$T/bad.csv" <<'CSV'
name,members,founded_on,active
好队一,24,2004-05-01,true
坏队二,many,2004-05-01,true
"坏队三
在第四行",12,2004-13-45,true
坏队六,12
,7,,true
好队八,8,2020-02-29,是
坏队九,8,2021-02-29,maybe
CSV
exits "a table with mistakes" 1 c a import club "$T/bad.csv" --json
same "every row with one is named, by the line where it begins" \
	"$(jq -c '[.errors[].line] | unique' "$T/out")" "[3,4,6,7,9]"
same "a row with two has both" "$(jq '[.errors[] | select(.line == 9)] | length' "$T/out")" 2
same "with its column" "$(jq -r '.errors[] | select(.line == 3) | .column' "$T/out")" members
jq -e 'all(.errors[]; (.code | length > 0) and (.reason | length > 0))' "$T/out" >/dev/null ||
	fail "a mistake without a reason: $(cat "$T/out")"
same "nothing of it went in" "$(count_of a club)" 0
same "not even as something to sign" "$(c a status --json | jq .pending_lines)" 0
exits "for a person" 1 c a import club "$T/bad.csv"
says "with its line" "Line 4: "
exits "--keep-good --dry-run" 3 c a import club "$T/bad.csv" --keep-good --dry-run
same "changes nothing" "$(count_of a club)" 0
exits "--keep-good" 3 c a import club "$T/bad.csv" --keep-good --json
same "takes the others" "$(names | tr '\n' ' ')" "好队一 好队八 "
same "and counts both" "$(jq -c '[.rows, .created, .failed]' "$T/out")" "[7,2,5]"

fresh
holds "--dry-run of a good table" c a import club "$T/utf8.csv" --dry-run
same "changes nothing" "$(count_of a club)" 0
says "and shows which column is which" "members"
printf 'name,members,colour\n队,3,red\n' >"$T/unknown.csv"
exits "a column that is no field" 1 c a import club "$T/unknown.csv"
says "is named, with what there is" "colour"
same "nothing went in" "$(count_of a club)" 0
holds "unless it is to be left out" c a import club "$T/unknown.csv" --ignore colour
same "then it does" "$(count_of a club)" 1
exits "leaving out what is not there" 2 c a import club "$T/utf8.csv" --ignore colour
printf 'name,name\na,b\n' >"$T/twice.csv"
exits "a column twice" 1 c a import club "$T/twice.csv"
printf 'name,members\n"never closed,3\n' >"$T/open.csv"
exits "a quote that never ends" 1 c a import club "$T/open.csv"
printf 'name,members\n\377\376\000\001,3\n' >"$T/noise.csv"
exits "what is no text" 1 c a import club "$T/noise.csv"
: >"$T/empty.csv"
exits "an empty file" 1 c a import club "$T/empty.csv"
printf 'name,members\n' >"$T/header.csv"
holds "a header alone" c a import club "$T/header.csv"
printf 'PK\003\004 not really' >"$T/book.xlsx"
exits "a workbook" 1 c a import club "$T/book.xlsx"
says "with what to do about it" "CSV"
exits "a file that is not there" 1 c a import club "$T/nowhere.csv"
exits "a folder" 1 c a import club "$T"
mkfifo "$T/pipe.csv"
exits "a pipe" 1 timeout 10 "$linli" import club "$T/pipe.csv" --home "$T/a"
exits "an entity of the district" 4 c a import device "$T/header.csv"

# References by title, sums and unions.
fresh
put a club name=太极拳队 members=24 >/dev/null
cat >"$T/activities.csv" <<'CSV'
title,club,kind,held_on,participants,served,service_day
量血压,太极拳队,便民服务,2024/3/5,20,30,是
大扫除,太极拳队,clean_up,2024-03-06,12,5,no
无此队,没有的队,clean_up,2024-03-06,12,0,no
CSV
exits "a reference to a record that is not there" 1 c a import activity "$T/activities.csv"
says "is told with its line" "Line 4"
sed -i '$d' "$T/activities.csv"
holds "titles, labels and dates as people write them" c a import activity "$T/activities.csv"
same "are understood" \
	"$(c a list activity --json | jq -c '[.records[].values | [.kind, .held_on, .served, .service_day]]')" \
	'[["convenience_service","2024-03-05",30,true],["clean_up","2024-03-06",5,false]]'
sound a
all_shown
