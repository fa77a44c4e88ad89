#!/usr/bin/env bash
# Where two must look, one person is not enough, however often; and nobody
# judges what came from a computer of their own.
source "$(dirname "$0")/lib.sh"
source "$(dirname "$0")/review.sh"
serving_district
community a zhizunong 知足弄社区 潮鸣街道
d policy set club review --reviewers 2 >/dev/null 2>&1
d user add 甲 --role reviewer >/dev/null 2>&1
d user add 乙 --role reviewer --device "$(c a status --json | jq -r .device)" >/dev/null 2>&1
d user add 丙 --role viewer >/dev/null 2>&1
d user add 丁 --role administrator >/dev/null 2>&1
put a club name=乒乓球队 category=乒乓 >/dev/null
sync a
bundle=$(bundle_of club)
state() { line_field "$bundle" 1 '[.state, .verdict.state, .verdict.reviewer, .verdict.second]'; }

exits "nobody judges what their own computer wrote" 4 d review accept "$bundle" --as 乙
exits "nor returns it" 4 d review return "$bundle" --lines 1 --reason 不 --as 乙
exits "a viewer does not judge" 4 d review accept "$bundle" --as 丙
same "nothing has come of it" "$(state)" '["waiting",null,null,null]'
holds "one has accepted" d review accept "$bundle" --as 甲
says "another must" 'another must accept'
same "it waits for another" "$(state) $(district_count_of club)" '["waiting","seconded","甲",null] 0'
exits "the same person is no second" 4 d review accept "$bundle" --as 甲
holds "another is" d review accept "$bundle" --as 丁
same "now it counts, by both" "$(state) $(district_count_of club)" '["applied","accepted","甲","丁"] 1'
d review accept "$bundle" --lines 1 --as 甲 >/dev/null 2>&1
same "accepting it once more does not undo the second" "$(state)" '["applied","accepted","甲","丁"]'
d review return "$bundle" --lines 1 --reason 重名 --as 甲 >/dev/null 2>&1
same "one can return" "$(district_count_of club)" 0
d review accept "$bundle" --lines 1 --as 甲 >/dev/null 2>&1
same "but not alone take that back" "$(state) $(district_count_of club)" '["waiting","seconded","甲",null] 0'
d user disable 丁 >/dev/null 2>&1
exits "nobody who is disabled" 4 d review accept "$bundle" --lines 1 --as 丁
d user add 戊 --role reviewer >/dev/null 2>&1
holds "another reviewer" d review accept "$bundle" --lines 1 --as 戊
sync a
same "in the end it counts" "$(district_count_of club) $(count_of a club)" "1 1"
balanced a district
all_shown
