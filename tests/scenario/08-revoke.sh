#!/usr/bin/env bash
# A revoked computer: what it had sent stays, what it signs afterwards is
# refused on every road, its community goes on with another, and the
# revocation itself travels on the stick.
source "$(dirname "$0")/lib.sh"
serving_district
community a zhizunong 知足弄社区 潮鸣街道
community a2 zhizunong 知足弄社区 潮鸣街道
put a club name=太极拳队 category=太极拳 members=24 active=true >/dev/null
c a sync >/dev/null
c a2 sync >/dev/null
device=$(c a status --json | jq -r .device)

exits "a device that does not exist" 1 d revoke 0123456789abcdef
exits "no device id at all" 2 d revoke 知足弄社区
holds "--dry-run revokes nothing" d revoke "$device" --dry-run
same "it is valid still" \
	"$(d devices --json | jq ".devices[] | select(.device == \"$device\") | .revoked")" false
put a club name=吊销前签的 category=其他 members=1 >/dev/null
c a pack >/dev/null
holds "it is revoked" d revoke "$device"
same "and listed so" \
	"$(d devices --json | jq ".devices[] | select(.device == \"$device\") | .revoked")" true
same "what it had sent stays" "$(district_count_of club)" 1
before=$(d check --json | jq -r .state_hash)
exits "it cannot sync" 4 c a sync
says "and is told why" "revoked"
mkdir "$T/stick"
c a carry "$T/stick" >/dev/null
d carry "$T/stick" --json >"$T/out" 2>"$T/err" || true
same "nor bring anything on a stick" "$(d check --json | jq -r .state_hash)" "$before"
same "revoking twice changes nothing" \
	"$(d revoke "$device" >/dev/null 2>&1; d check --json | jq -r .state_hash)" "$before"
same "its own records are still with it" "$(count_of a club)" 2

put a2 club name=合唱团 category=合唱 members=9 active=true >/dev/null
holds "the community's other computer goes on" c a2 sync
same "its records arrive" "$(district_count_of club)" 2
put a club name=再试一次 category=其他 members=1 >/dev/null
c a carry "$T/stick" >/dev/null
c a2 carry "$T/stick" >/dev/null 2>&1 || true
same "and takes nothing from the revoked one" \
	"$(c a2 list club --json | jq '[.records[].values.name] | index("再试一次")')" null

# Another community hears of it by stick alone.
stop_serving
community_by_files b wanglanfu 望澜府社区 上塘街道
for round in 1 2; do
	c b carry "$T/stick" >/dev/null 2>&1 || true
	d carry "$T/stick" >/dev/null 2>&1 || true
done
c b carry "$T/stick" >/dev/null 2>&1 || true
same "another community has the district's records, and not what came after" \
	"$(c b list club --json | jq -c '[.records[].values.name] | sort')" '["合唱团","太极拳队"]'

# A new computer for the community, with a new key.
port=
community_by_files a3 zhizunong 知足弄社区 潮鸣街道
mkdir "$T/stick2"
for round in 1 2; do
	c a3 carry "$T/stick2" >/dev/null
	d carry "$T/stick2" >/dev/null
done
c a3 carry "$T/stick2" >/dev/null
same "a new computer gets the community's records" "$(count_of a3 club)" 2
for home in a2 a3 b district; do
	sound "$home"
done
ok "check finds nothing wrong"
all_shown
