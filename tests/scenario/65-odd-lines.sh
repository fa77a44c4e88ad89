#!/usr/bin/env bash
# Whatever the policy, a person looks at what is unlikely: unusually many
# deletions, values outside what is plausible, sentences of the model that
# would not hold, a computer whose clock is ahead.
#   65-odd-lines.sh LINLI LINLID CLOCK
source "$(dirname "$0")/lib.sh"
source "$(dirname "$0")/review.sh"
clock=$(realpath "$3")
serving_district
community a zhizunong 知足弄社区 潮鸣街道
reasons() { d review list --json | jq -c '[.bundles[].reasons] | add // [] | unique'; }

# 40 disputes; four may go at once, five of them may not.
for i in $(seq 40); do
	echo "噪音$i,2024-01-01"
done | { echo 纠纷类别,受理日期; cat; } >"$T/disputes.csv"
c a import dispute "$T/disputes.csv" >/dev/null 2>&1
sync a
same "many new records are nothing unusual" "$(waiting) $(district_count_of dispute)" "0 40"
delete() {
	c a list dispute --json | jq -r ".records[:$1][].id" | while read -r id; do
		c a delete dispute "$id" >/dev/null
	done
	sync a
}
delete 4
same "a few deletions are accepted" "$(waiting) $(district_count_of dispute)" "0 36"
delete 5
same "many are looked at" "$(waiting) $(district_count_of dispute) $(reasons)" '5 36 ["deletions"]'
same "by whoever is shown what goes" \
	"$(d review show "$(bundle_of dispute)" --json | jq -c '[.lines[] | select(.state == "waiting") | .deletes] | unique')" "[true]"
d review return "$(bundle_of dispute)" --lines 1-5 --reason 请说明 --as 审核员 >/dev/null 2>&1
sync a
same "returned, the records are back everywhere" "$(district_count_of dispute) $(count_of a dispute)" "36 36"

put a compound name=仙林苑 kind=old lifts=2000000 >/dev/null 2>&1
sync a
same "an implausible value waits" "$(district_count_of compound) $(reasons)" '0 ["range"]'
accept_all
same "until someone has seen that it is so" "$(district_count_of compound)" 1

# Each of two people is right alone, both together are not.
community a2 zhizunong 知足弄社区 潮鸣街道
sync a2
dispute=$(c a list dispute --json | jq -r '.records[0].id')
exits "one computer sees by itself that this cannot be" 1 c a put dispute "$dispute" closed_on=2023-01-01
c a2 put dispute "$dispute" opened_on=2024-05-01 >/dev/null
c a put dispute "$dispute" closed_on=2024-03-01 >/dev/null
sync a2 a
same "a dispute closed before it was opened waits" \
	"$(d get dispute "$dispute" --json | jq -c '.values | [.opened_on, .closed_on]') $(reasons)" '["2024-05-01",null] ["check"]'
d review return "$(bundle_of dispute)" --lines 1 --reason 日期不对 --as 审核员 >/dev/null 2>&1
sync a
c a fix "$(c a inbox --json | jq -r '.lines[] | select(.values.closed_on != null) | .line')" closed_on=2024-06-01 >/dev/null 2>&1
sync a
same "corrected, it counts at once" "$(waiting) $(d get dispute "$dispute" --json | jq -r .values.closed_on)" "0 2024-06-01"

# A computer three days ahead, as it is switched on and as it has been set right.
ahead() {
	ASAN_OPTIONS=verify_asan_link_order=0 LD_PRELOAD=$clock SHIFTED_SECONDS=259200 \
		"$linli" "$@" --home "$T/a"
}
ahead put club name=未来合唱团 category=合唱 --json >"$T/out" 2>"$T/err"
club=$(jq -r .id "$T/out")
sync a
same "what was written three days ahead waits" "$(district_count_of club) $(reasons)" '0 ["clock"]'
same "at the community it counts" "$(count_of a club)" 1
accept_all
same "accepted, it counts" "$(district_count_of club)" 1
c a put club "$club" category=大合唱 >/dev/null 2>&1
sync a
accept_all
same "a later change is not lost behind it" "$(d get club "$club" --json | jq -r .values.category)" 大合唱
sync a2
balanced a a2 district
all_shown
