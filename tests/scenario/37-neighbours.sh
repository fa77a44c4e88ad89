#!/usr/bin/env bash
# Two communities on one network: what both may read goes straight across, what is
# the district's or the own devices' is carried on sealed, handed in and answered, and
# both sides and the district can say what was handed to whom.  The code comes first.
source "$(dirname "$0")/lib.sh"
serving_district
community a zhizunong 知足弄社区 潮鸣街道
community a2 zhizunong 知足弄社区 潮鸣街道
community b wanglanfu 望澜府社区 上塘街道
for home in a a2 b; do c "$home" sync >/dev/null 2>&1; done

# ---- a neighbour serves ----
mkdir "$T/bin"
cat >"$T/bin/avahi-publish" <<'P'
#!/bin/sh
echo "$@" >"$PUBLISHED"
exec sleep 600
P
chmod +x "$T/bin/avahi-publish"
export PUBLISHED=$T/published
start() { # HOME: at any free port, which $at then says
	local home=$1
	: >"$T/$home.log"
	PATH=$T/bin:$PATH "$linli" serve --lan --listen 127.0.0.1:0 --home "$T/$home" >>"$T/$home.log" 2>&1 9>&- &
	neighbour=$!
	eventually "the neighbour listens" 20 grep -q '^listening ' "$T/$home.log"
	at=http://127.0.0.1:$(sed -nE 's/^listening .* port ([0-9]+).*/\1/p' "$T/$home.log")
}
stop() {
	kill -TERM "$neighbour"
	{ wait "$neighbour" || true; } 2>/dev/null
}
exits "serving is for neighbours, and said so" 2 c b serve
start b
eventually "it is told of through avahi" 10 test -s "$T/published"
same "with no name of anybody" "$(sed -E 's/[0-9a-f]{16}/ID/g; s/ [0-9]+ / PORT /' "$T/published")" \
	"-s linli-ID _linli._tcp PORT device=ID federation=ID"

club=$(put a club name=太极拳队 category=太极 members=24 active=true)
put a activity club="$club" title=晨练 held_on=2024-05-01 participants=16 >/dev/null
put a person name=李春梅 phone=13800001111 birth_decade=1950 >/dev/null
put b club name=合唱团 category=合唱 members=30 active=true >/dev/null

exits "nothing changes hands before the code is compared" 5 c a sync "$at" --json
same "which is said" "$(jq -r .error.code "$T/out")" compare
code=$(jq -r .error.detail "$T/out" | grep -oE '[0-9]{4} [0-9]{4}' | head -n 1)
grep -q "short code $code" "$T/b.log" || fail "the other side does not show $code: $(cat "$T/b.log")"
ok "both sides show the same code"
same "nothing has come" "$(count_of b club)" 1
exits "another code is refused" 4 c a sync "$at" --code "0000 0001"
exits "the right one is taken" 0 c a sync "$at" --code "$code" --json
same "and something is handed over both ways" "$(jq '.given.parcels >= 2 and .taken.parcels >= 1' "$T/out")" true
holds "from then on nobody asks" c a sync "$at"
same "the neighbour sees the club" "$(c b list club --json | jq -r '.records[].values.name' | sort | xargs)" "合唱团 太极拳队"
same "and a the neighbour's" "$(count_of a club)" 2
same "but no activity and no person" "$(count_of b activity) $(count_of b person)" "0 0"
! grep -rqaF -e 李春梅 -e 13800001111 -e 晨练 "$T/b" || fail "it can be read at the neighbour"
ok "nor can they be read in its folder"
same "the district has nothing yet" "$(district_count_of club)" 0

# ---- the neighbour hands in, and brings the answer home ----
exits "b exchanges with the district" 0 c b sync
says "and hands in what it carries" "Handed in [1-9]"
same "all of a has arrived" "$(district_count_of club) $(district_count_of activity) $(district_count_of person)" "2 1 1"
same "a does not know yet" "$(c a status --json | jq '.unsent_bundles > 0')" true
holds "a meets b again" c a sync "$at"
same "and has its receipts" "$(c a status --json | jq .unsent_bundles)" 0
# ---- the neighbour has no network to the district either: by stick ----
put a club name=书法社 category=书法 members=7 active=true >/dev/null
holds "handed to b" c a sync "$at"
mkdir "$T/stick"
holds "b lays it on its stick with its own" c b carry "$T/stick"
holds "the district takes it in" d carry "$T/stick"
same "though a has never been there with it" "$(d list club --json | jq '[.records[].values | select(.name == "书法社") | .members]' -c)" '[7]'
holds "b picks up what the district answers a" c b carry "$T/stick"
holds "and brings it" c a sync "$at"
same "a has its receipts" "$(c a status --json | jq .unsent_bundles)" 0
stop

# ---- custody ----
exits "a's list" 0 c a custody --json
same "says what was handed to whom, with a signature for each" \
	"$(jq -c '[.custody[] | select(.direction == "given" and .audience == "district" and (.changes // 0) > 0)] | last | [.name, .changes, (.receipt | fromjson | .signature | startswith("-----BEGIN SSH SIGNATURE-----"))]' "$T/out")" \
	'["望澜府社区",4,true]'
holds "in words" c a custody
says "as well" "4 handed to 望澜府社区, for district"
exits "b's list" 0 c b custody --json
same "says for whom it carried" \
	"$(jq -c '[.custody[] | select(.direction == "given" and .writer_name == "知足弄社区" and .audience == "district")] | length >= 1' "$T/out")" true
exits "the district's" 0 d custody --json
# One of the four changes is everybody's: that b brought as it brings its own.
same "says who brought what of whom" \
	"$(jq -c '[.custody[] | select(.direction == "taken" and .writer_name == "知足弄社区")] | last | [.name, .changes]' "$T/out")" \
	'["望澜府社区",3]'

# ---- devices of one community ----
start a2
exits "the code, between two of one community" 5 c a sync "$at" --json
code=$(jq -r .error.detail "$T/out" | grep -oE '[0-9]{4} [0-9]{4}' | head -n 1)
holds "devices of one community meet" c a sync "$at" --code "$code"
same "and share everything" "$(c a2 list person --json | jq -r '.records[].values.name')" 李春梅
same "to the same state" "$(hash_of a2)" "$(hash_of a)"
stop

# ---- found through avahi ----
device=$(c b status --json | jq -r .device)
federation=$(sed -nE 's/.*federation=([0-9a-f]{16}).*/\1/p' "$T/published")
cat >"$T/bin/avahi-browse" <<P
#!/bin/sh
printf '%s\n' '+;eth0;IPv4;linli-x;_linli._tcp;local' \
	'=;eth0;IPv4;linli-x;_linli._tcp;local;b.local;192.0.2.7;8090;"device=$device" "federation=$federation"' \
	'=;eth0;IPv6;linli-x;_linli._tcp;local;b.local;2001:db8::7;8090;"device=$device" "federation=$federation"' \
	'=;eth0;IPv4;evil;_linli._tcp;local;b.local;\$(reboot);8090;"device=$device" "federation=$federation"' \
	'=;eth0;IPv4;evil;_linli._tcp;local;b.local;192.0.2.8;99999;"device=$device" "federation=$federation"' \
	'=;eth0;IPv4;other;_linli._tcp;local;b.local;192.0.2.9;8090;"device=$device" "federation=0123456789abcdef"' \
	'=;eth0;IPv4;odd;_linli._tcp;local' ';;;;' ''
P
chmod +x "$T/bin/avahi-browse"
PATH=$T/bin:$PATH c a neighbours --json >"$T/out"
same "neighbours are found, strange ones passed over" \
	"$(jq -c '[.avahi, [.neighbours[] | [.url, .name, .compared]]]' "$T/out")" \
	'[true,[["http://192.0.2.7:8090","望澜府社区",true],["http://[2001:db8::7]:8090","望澜府社区",true]]]'
if command -v avahi-browse >/dev/null; then
	echo "NOTE: avahi is installed here, so its absence was not shown"
else
	exits "without avahi" 0 c a neighbours
	says "that is said, and the way by address" "avahi does not run here.*linli sync http://"
fi

sound a
sound a2
sound b
sound district
ok "check finds nothing wrong"
all_shown
