#!/usr/bin/env bash
# The real programs over lines that break, crawl and mix up what they carry:
# everything arrives, nothing twice; and a line that only says so is found out.
source "$(dirname "$0")/lib.sh"
needs curl node
chaos=$(realpath "$(dirname "$0")/../http/chaos.mjs")
serving_district
real=$port
community a zhizunong 知足弄社区 潮鸣街道

# line [ARGS...]: a bad one to the server; its address is $url
line() {
	[[ -z ${proxy:-} ]] || { kill "$proxy" && wait "$proxy" || true; } 2>/dev/null
	: >"$T/line"
	node "$chaos" "$real" "$@" >"$T/line" 9>&- &
	proxy=$!
	eventually "the line is there" 20 grep -qE '^[0-9]+$' "$T/line"
	url=http://127.0.0.1:$(head -n 1 "$T/line")
}
# much N: records that do not deflate well
much() {
	local i
	{
		echo name,category,members,active
		for ((i = 0; i < $1; i++)); do
			echo "$(head -c 36 /dev/urandom | base64),太极拳,24,true"
		done
	} >"$T/much.csv"
	c a import club "$T/much.csv" >/dev/null 2>&1
}
unsent() { c a status --json | jq .unsent_bundles; }
# arrived: what a knows of the district is what the district knows
arrived() {
	[[ $(unsent) == 0 && $(count_of a club) == $(district_count_of club) ]]
}
# synced: within a few runs, as a person would try
synced() {
	local try
	for try in 1 2 3 4 5 6; do
		! c a sync "$url" >"$T/out" 2>"$T/err" || return 0
	done
	return 1
}

much 300
line --seed 1 --cut 9000
holds "a line that ends after some 9 kB, again and again" synced
arrived || fail "it has not all arrived"
ok "and all has arrived"
same "and nothing is left over" "$(ls "$T/a" | grep -c '\.rest$' || true)" 0

much 100
line --seed 2 --delay 30 --rate 60000
holds "a line that is slow and hesitates" synced
arrived || fail "it has not all arrived"
ok "and all has arrived"

much 100
line --seed 3 --swap 8
synced || true # whatever comes of it is refused or right
line --seed 4
holds "after a line that mixes up what it carries, a good one" synced
arrived || fail "it has not all arrived"
ok "and all has arrived"
sound district
sound a

# Stopped by hand in the middle.
much 300
line --seed 5 --rate 8000
"$linli" sync "$url" --home "$T/a" >"$T/out" 2>"$T/err" 9>&- &
running=$!
eventually "the upload is under way" 60 grep -q 'under way' "$T/line"
kill -INT "$running"
status=0
wait "$running" || status=$?
same "Ctrl-C ends it as partly done" "$status" 3
says "and says that nothing is lost" '从中断处继续|goes on where'
line --seed 6
holds "the next run goes on" synced
arrived || fail "it has not all arrived"
ok "and all has arrived"

# The checks above would see a line that lies.
put a club name=合唱队 category=太极拳 members=3 active=true >/dev/null
line --seed 7 --swallow
c a sync "$url" >/dev/null 2>&1 || true
! arrived || fail "a line that swallows uploads was not found out"
ok "a line that says that all has arrived, and swallows it, is found out"
line --seed 8
holds "and all arrives over an honest one" synced
arrived || fail "it has not all arrived"
all_shown
