#!/usr/bin/env bash
# Two computers of one community, apart and together: both end with the
# same records, whoever was first, over the server and over a stick; what
# two people changed at once is a conflict that both can see.
source "$(dirname "$0")/lib.sh"
serving_district
community a zhizunong 知足弄社区 潮鸣街道
community a2 zhizunong 知足弄社区 潮鸣街道
community b wanglanfu 望澜府社区 上塘街道
sync() {
	local home
	for home in "$@"; do
		c "$home" sync >/dev/null
	done
}
agree() {
	same "$1: both hold the same" "$(hash_of a)" "$(hash_of a2)"
	[[ $(records_of a club) == "$(records_of a2 club)" ]] || fail "$1: the lists differ"
}

club=$(put a club name=太极拳队 category=太极拳 members=24 active=true)
person=$(put a person name=夏女士 phone=13857112233 birth_decade=1960)
activity=$(put a activity club="$club" kind=clean_up title=楼道大清扫 held_on=2024-05-01 \
	participants=20 served=30)
sync a a2 a
same "the second computer has the club" "$(count_of a2 club)" 1
same "and the person with name and phone, though the district cannot read them" \
	"$(c a2 get person "$person" --json | jq -r '.values | .name + " " + .phone')" \
	"夏女士 13857112233"
same "which the district does not have" \
	"$(d get person "$person" --json | jq -c '.values | [has("name"), has("phone")]')" \
	"[false,false]"
agree "after the first exchange"

# Apart: the same field, different fields, a sum, a deletion.
c a put club "$club" members=26 >/dev/null
c a2 put club "$club" members=28 >/dev/null
c a2 put club "$club" category=太极 >/dev/null
c a put activity "$activity" served+=5 >/dev/null
c a2 put activity "$activity" served+=7 >/dev/null
c a put person "$person" phone=13900000001 >/dev/null
c a2 put person "$person" note=腿脚不便 >/dev/null
doomed=$(put a club name=旧队 category=其他 members=3)
sync a a2
c a delete club "$doomed" >/dev/null
c a2 put club "$doomed" members=4 >/dev/null
sync a2 a a2 a a2
agree "after changes apart"
same "the later edit of one field is shown" "$(c a get club "$club" --json | jq .values.members)" 28
same "the edit of another field is kept" "$(c a get club "$club" --json | jq -r .values.category)" 太极
for home in a a2; do
	same "the conflict can be seen at $home, with both values" \
		"$(c "$home" conflicts --json | jq -c '[.conflicts[] | select(.field == "members" and .id == "'"$club"'") | .values[].value] | sort')" \
		"[26,28]"
	same "what both added is added up at $home" \
		"$(c "$home" get activity "$activity" --json | jq .values.served)" 42
	same "a person's fields are merged one by one at $home" \
		"$(c "$home" get person "$person" --json | jq -r '.values | .phone + " " + .note')" \
		"13900000001 腿脚不便"
	same "an edit that had not seen the deletion keeps the record at $home" \
		"$(c "$home" list club --json | jq '[.records[] | select(.id == "'"$doomed"'")] | length')" 1
done
same "the district sees the conflict, too" \
	"$(d conflicts --json | jq '[.conflicts[] | select(.field == "members" and .id == "'"$club"'")] | length')" 1
c a put club "$club" members=29 >/dev/null
sync a a2 a
same "writing the field again settles it" \
	"$(c a2 conflicts --json | jq '[.conflicts[] | select(.field == "members" and .open and .id == "'"$club"'")] | length')" 0
agree "after that"

# Over a stick alone.
stop_serving
mkdir "$T/stick"
put a club name=合唱团 category=合唱 members=9 active=true >/dev/null
put a2 club name=书法社 category=书法 members=7 active=true >/dev/null
put a2 person name=高先生 phone=13900001111 birth_decade=1950 >/dev/null
for home in a a2 a a2; do
	c "$home" carry "$T/stick" >/dev/null
done
agree "over a stick, without the district"
same "a person came over the stick" "$(count_of a person)" 2
for home in a a2 b; do
	sound "$home"
done
d carry "$T/stick" >/dev/null
sound district
same "the district gets all of it from the stick" "$(district_count_of club)" 4
ok "check finds nothing wrong at any of the four"
all_shown
