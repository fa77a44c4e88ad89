#!/usr/bin/env bash
# Who finds the stick learns nothing, and what belongs to the community
# alone never lies in the district's folder: every value is searched for in
# every byte.
source "$(dirname "$0")/lib.sh"
needs age git
port=
found_district
community_by_files a zhizunong 知足弄社区 潮鸣街道
community_by_files b wanglanfu 望澜府社区 上塘街道

# Values of all three scopes that occur nowhere else.
federation=(特别太极拳队 罕见类别甲)
district=(罕见活动标题丙 罕见地点丁 7654321)
own=(夏女士甲乙 13857112233 腿脚不便需要上门)
club=$(put a club name=特别太极拳队 category=罕见类别甲 members=24 active=true)
put a activity club="$club" kind=clean_up title=罕见活动标题丙 place=罕见地点丁 \
	held_on=2024-05-01 participants=10 served=7654321 >/dev/null
put a person name=夏女士甲乙 phone=13857112233 note=腿脚不便需要上门 \
	birth_decade=1960 party_member=true >/dev/null

mkdir "$T/stick"
c a carry "$T/stick" >/dev/null
cp -a "$T/stick" "$T/first"
(($(find "$T/stick" -type f | wc -l) >= 2)) || fail "nothing lies on the stick"
d carry "$T/stick" >/dev/null
c b carry "$T/stick" >/dev/null
c a carry "$T/stick" >/dev/null
d carry "$T/stick" >/dev/null
c b carry "$T/stick" >/dev/null

# absent FOLDER VALUES...
absent() {
	local folder=$1 value
	shift
	for value in "$@"; do
		! grep -rqaF -e "$value" "$folder" || fail "'$value' can be read in $folder"
		! find "$folder" | grep -qF -e "$value" || fail "a name in $folder holds '$value'"
		! grep -rqaF -e "$(printf %s "$value" | base64 -w 0 | tr -d =)" "$folder" ||
			fail "'$value' can be read in $folder, in base64"
	done
}
absent "$T/stick" "${federation[@]}" "${district[@]}" "${own[@]}" \
	知足弄社区 望澜府社区 zhizunong wanglanfu 拱墅区 潮鸣街道 太极
ok "nothing on the stick can be read, names of communities neither ($(find "$T/stick" -type f | wc -l) files)"
for file in "$T"/stick/*/*; do
	[[ $(basename "$file") =~ ^[0-9a-f]{32}\.(heads|[0-9]+\.bundle\.age)$ ]] ||
		fail "a name that tells something: $file"
done
ok "names of files are MACs"

absent "$T/district" "${own[@]}"
d export person "$T/persons.csv" >/dev/null 2>&1
absent "$T/persons.csv" "${own[@]}"
d ledger export "$T/ledger.git" >/dev/null 2>&1
for object in $(git -C "$T/ledger.git" cat-file --batch-check --batch-all-objects | cut -d' ' -f1); do
	git -C "$T/ledger.git" cat-file -p "$object"
done >"$T/ledger.txt" 2>/dev/null
absent "$T/ledger.txt" "${own[@]}"
ok "a person's name, phone and note are nowhere in the district's folder, its tables, its ledger"
for value in "${federation[@]}" "${district[@]}"; do
	grep -qaF -e "$value" "$T/ledger.txt" || fail "'$value' has not reached the district"
done
ok "what the district may read has reached it"
same "of the person, too" "$(d list person --json | jq -c '[.records[].values | .birth_decade, has("name"), has("phone"), has("note")]')" \
	"[1960,false,false,false]"

same "the other community sees the club's name" \
	"$(c b list club --json | jq -r '.records[].values.name')" 特别太极拳队
same "but not how many members it has" \
	"$(c b list club --json | jq -c '.records[0].values | has("members")')" false
same "and no activity" "$(count_of b activity)" 0
same "and no person" "$(count_of b person)" 0
absent "$T/b" "${district[@]}" "${own[@]}"
ok "what is the district's or the community's own is nowhere in a neighbour's folder"

# Only those whom it concerns can open a file, with stock age.
d key age >"$T/district.key" 2>/dev/null
c b key age >"$T/b.key" 2>/dev/null
opened=0
for file in "$T"/first/*/*.age; do
	if age -d -i "$T/district.key" "$file" >"$T/plain" 2>/dev/null; then
		git -C "$T/ledger.git" bundle verify "$T/plain" >/dev/null 2>&1 ||
			fail "git bundle verify refuses what is sealed in $file"
		opened=$((opened + 1))
		! age -d -i "$T/b.key" "$file" >/dev/null 2>&1 ||
			fail "the other community can open what is for the district"
	fi
done
((opened >= 1)) || fail "age opens no file for the district"
ok "stock age opens what is for the district with its key, and git verifies it ($opened)"

sound a
sound b
sound district
ok "check finds nothing wrong"
all_shown
