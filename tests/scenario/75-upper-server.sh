#!/usr/bin/env bash
# A district takes part in a city's federation as a community: its published
# figures travel there as signed records, over HTTP and on a stick; what is
# published anew replaces them; nothing else of the district's gets there.
source "$(dirname "$0")/lib.sh"
models=$(dirname "$0")/../../common/model
serving_district
community a zhizunong 知足弄社区 潮鸣街道
served() { # served HOME NUMBER DATE
	put "$1" activity kind=convenience_service service_day=true title=夏令服务 held_on="$3" \
		participants=10 served="$2" >/dev/null 2>&1
}
served a 40 2024-01-10
club=$(put a club name=舞蹈队 category=舞蹈 active=true)
put a person name=姓名甲乙 >/dev/null
c a sync >/dev/null 2>&1
stop_serving
port=

# The city is a server like the district's, with a model of its own.
city() { "$linlid" "$@" --home "$T/city"; }
upper() { "$linli" "$@" --home "$T/upper"; }
holds "a city is founded" "$linlid" init --name 杭州市 --model "$models/city.json" --home "$T/city"
district_home=$T/district
mkdir "$T/none"
"$linlid" serve --home "$T/city" --listen 127.0.0.1:0 >"$T/city.log" 2>&1 9>&- &
server=$!
eventually "the city's server listens" 20 grep -qE '^listening ' "$T/city.log"
city_port=$(sed -nE 's/^listening .* port=([0-9]+).*/\1/p' "$T/city.log")
holds "it invites the district" city invite gongshu --name 拱墅区 --street 主城区 \
	-o "$T/city.invitation" --url "http://127.0.0.1:$city_port"
holds "which joins with a home of its own" upper join "$T/city.invitation"

holds "with nothing published there is nothing to tell" d report "$T/upper" --json
same "so nothing is written" "$(jq '.statements + .written' "$T/out")" 0
holds "a quarter is published" d publish 2024-Q1 --as 统计员
holds "a rehearsal" d report "$T/upper" --dry-run --json
told=$(jq .written "$T/out")
[[ $told -gt 10 ]] || fail "only $told figures"
same "writes nothing" "$(upper list stated_figure --json | jq '.records | length')" 0
holds "its figures are told" d report "$T/upper" --json
same "all of them" "$(jq .written "$T/out")" "$told"
holds "once more" d report "$T/upper" --json
same "tells nothing new" "$(jq -c '[.written, .withdrawn, .unchanged]' "$T/out")" "[0,0,$told]"
holds "they travel like any community's lines" upper sync
value() { # value FIGURE: what the city has of it
	city list stated_figure figure="$1" period=2024-Q1 --json |
		jq -c '[.records[].values | select(.breakdown == null) | [.value, .denominator, .included, .expected]] | .[]'
}
same "the city has the value with its coverage" "$(value activity_served)" "[40,1,1,1]"
same "and counts over its districts" "$(city stats stated --period 2024-Q1 --by 指标 --json |
	jq '[.figures[] | select(.place == "district" and .breakdown == "activity_served") | .value] | add')" 40
city check --json | jq -e .ok >/dev/null || fail "check at the city"
ok "all of it is signed and sound"

# Published anew.
port=
serve
served a 5 2024-03-30
c a delete club "$club" >/dev/null 2>&1
c a sync "http://127.0.0.1:$port" >/dev/null 2>&1
holds "it is published again" d publish 2024-Q1 --as 统计员
holds "and told" d report "$T/upper" --json
[[ $(jq .written "$T/out") -lt $told ]] || fail "all was written again"
ok "only what differs is written"
[[ $(jq .withdrawn "$T/out") -gt 0 ]] || fail "nothing was withdrawn: $(cat "$T/out")"
ok "and what is stated no more is withdrawn"
mkdir "$T/stick"
holds "it travels on a stick as well" upper carry "$T/stick"
holds "which the city takes in" city carry "$T/stick"
same "the city has the newer value, once" "$(value activity_served)" "[45,1,1,1]"
record=$(city list stated_figure figure=activity_served period=2024-Q1 --json |
	jq -r '[.records[] | select(.values.breakdown == null) | .id] | .[]')
same "and the older one in its history" \
	"$(city history stated_figure "$record" --json | jq '[.lines[].change.put.value] | map(select(. != null)) | length')" 2

# What must not happen.
! grep -rqaF -e 姓名甲乙 -e 夏令服务 "$T/city" "$T/upper" "$T/stick" ||
	fail "more than figures has left the district"
ok "no record of the district's, and no name, has left it"
exits "its own home is no upper one" 4 d report "$T/district"
exits "nor is a member's" 4 d report "$T/a"
exits "nor an empty folder" 10 d report "$T/none"
holds "a city of another model" "$linlid" init --name 别市 --home "$T/other"
"$linlid" invite gongshu --name 拱墅区 --street 主城区 -o "$T/other.invitation" --home "$T/other" >/dev/null 2>&1
"$linli" join "$T/other.invitation" --offline -o "$T/r" --home "$T/upper2" >/dev/null 2>&1
"$linlid" enrol "$T/r" -o "$T/an" --home "$T/other" >/dev/null 2>&1
"$linli" join "$T/an" --home "$T/upper2" >/dev/null 2>&1
exits "is told nothing" 1 d report "$T/upper2"
stop_serving
sound district
all_shown
