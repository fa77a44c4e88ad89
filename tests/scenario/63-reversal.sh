#!/usr/bin/env bash
# A verdict can be reversed by a later one; and one that was made upon
# something that has changed since is refused, to be looked at again.
source "$(dirname "$0")/lib.sh"
source "$(dirname "$0")/review.sh"
serving_district
community a zhizunong 知足弄社区 潮鸣街道
community b wanglanfu 望澜府社区 上塘街道
d policy set club review >/dev/null 2>&1
club=$(put a club name=乒乓球队 category=乒乓)
sync a b
bundle=$(bundle_of club)
state() { line_field "$bundle" 1 '[.state, .verdict.state, .verdict.reviewer]'; }
judge() { d review "$@" >/dev/null 2>&1; }

judge accept "$bundle" --as 甲
same "accepted" "$(state)" '["applied","accepted","甲"]'
judge return "$bundle" --lines 1 --reason 名称不符 --as 乙
same "returned after all" "$(state)" '["returned","returned","乙"]'
sync a b
same "out everywhere" "$(district_count_of club) $(count_of a club) $(count_of b club)" "0 0 0"
same "in the inbox" "$(c a inbox --json | jq -r '.lines[].reason')" 名称不符
judge accept "$bundle" --lines 1 --as 甲
same "and accepted again" "$(state)" '["applied","accepted","甲"]'
sync a b
same "in again everywhere" "$(district_count_of club) $(count_of a club) $(count_of b club)" "1 1 1"
same "and in no inbox" "$(c a inbox --json | jq -c .lines)" "[]"
same "accepting once more changes nothing" \
	"$(d review accept "$bundle" --lines 1 --as 乙 --json 2>/dev/null | jq -c '[.accepted, .returned]')" "[0,0]"
same "not even who did" "$(state)" '["applied","accepted","甲"]'
same "the district's log has each, the newest first" \
	"$(d audit --json | jq -c '[.rows[] | select(.event == "judged") | .detail | tostring | if test("甲") then "甲" elif test("乙") then "乙" else "?" end]')" \
	'["乙","甲","乙","甲"]'
holds "and verifies" d audit --verify

c a put club "$club" name=知足乒乓球队 >/dev/null
sync a
bundle=$(bundle_of club)
base=$(d review show "$bundle" --json | jq -r .base)
exits "no base" 2 d review accept "$bundle" --base abc --as 甲
c a put club "$club" category=乒乓球 >/dev/null
sync a
judge accept "$(bundle_of club)" --as 甲
base=$(d review show "$bundle" --json | jq -r .base)
earlier=$(c a log --json | jq -r 'last(.bundles[] | select(.bundle | test("/federation@1$")) | select(.community == "zhizunong")).bundle')
judge return "$earlier" --lines 1 --reason 再看看 --as 乙
[[ $(d review show "$bundle" --json | jq -r .base) != "$base" ]] || fail "the base has not moved"
exits "what has moved since it was shown is not judged" 5 \
	d review accept "$bundle" --base "$base" --as 甲
base=$(d review show "$bundle" --json | jq -r .base)
holds "shown afresh, it is" d review accept "$bundle" --base "$base" --as 甲
judge accept "$earlier" --lines 1 --as 乙
accept_all
sync a b a
same "in the end nothing waits" "$(waiting)" 0
same "and all hold the same" "$(records_of b club)" "$(district_records_of club)"
balanced a b district
all_shown
