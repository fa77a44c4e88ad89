#!/usr/bin/env bash
# A computer is revoked from a number on: what it had signed before that and
# is still on its way is taken, by stick, at the district and everywhere;
# what it signed from there on is refused on every road.
source "$(dirname "$0")/lib.sh"
serving_district
community a zhizunong 知足弄社区 潮鸣街道
community a2 zhizunong 知足弄社区 潮鸣街道
community b wanglanfu 望澜府社区 上塘街道
device=$(c a status --json | jq -r .device)
put a club name=第一 members=1 >/dev/null
put a person name=夏女士 phone=13857112233 birth_decade=1960 >/dev/null
c a sync >/dev/null 2>&1
c a2 sync >/dev/null 2>&1

# The second bundle of each chain lies on one stick, the third on another as well.
mkdir "$T/second" "$T/third"
put a club name=第二 members=2 >/dev/null
put a person name=秋先生 phone=13857112244 birth_decade=1950 >/dev/null
c a carry "$T/second" >/dev/null 2>&1
put a club name=第三 members=3 >/dev/null
put a person name=冬女士 phone=13857112255 birth_decade=1950 >/dev/null
c a carry "$T/third" >/dev/null 2>&1
same "each chain has three bundles" \
	"$(c a status --json | jq -c --arg d "$device" \
		'[.heads | to_entries[] | select(.key | startswith($d)) | .value[0]] | unique')" "[3]"

exits "what is held cannot be revoked from within" 1 d revoke "$device" --from 1
same "and it stays valid" \
	"$(d devices --json | jq --arg d "$device" '.devices[] | select(.device == $d) | .revoked')" false
holds "revoked from the third on" d revoke "$device" --from 3
exits "it cannot sync any more" 4 c a sync
same "nothing more has come yet" "$(district_count_of club)" 1

exits "a stick with both brings the second alone" 3 d carry "$T/third"
says "the third is refused" "revoked"
same "the second is there" "$(d list club --json | jq -c '[.records[].values.name] | sort')" '["第一","第二"]'
holds "the other stick has nothing more" d carry "$T/second"
before=$(d check --json | jq -r .state_hash)
put a club name=第四 members=4 >/dev/null
c a carry "$T/third" >/dev/null 2>&1
d carry "$T/third" >/dev/null 2>&1 || true
same "what is signed later changes nothing" "$(d check --json | jq -r .state_hash)" "$before"

# The community's other computer knows of the revocation before the stick comes.
c a2 sync >/dev/null 2>&1
c a2 carry "$T/third" >/dev/null 2>&1 || true
same "at the community's other computer as well" \
	"$(c a2 list club --json | jq -c '[.records[].values.name] | sort')" '["第一","第二"]'
same "in its own scope, too" \
	"$(c a2 list person --json | jq -c '[.records[].values.name] | sort')" '["夏女士","秋先生"]'
for home in a2 b a2; do
	c "$home" sync >/dev/null 2>&1
done
same "and at another community" \
	"$(c b list club --json | jq -c '[.records[].values.name] | sort')" '["第一","第二"]'
for home in a2 b district; do
	sound "$home"
done
ok "check finds nothing wrong"
stop_serving
all_shown
