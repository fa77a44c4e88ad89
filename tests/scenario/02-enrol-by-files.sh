#!/usr/bin/env bash
# A community joins with files alone, in any order that people may come up
# with; an invitation is good for one computer, and only for the one that
# holds it.
source "$(dirname "$0")/lib.sh"
port=
found_district

invite "$T/a.invitation" zhizunong 知足弄社区 潮鸣街道
exits "without a server in it, an invitation wants --offline" 2 c a join "$T/a.invitation"
[[ ! -e $T/a ]] || fail "a refused join has left a home behind"
holds "--dry-run tells what would be joined" \
	c a join "$T/a.invitation" --offline -o "$T/a.request" --dry-run --json
same "and names the community" "$(jq -r .name "$T/out")" 知足弄社区
[[ ! -e $T/a && ! -e $T/a.request ]] || fail "--dry-run has left something behind"

holds "a request is written" c a join "$T/a.invitation" --offline -o "$T/a.request" --json
code=$(jq -r .short_code "$T/out")
same "the computer is not enrolled yet" "$(c a status --json | jq .enrolled)" false

# Records made meanwhile are kept.
put a club name=太极拳队 category=太极拳 members=24 active=true >/dev/null
mkdir "$T/early"
holds "it may carry already, and its request goes along" c a carry "$T/early"
holds "--dry-run shows what the district would take" d carry "$T/early" --dry-run
says "naming who signed it" "$(c a status --json | jq -r .device)"
same "and takes nothing" "$(district_count_of club)" 0

holds "the request can be written again" c a join "$T/a.invitation" --offline -o "$T/a2.request"
holds "the district enrols it" d enrol "$T/a.request" -o "$T/a.answer" --json
same "both sides read the same code" "$(jq -r .code "$T/out")" "$code"
holds "the same request again gets an answer again" d enrol "$T/a.request" -o "$T/a.answer2"
holds "the second copy of the request, too" d enrol "$T/a2.request" -o "$T/a.answer3"
same "there is one device of the community" \
	"$(d devices --json | jq '[.devices[] | select(.community == "zhizunong")] | length')" 1

# Whoever copied the invitation comes too late.
c thief join "$T/a.invitation" --offline -o "$T/thief.request" >/dev/null 2>&1
exits "a second computer with the same invitation is refused" 4 \
	d enrol "$T/thief.request" -o "$T/thief.answer"
[[ ! -e $T/thief.answer ]] || fail "a refused request got an answer"

# An answer opens for its own computer only.
invite "$T/b.invitation" wanglanfu 望澜府社区 上塘街道
c b join "$T/b.invitation" --offline -o "$T/b.request" >/dev/null 2>&1
exits "an answer for another computer cannot be opened" 4 c b join "$T/a.answer"
holds "the right answer completes the joining" c a join "$T/a.answer" --json
same "it is enrolled" "$(jq .enrolled "$T/out")" true
same "the record made before is there" "$(count_of a club)" 1
exits "an answer twice does no harm" 0 c a join "$T/a.answer2"
exits "joining again is refused" 1 c a join "$T/b.invitation" --offline -o "$T/x.request"

# Files that were changed on their way.
sed 's/wanglanfu/zhizunong/' "$T/b.request" >"$T/forged.request"
exits "a request for another community than invited is refused" 4 \
	d enrol "$T/forged.request" -o "$T/forged.answer"
head -c 200 "$T/b.request" >"$T/short.request"
exits "half a request is refused" 1 d enrol "$T/short.request" -o "$T/short.answer"
: >"$T/empty"
exits "an empty request is refused" 1 d enrol "$T/empty" -o "$T/short.answer"
exits "an empty invitation is refused" 1 c y join "$T/empty" --offline -o "$T/y.request"
exits "no invitation at all is refused" 1 c y join "$T/nowhere" --offline -o "$T/y.request"
[[ ! -e $T/y ]] || fail "a refused join has left a home behind"
d enrol "$T/b.request" -o "$T/b.answer" >/dev/null 2>&1
{
	head -c 300 "$T/b.answer"
	printf 'X'
	tail -c +302 "$T/b.answer"
} >"$T/damaged.answer"
exits "a damaged answer is refused" 1 c b join "$T/damaged.answer"
same "and changes nothing" "$(c b status --json | jq .enrolled)" false
holds "the sound one goes in" c b join "$T/b.answer"

mkdir "$T/stick"
c a carry "$T/stick" >/dev/null
d carry "$T/stick" >/dev/null
same "what was recorded before the answer arrives" "$(district_count_of club)" 1
sound a
sound b
sound district
ok "check finds nothing wrong"
all_shown
