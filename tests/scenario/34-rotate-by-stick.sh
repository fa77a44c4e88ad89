#!/usr/bin/env bash
# A computer without any network gets a new key by its stick alone: the request
# goes along with what is carried, the district grants it when it carries, and
# the answer comes home the same way.  A request that was altered, or signed with
# a key that has been replaced, grants nothing.
source "$(dirname "$0")/lib.sh"

found_district
community_by_files a zhizunong 知足弄社区 潮鸣街道
community_by_files b zhizunong 知足弄社区 潮鸣街道
device_of() { c "$1" status --json | jq -r .device; }
enrolled() { c "$1" status --json | jq .enrolled; }
requests() { find "$T/stick" -name '*.request.age' | wc -l; }
mkdir "$T/stick"
around() { # WHO...: each carries the same stick
	local who
	for who in "$@"; do
		if [[ $who == district ]]; then d carry "$T/stick" >/dev/null 2>&1; else c "$who" carry "$T/stick" >/dev/null 2>&1; fi
	done
}

put a club name=太极拳队 category=太极 members=24 active=true >/dev/null
put a person name=李春梅 phone=13800001111 birth_decade=1950 >/dev/null
around a district b district a
first=$(device_of a)
cp -r "$T/a" "$T/stolen"

# ---- the request goes along ----
put a club name=旧密钥写的 category=其他 members=5 active=true >/dev/null
holds "a new key, without a network" c a key rotate -o "$T/a.rotation"
second=$(device_of a)
put a club name=新密钥写的 category=其他 members=6 active=true >/dev/null
exits "carry takes the request along" 0 c a carry "$T/stick" --json
same "and says so" "$(jq -r .key_request "$T/out")" carried
same "as one file, sealed" "$(requests)" 1
! grep -qr -e "old_key" -e "$first" -e "$second" "$T/stick" || fail "the request can be read on the stick"
ok "of which a finder reads nothing"
holds "a person is told what to do next" c a carry "$T/stick"
says "namely" "once more"
same "not enrolled yet" "$(enrolled a)" false

# ---- altered on its way ----
request=$(find "$T/stick" -name '*.request.age')
cp "$request" "$T/sound"
printf 'x' | dd of="$request" bs=1 seek=300 conv=notrunc status=none
cmp -s "$request" "$T/sound" && fail "nothing was altered"
d carry "$T/stick" --json >"$T/out" 2>"$T/err" || true
same "an altered one grants nothing" "$(jq '.keys_replaced // 0' "$T/out")" 0
same "and is told" "$(jq '[.refused[] | select(.what | endswith(".request.age"))] | length' "$T/out")" 1
cp "$T/sound" "$request"

# ---- granted ----
exits "the district grants it by carrying" 0 d carry "$T/stick" --json
same "once" "$(jq .keys_replaced "$T/out")" 1
same "what the new key wrote has come as well" "$(district_count_of club)" 3
same "the old key is ended" "$(d devices --json | jq -r --arg d "$first" '.devices[] | select(.device == $d) | .replaced_by')" "$second"
same "carrying the same stick again grants nothing twice" "$(d carry "$T/stick" --json | jq '.keys_replaced // 0')" 0
exits "the answer comes home" 0 c a carry "$T/stick" --json
same "and is told" "$(jq -r .key_request "$T/out")" confirmed
same "the computer is enrolled" "$(enrolled a)" true
same "the request is off the stick" "$(requests)" 0
same "one in the audit log" "$(d audit --json | jq '[.rows[] | select(.event == "replaced")] | length')" 1

# ---- a thief ----
c stolen key rotate -o "$T/thief.rotation" >/dev/null 2>&1
mkdir "$T/thiefs"
c stolen carry "$T/thiefs" >/dev/null 2>&1
d carry "$T/thiefs" --json >"$T/out" 2>"$T/err" || true
same "a copy of the old key is granted nothing" "$(jq '.keys_replaced // 0' "$T/out")" 0
same "because it was replaced" "$(jq -r '.refused[] | select(.what | endswith(".request.age")) | .code' "$T/out")" revoked

# ---- all go on ----
put a club name=之后写的 category=其他 members=7 active=true >/dev/null
around a b district a b district a b
same "everything has arrived" "$(district_count_of club)" 4
same "both computers hold the same" "$(hash_of a)" "$(hash_of b)"
for who in a b district; do
	sound "$who"
done
ok "check finds nothing wrong"
all_shown
