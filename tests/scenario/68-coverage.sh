#!/usr/bin/env bash
# Every figure says what it covers: who has reported and who has not, how many
# lines wait for a person, how many conflicts are open; and a recount comes to
# the same.  Receipts tell a community of its conflicts.
source "$(dirname "$0")/lib.sh"
source "$(dirname "$0")/review.sh"
serving_district
community a zhizunong 知足弄社区 潮鸣街道
community a2 zhizunong 知足弄社区 潮鸣街道
community b wanglanfu 望澜府社区 上塘街道
invite "$T/silent.invitation" cuihu 翠湖社区 上塘街道 # never joins
coverage() { d stats club_count "$@" --json | jq -c '.figures[0] | [.value, .coverage.included, .coverage.expected, (.coverage.silent | length), .coverage.waiting_lines, .coverage.open_conflicts]'; }

put a club name=太极拳队 category=太极拳 members=24 active=true >/dev/null
sync a
same "one of three has reported" "$(coverage)" "[1,1,3,2,0,0]"
put b club name=合唱团 category=合唱 members=9 active=true >/dev/null
sync b
same "two of three" "$(coverage)" "[2,2,3,1,0,0]"
same "who is silent is named" "$(d stats club_count --json | jq -c '[.figures[0].coverage.silent[] | if type == "object" then (.community // .name) else . end]')" '["cuihu"]'
d policy set club review >/dev/null 2>&1
put b club name=书画社 category=书画 members=12 active=true >/dev/null
sync b
same "what waits (a line in each scope) is no part of the figure, and is told beside it" "$(coverage)" "[2,2,3,1,2,0]"
accept_all
same "accepted, it counts" "$(coverage)" "[3,2,3,1,0,0]"

# A conflict that is open, at the district and in the receipt.
d policy set club accept >/dev/null 2>&1
club=$(d list club --json | jq -r '.records[] | select(.values.name == "太极拳队").id')
sync a a2
c a put club "$club" members=26 >/dev/null 2>&1
c a2 put club "$club" members=28 >/dev/null 2>&1
sync a a2 a a2
same "the community's receipts tell of the conflict" \
	"$(c a log --json | jq '[.bundles[].receipt // empty | .conflicts] | add > 0')" true
same "beside what became of each bundle's lines" \
	"$(c a log --json | jq -c '[.bundles[] | select(.receipt != null) | .line_count == (.receipt | .applied + .waiting + .returned)] | unique')" "[true]"
same "the district tells it beside the figures it concerns, decided ones not" \
	"$(d conflicts --json | jq '[.conflicts[] | select(.field == "members")] | length') $(coverage)" "1 [3,2,3,1,0,0]"
# One that a person must settle stands beside the figures that it concerns.
topic=$(put a topic title=加装电梯 raised_on=2024-01-05)
vote=$(put a resolution topic="$topic" owners_total=100 owners_voted=80 owners_for=70)
sync a
accept_all
sync a a2
c a put resolution "$vote" owners_for=71 >/dev/null 2>&1
c a2 put resolution "$vote" owners_for=72 >/dev/null 2>&1
sync a a2
accept_all
open_beside() { d stats --json | jq '[.figures[].coverage.open_conflicts] | max'; }
same "an open conflict is told beside figures" "$(open_beside)" 1
d resolve resolution "$vote" owners_for=72 >/dev/null 2>&1
same "settled, it is not any more" "$(open_beside)" 0
sync a a2 a a2
holds "a person reads the coverage as well" d stats club_count
says "beside the figure" "2.*3"
same "a recount from scratch finds every figure as it stands" "$(d check --json | jq -c '[.ok, (.figures > 0)]')" "[true,true]"
balanced a a2 b district
stop_serving
all_shown
