#!/usr/bin/env bash
# The district says what is looked at before it counts: an entity, a field,
# each device's first bundle; some entities always are.  What nobody named
# is accepted at once, and a policy says nothing of what came before it.
source "$(dirname "$0")/lib.sh"
source "$(dirname "$0")/review.sh"
serving_district
community a zhizunong 知足弄社区 潮鸣街道

same "at first nothing but what the model says is reviewed" \
	"$(d policy --json | jq -c '[.policies, .always_reviewed]')" '[[],["committee_member","resolution"]]'
old=$(put a club name=老年合唱团 category=合唱 members=30)
sync a
same "what comes before any policy counts at once" "$(district_count_of club)" 1
holds "a policy for an entity" d policy set club review
holds "one for a field, with two reviewers, by their labels" \
	d policy set 物业矛盾纠纷.办理结果 review --reviewers 2
same "both are listed, with the line that set each" \
	"$(d policy --json | jq -c '[.policies[] | [.entity, .field, .mode, .reviewers, (.since | test("^[0-9a-f]{16}[.]1/federation@[0-9]+#[0-9]+$"))]]')" \
	'[["club",null,"review",1,true],["dispute","outcome","review",2,true]]'
same "what counted goes on counting" "$(waiting) $(district_count_of club)" "0 1"

put a club name=乒乓球队 category=乒乓 members=12 >/dev/null
with=$(put a dispute category=parking opened_on=2024-03-01 outcome=open)
without=$(put a dispute category=noise opened_on=2024-03-02)
sync a a
same "the club waits" "$(district_count_of club)" 1
same "of the disputes the one that changes the field" \
	"$(district_records_of dispute | jq -r .id)" "$without"
same "which both say why" "$(d review list --json | jq -c '[.bundles[].reasons] | add | unique')" '["policy"]'
same "the community counts its own at once" "$(count_of a club) $(count_of a dispute)" "2 2"
same "and is told how many wait" "$(c a status --json | jq .waiting_lines)" "$(waiting)"

exits "a reviewer alone does not do for the field" 0 \
	d review accept "$(bundle_of dispute)" --as 甲 --lines "$(line_of "$(bundle_of dispute)" dispute)"
exits "no such entity" 2 d policy set nosuch review
exits "no such field" 2 d policy set club.nosuch review
exits "neither accept nor review" 2 d policy set club perhaps
exits "three reviewers" 2 d policy set club review --reviewers 3
exits "reviewers of what is accepted" 2 d policy set club accept --reviewers 2
holds "it can be tried first" d policy set score review --dry-run
same "which changes nothing" "$(d policy --json | jq '.policies | length')" 2

before=$(waiting)
d policy set club accept >/dev/null 2>&1
same "taking a policy back lets what waits wait on" "$(waiting)" "$before"
put a club name=太极拳队 category=太极拳 >/dev/null
sync a
same "and accepts what comes from now on" "$(district_records_of club | jq -r .values.name | sort | tr '\n' ' ')" \
	"太极拳队 老年合唱团 "

d policy set first-bundle review >/dev/null 2>&1
community b wanglanfu 望澜府社区 上塘街道
put b club name=舞蹈队 category=舞蹈 >/dev/null
sync b
same "the first bundle of a new computer waits" "$(d review list --json | jq -c '[.bundles[] | select(.community == "wanglanfu") | .reasons] | unique')" '[["first_bundle"]]'
put a club name=书法社 category=书法 >/dev/null
sync a
same "not one of a computer that is known" "$(district_records_of club | grep -c 书法社)" 1
accept_all 甲
accept_all 乙
put b club name=腰鼓队 category=腰鼓 >/dev/null
sync b
same "nor the second" "$(district_records_of club | grep -c 腰鼓队)" 1

topic=$(put a topic title=加装电梯 raised_on=2024-01-05)
put a resolution topic="$topic" owners_total=100 owners_voted=80 owners_for=70 >/dev/null
sync a
same "a resolution is always reviewed" \
	"$(d review list --json | jq -c '[.bundles[].reasons] | add')" '["always"]'
accept_all
sync a b
same "accepted, it counts" "$(waiting) $(district_count_of resolution)" "0 1"
balanced a b district
all_shown
