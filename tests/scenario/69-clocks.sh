#!/usr/bin/env bash
# A computer whose clock is behind what it has written itself, before the program
# was made, or far from the server's, says so to its user -- and works on: nothing
# is lost, and what was written later is still the later.
#   69-clocks.sh LINLI LINLID CLOCK
source "$(dirname "$0")/lib.sh"
clock=$(realpath "$3")
serving_district
community a zhizunong 知足弄社区 潮鸣街道
at() { # SECONDS COMMAND...: with the clock so far away
	local seconds=$1
	shift
	ASAN_OPTIONS=verify_asan_link_order=0 LD_PRELOAD=$clock SHIFTED_SECONDS=$seconds \
		"$linli" "$@" --home "$T/a"
}
club=$(put a club name=太极拳队 category=太极拳 members=24 active=true)
c a sync >/dev/null 2>&1

holds "a clock behind its own last change" at -7200 put club "$club" members=25
says "is told" "clock|Warning"
holds "in Chinese" env LANG=zh_CN.UTF-8 ASAN_OPTIONS=verify_asan_link_order=0 LD_PRELOAD="$clock" \
	SHIFTED_SECONDS=-7200 "$linli" put club "$club" members=26 --home "$T/a"
says "with what to look at" "时间|日期|时钟"
same "what was written later is the later all the same" "$(c a get club "$club" --json | jq .values.members)" 26
holds "a clock before the program was made" at -1000000000 put club "$club" members=27
says "is told, too" "clock|Warning"
holds "a clock far from the server's" at 1800 sync
says "is told by how much" "(29|30) minutes"
same "and to a program" "$(at 1800 sync --json 2>/dev/null | jq '.clock_ahead_ms < -1700000')" true
holds "a clock that is right" c a sync
! grep -qE "minutes apart|Warning" "$T/err" || fail "a right clock is called wrong: $(cat "$T/err")"
ok "is not talked about"
same "the district has the last of it" "$(d get club "$club" --json | jq .values.members)" 27
sound a
sound district
ok "check finds nothing wrong"
stop_serving
all_shown
