#!/usr/bin/env bash
# What is exported can be imported: the same table changes nothing where it
# came from, and makes the same records where they are not -- in both
# languages, in GB18030, with cells that a spreadsheet would take for
# formulas.
source "$(dirname "$0")/lib.sh"
port=
found_district
community_by_files a zhizunong 知足弄社区 潮鸣街道
community_by_files b wanglanfu 望澜府社区 上塘街道
put a compound name=知足弄小区 kind=old households=820 floor_area=54321.05 eligible=true >/dev/null
for name in 太极拳队 '=1+1' '+86 571' '-5' '@all' "'quoted" '"q","r"' $'two\nlines' '1,5' '  blanks inside  x'; do
	put a club name="$name" category="$name" members=7 active=true founded_on=2004-05-01 >/dev/null
done
put a activity title=量血压 kind=convenience_service held_on=2024-03-05 club=太极拳队 \
	compound=知足弄小区 participants=20 served=30 service_day=true note=$'一\n二' >/dev/null
put a person name=夏女士 phone=013857112233 birth_decade=1960 party_member=false \
	roles+=volunteer roles+=leader >/dev/null 2>&1 ||
	put a person name=夏女士 phone=013857112233 birth_decade=1960 roles+=volunteer >/dev/null
put a project title=加装电梯 compound=知足弄小区 category=lift_added units=6 budget=700000.05 >/dev/null 2>&1 ||
	put a project title=加装电梯 compound=知足弄小区 units=6 budget=700000.05 >/dev/null
c a pack >/dev/null
before=$(hash_of a)

values_of() { c "$1" list "$2" --json | jq -cS '[.records[].values | del(.community)] | sort'; }
entities=(compound club activity person project)
for how in "" "--names" "--gb18030" "--names --gb18030"; do
	for language in C.UTF-8 zh_CN.UTF-8; do
		read -ra options <<<"$how"
		for entity in "${entities[@]}"; do
			LANG=$language c a export "$entity" "$T/$entity.csv" "${options[@]}" 2>/dev/null
			LANG=$language c a import "$entity" "$T/$entity.csv" --json >"$T/out" 2>"$T/err" ||
				fail "import of $entity, $language $how: $(cat "$T/out" "$T/err")"
			jq -e '.created == 0 and .updated == 0 and .failed == 0' "$T/out" >/dev/null ||
				fail "import of $entity where it came from, $language $how: $(cat "$T/out")"
		done
		same "exported and imported where it came from (${language%%.*}${how:+ $how}): nothing to sign" \
			"$(c a status --json | jq .pending_lines)" 0
	done
done
same "nothing has changed" "$(hash_of a)" "$before"

# Somewhere else, without ids and references.
for entity in club person; do
	c a export "$entity" "$T/$entity.csv" --names 2>/dev/null
	sed '1s/^\(\xef\xbb\xbf\)\?id/\1old/' "$T/$entity.csv" >"$T/new.csv"
	ignored=old
	[[ $entity != club ]] || ignored=old,community
	holds "$entity goes in elsewhere" c b import "$entity" "$T/new.csv" --ignore "$ignored"
	same "$entity: every value is the same" "$(values_of b "$entity")" "$(values_of a "$entity")"
done
grep -qE "^'?=|,=" <(c a export club | tr -d '"' | grep -v "'=") && fail "a formula in the table"
ok "no cell begins as a formula"
c a export club name=太极拳队 >"$T/one.csv"
same "a filter narrows the table" "$(wc -l <"$T/one.csv")" 2
c a export club - >"$T/stdout.csv" 2>/dev/null
c a export club "$T/file.csv" 2>/dev/null
cmp "$T/stdout.csv" "$T/file.csv" || fail "the file differs from standard output"
ok "standard output is the same as a file"
exits "a table that is to be a workbook" 2 c a export club "$T/clubs.xlsx"
sound a
sound b
all_shown
