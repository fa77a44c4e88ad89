#!/usr/bin/env bash
# What is returned comes back to those who wrote it with a reason, is out of
# the record everywhere, and can be corrected, or put aside.
source "$(dirname "$0")/lib.sh"
source "$(dirname "$0")/review.sh"
serving_district
community a zhizunong 知足弄社区 潮鸣街道
community a2 zhizunong 知足弄社区 潮鸣街道
community b wanglanfu 望澜府社区 上塘街道
d policy set club review >/dev/null 2>&1
club=$(put a club name=乒乓球队 category=乒乓)
activity=$(put a activity club="$club" title=友谊赛 held_on=2024-05-01 participants=16)
sync a b b a2
same "until then a neighbour sees it" "$(count_of b club)" 1
bundle=$(bundle_of club)
n=$(line_of "$bundle" club)

exits "a return needs a reason" 2 d review return "$bundle" --lines "$n" --as 审核员
exits "one that says something" 2 d review return "$bundle" --lines "$n" --reason "  " --as 审核员
exits "and lines" 2 d review return "$bundle" --reason 不符 --as 审核员
same "nothing is judged by that" "$(waiting)" 2
holds "returned" d review return "$bundle" --lines "$n" --reason 社团名称与备案不符 --as 审核员
says "how to take it back" "linlid review accept $bundle --lines $n"
sync a a2 b
for home in a a2 b; do
	same "it is out of its record at $home" "$(count_of "$home" club)" 0
done
same "at the district what needs it waits on" "$(waiting) $(district_count_of activity)" "1 0"
for home in a a2; do
	same "the inbox of $home has it with its reason" \
		"$(c "$home" inbox --json | jq -c '.lines[] | [.line, .entity, .id, .reason, .reviewer, .values.name, .now.name]')" \
		"[\"$bundle#$n\",\"club\",\"$club\",\"社团名称与备案不符\",\"审核员\",\"乒乓球队\",null]"
done
same "a neighbour's has not, nor does it learn why" \
	"$(c b inbox --json | jq '.lines | length') $(c b show "$bundle" --json | jq -c '.lines[] | [.state, .reason]')" \
	'0 ["returned",""]'
same "status says so" "$(c a status --json | jq .returned_lines)" 1
holds "and in words" c a status
says "what to do" 'returned 1 changes.*linli inbox'

line=$bundle#$n
exits "no returned line" 1 c a fix "${bundle%@*}@99#1" name=甲
exits "no line" 2 c a fix nonsense name=甲
exits "no such field" 2 c a fix "$line" nosuch=甲
exits "a neighbour cannot" 1 c b fix "$line" name=甲
holds "it can be tried first" c a fix "$line" name=知足乒乓球队 --dry-run
same "which changes nothing" "$(c a inbox --json | jq '.lines | length')" 1
holds "corrected" c a fix "$line" name=知足乒乓球队
says "the reason is shown once more" 社团名称与备案不符
same "what was not named goes as it was" \
	"$(c a get club "$club" --json | jq -r '.values | .name + " " + .category')" "知足乒乓球队 乒乓"
same "the inbox is empty" "$(c a inbox --json | jq -c .lines)" "[]"
sync a a2
same "that of the other computer, too" "$(c a2 inbox --json | jq -c .lines)" "[]"
bundle=$(bundle_of club)
same "the district sees what it replaces" \
	"$(line_field "$bundle" "$(line_of "$bundle" club)" .corrects)" "\"$line\""
d review accept "$bundle" --as 审核员 >/dev/null 2>&1
same "accepted, it counts, and what needs it" \
	"$(waiting) $(district_records_of club | jq -r .values.name) $(district_count_of activity)" \
	"0 知足乒乓球队 1"
sync a a2 b
same "everywhere" "$(records_of b club)" "$(district_records_of club)"

# What counts already can be returned, too, and what depends on it waits then.
score=$(put a dispute category=noise opened_on=2024-05-02)
sync a
bundle=$(d log --json | jq -r --arg c zhizunong 'first(.bundles[] | select(.community == $c and (.subject | test("dispute")))) | .bundle')
d review return "$bundle" --lines "$(line_of "$bundle" dispute)" --reason 重复登记 --as 审核员 >/dev/null 2>&1
sync a
same "a line that counted is taken out" "$(district_count_of dispute) $(count_of a dispute)" "0 0"
line=$(c a inbox --json | jq -r '.lines[0].line')
exits "putting aside what was not returned" 1 c a inbox --done "${line%@*}@99#1"
holds "put aside" c a inbox --done "$line"
same "nothing of it is left to do" "$(c a inbox --json | jq -c .lines) $(c a status --json | jq .returned_lines)" "[] 0"
sync a a2
same "nor is anything sent" "$(district_count_of dispute) $(c a2 inbox --json | jq -c .lines)" "0 []"
same "both computers hold the same" "$(hash_of a)" "$(hash_of a2)"
balanced a a2 b district
all_shown
