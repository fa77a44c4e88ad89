#!/usr/bin/env bash
# A held line holds what cannot be without it, and nothing else: later lines
# of its record, and lines that refer to a record that is not there yet.
# Each says what it waits for; part of a bundle can be accepted.
source "$(dirname "$0")/lib.sh"
source "$(dirname "$0")/review.sh"
serving_district
community a zhizunong 知足弄社区 潮鸣街道
community b wanglanfu 望澜府社区 上塘街道
d policy set compound review >/dev/null 2>&1

held=$(put a compound name=仙林苑 kind=old lifts=2)
free=$(put a club name=太极拳队 category=太极拳 members=24)
there=$(put a dispute compound="$held" category=parking opened_on=2024-03-01)
put a dispute category=noise opened_on=2024-03-02 >/dev/null
put a activity club="$free" title=晨练 held_on=2024-03-03 participants=9 >/dev/null
sync a
c a put compound "$held" lifts=3 >/dev/null
c a put club "$free" members=25 >/dev/null
sync a
same "the compound, its later change and the dispute there wait" "$(waiting)" 3
same "other lines of the same bundles count" \
	"$(district_count_of dispute) $(district_count_of activity) $(d get club "$free" --json | jq .values.members)" \
	"1 1 25"
put b dispute category=dogs opened_on=2024-03-05 >/dev/null
sync b
same "another community is not held up" "$(district_count_of dispute)" 2

second=$(bundle_of compound)
first=${second%@*}@$((${second##*@} - 1))
other=$(bundle_of dispute)
n=$(line_of "$first" compound)
m=$(d review show "$other" --json | jq --arg id "$there" '.lines[] | select(.id == $id) | .n')
same "the compound waits for a person alone" \
	"$(line_field "$first" "$n" '[.state, .reasons, .waits_for]')" '["waiting",["policy"],[]]'
same "the dispute for nothing but the compound" \
	"$(line_field "$other" "$m" '[.state, .reasons, .waits_for[0]]') $(line_field "$other" "$m" "[.waits_for[] | split(\"@\")[0]] | unique")" \
	"[\"waiting\",[],\"$first#$n\"] [\"${first%@*}\"]"
same "the later change for the earlier one" \
	"$(line_field "$second" "$(line_of "$second" compound)" .waits_for)" "[\"$first#$n\"]"
holds "a person is shown the same" d review show "$first"
says "what it was and shall be" '仙林苑'
says "and why it is held" 'Held: the policy asks for a look'
holds "of the dispute as well" d review show "$other"
says "what it waits for" "Waits for: $first#$n"
says "and that no verdict is asked of it" "waits for other lines"

exits "no such line" 1 d review accept "$first" --lines 999 --as 审核员
for list in 0 2,1 1,1 3-1 1- x '' 1,,2 10001; do
	exits "a list of lines that is none: '$list'" 2 d review accept "$first" --lines "$list" --as 审核员
done
exits "no such bundle" 1 d review show "${first%@*}@99"
exits "no name of a bundle" 2 d review show nonsense
d review accept "$first" --lines "$n" --as 审核员 --dry-run >/dev/null 2>&1
same "a trial run changes nothing" "$(waiting)" 3
d review accept "$first" --lines "$n" --as 审核员 >/dev/null 2>&1
same "the compound accepted, the dispute counts without a second look" \
	"$(district_count_of compound) $(district_count_of dispute)" "1 3"
same "its later change waits for its own verdict" \
	"$(waiting) $(d get compound "$held" --json | jq .values.lifts)" "1 2"
d review accept "$second" --as 审核员 >/dev/null 2>&1
same "and counts then" "$(waiting) $(d get compound "$held" --json | jq .values.lifts)" "0 3"
sync a b
balanced a b district
all_shown
