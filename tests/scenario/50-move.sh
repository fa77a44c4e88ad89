#!/usr/bin/env bash
# A club and a resident move to another community, over the server and over
# a stick: the new holder has all of it, edits made too late arrive there,
# nobody takes what was not given, and nothing of a resident's name reaches
# the district.  A club that was entered twice becomes one.
source "$(dirname "$0")/lib.sh"
serving_district
community a zhizunong 知足弄社区 潮鸣街道
community b wanglanfu 望澜府社区 上塘街道
community c chaoming 潮鸣社区 潮鸣街道
sync() {
	local home
	for home in "$@"; do
		c "$home" sync >/dev/null
	done
}
get() { c "$1" get "$2" "$3" --json | jq -r ".values.$4"; }

# ---- a club, over the server --------------------------------------------

club=$(put a club name=太极拳队 category=太极拳 members=24 active=true)
sync a b c
exits "who holds it not cannot give it away" 4 c b move club "$club" --to chaoming
exits "nobody gives to a community that is not there" 1 c a move club "$club" --to nowhere
says "and is told so" 'no such community'
c a move club "$club" --to wanglanfu >/dev/null
exits "an offer is to one community at a time" 1 c a move club "$club" --to chaoming
c c take club "$club" >/dev/null
sync a c a b
same "who was not offered it has not got it" "$(c c moves --json | jq -c '[.moves[].state]')" '["taken"]'
exits "and cannot write it" 4 c c put club "$club" members=1
c b take club "$club" >/dev/null
sync b
same "the district has confirmed" \
	"$(d moves --json | jq -c '[.moves[] | select(.state == "done") | [.from, .to]]')" \
	'[["zhizunong","wanglanfu"]]'
c a put club "$club" members=26 >/dev/null # a does not know yet
sync b a b a c
same "the new holder has its values, and the edit made too late" "$(get b club "$club" members)" 26
same "its category" "$(get b club "$club" category)" 太极拳
same "the club is counted there" "$(get c club "$club" community)" wanglanfu
exits "the old holder is told who holds it" 4 c a put club "$club" members=30
says "by name" 'wanglanfu'
holds "its history stays readable" c a history club "$club"
says "and says where the club went" 'wanglanfu|望澜府'
same "what was routed can be seen" \
	"$(c b list move_route --json | jq -r '.records[].values.outcome')" written
d audit --json >"$T/audit"
grep -q '"moved"' "$T/audit" && grep -q '"move_routed"' "$T/audit" ||
	fail "the audit log does not say it: $(cat "$T/audit")"
ok "the audit log says so"
c b put club "$club" members=31 >/dev/null
sync b c
same "the new holder's word reaches the district" \
	"$(d get club "$club" --json | jq .values.members)" 31

# ---- a resident, over a stick ---------------------------------------------

stop_serving
mkdir "$T/stick"
carry() {
	local home
	for home in "$@"; do
		if [[ $home == district ]]; then
			d carry "$T/stick" >/dev/null
		else
			c "$home" carry "$T/stick" >/dev/null
		fi
	done
}
person=$(put a person name=夏女士 phone=13857112233 birth_decade=1960)
c a put person "$person" phone=13900000001 >/dev/null
carry a district
exits "names and phones need a handover" 2 c a move person "$person" --to wanglanfu
holds "which is a file" c a move person "$person" --to wanglanfu -o "$T/handover"
! grep -aq 13900000001 "$T/handover" || fail "the handover can be read by anybody"
ok "sealed"
exits "another community cannot open it" 4 c c take "$T/handover"
head -c 700 "$T/handover" >"$T/cut"
exits "a file that was cut is refused" 1 c b take "$T/cut"
same "trying says what it would do" \
	"$(c b take "$T/handover" --dry-run --json | jq -c '[.entity, .from, .dry_run]')" \
	'["person","zhizunong",true]'
holds "the other takes it" c b take "$T/handover"
carry b a district b a district b a
same "name and phone have moved" "$(get b person "$person" name) $(get b person "$person" phone)" \
	"夏女士 13900000001"
same "what the district knows, too" "$(get b person "$person" birth_decade)" 1960
same "the district still has no name" \
	"$(d get person "$person" --json | jq -c '.values | [has("name"), has("phone")]')" \
	"[false,false]"
same "the resident is no longer listed where they were" "$(count_of a person)" 0
same "the lines of the handover are shown, and by whom" \
	"$(c b history person "$person" --json | jq -c '[.handed_over[].from] | unique')" '["zhizunong"]'
exits "the old community does not find the resident" 1 c a get person "$person"
says "and is told where" 'wanglanfu'

# What the old community kept, and what came in the handover, can be erased.
same "the old community keeps the history" \
	"$(c a history person "$person" --json | jq -c '[.lines[].change.put.phone // empty] | length')" 2
holds "until it erases it" c a erase person "$person" --order 本人要求
c a pack >/dev/null
same "then it has no phone any more" \
	"$(c a history person "$person" --json 2>/dev/null | jq -c '[.lines[]?.change.put.phone // empty] | length')" 0
holds "the new community erases as well" c b erase person "$person" --order 本人要求
c b pack >/dev/null
same "with what was handed over" "$(c b history person "$person" --json | jq -c .handed_over)" '[]'
same "and it shows no name" "$(get b person "$person" name)" null
carry a b district

# ---- duplicates ----------------------------------------------------------

keep=$(put b club name=合唱团 members=30)
twice=$(put b club name=合唱队 members=31 backbone=4)
act=$(put b activity club="$twice" title=排练 held_on=2024-05-01)
before=$(hash_of b)
same "trying shows every line that would be written" \
	"$(c b merge club "$twice" --into "$keep" --dry-run --json | jq -c '[.filled, .different, .references, (.lines | length > 3)]')" \
	'[1,2,1,true]'
same "and writes nothing" "$(hash_of b)" "$before"
holds "the duplicate is merged" c b merge club "$twice" --into "$keep"
carry b c district c
same "what was missing is there" "$(d get club "$keep" --json | jq .values.backbone)" 4
same "the activity is the remaining club's" \
	"$(d get activity "$act" --json | jq -r .values.club)" "$keep"
same "the old id says where it went, also at a neighbour's" \
	"$(c c get club "$twice" --json | jq -r '.merged_into')" "$keep"
theirs=$(put c club name=合唱团)
carry c district b
exits "of two communities, one record is moved first" 4 c b merge club "$theirs" --into "$keep"
says "which is said" 'move'

for home in a b c district; do
	sound "$home"
done
ok "check finds nothing wrong anywhere"
all_shown
