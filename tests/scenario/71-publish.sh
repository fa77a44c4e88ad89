#!/usr/bin/env bash
# The district publishes a quarter; what comes later, or is judged later, never
# changes it but is shown beside it with the bundles that caused it; the
# same bundles give the same document again, byte for byte.
source "$(dirname "$0")/lib.sh"
serving_district
community a zhizunong 知足弄社区 潮鸣街道
community b wanglanfu 望澜府社区 上塘街道
activity() { # activity HOME SERVED DATE
	put "$1" activity kind=convenience_service service_day=true title=服务日 held_on="$3" \
		participants=10 served="$2" >/dev/null 2>&1
}
served() { jq -r "[.statements[$1].differences[] | select(.figure == \"activity_served\" and .place == \"$2\" and .breakdown == null) | \"\(.published) \(.now)\"] | unique | .[]" "$T/out"; }
activity a 40 2024-01-10
activity b 15 2024-02-11
c a sync >/dev/null 2>&1
c b sync >/dev/null 2>&1

# ---- published ------------------------------------------------------------

holds "--dry-run shows what would be published" d publish 2024-Q1 --dry-run
says "with its figures" '"figure":"activity_served","place":"district","breakdown":null,"value":\[55,1\]'
same "and publishes nothing" "$(d statements --json | jq '.statements | length')" 0
exits "a period that is none" 2 d publish 2024-Q5
holds "the quarter is published" d publish 2024-Q1 --as 统计员 --json
first=$(jq -r .id "$T/out")
same "by whom" "$(d statements --json | jq -r '.statements[0].signed_by')" 统计员
holds "it counts again as the same" d recount "$first"
holds "nothing differs yet" d restate --json
same "in no figure" "$(jq '.statements[0].differences | length' "$T/out")" 0
c a sync >/dev/null 2>&1
same "communities receive it, byte for byte" "$(c a statements "$first" | sha256sum)" "$(d statements "$first" | sha256sum)"
exits "a community publishes nothing" 2 c a publish 2024-Q1

# ---- what comes later -------------------------------------------------------

activity a 5 2024-03-30
c a sync >/dev/null 2>&1
# own HOME: its bundles in the district's scope, newest first
own() { c "$1" log --json | jq -r --arg d "$(c "$1" status --json | jq -r .device)" \
	'.bundles[].bundle | select(startswith($d) and contains("/district/"))'; }
late=$(own a | sed -n 1p)
holds "a late bundle shows" d restate --json
same "in the district's figure" "$(served 0 district)" "55 60"
same "in its street's" "$(served 0 潮鸣街道)" "40 45"
same "not in another street's" "$(served 0 上塘街道)" ""
same "with the bundle that caused it" \
	"$(jq -r '[.statements[0].differences[] | select(.figure == "activity_served" and .place == "zhizunong") | .bundles[] | select(contains("/district/"))] | unique | join(" ")' "$T/out")" "$late"
holds "the statement counts again as it was" d recount "$first"
same "and its document is the same" "$(c a statements "$first" | sha256sum)" "$(d statements "$first" | sha256sum)"

# A line that counted is returned: a verdict, no new bundle of the community's.
bundle=$(own b | sed -n 1p)
d review return "$bundle" --lines 1 --reason 请核实 --as 李审核 >/dev/null
holds "a return shows too" d restate --json
same "in the other street's figure" "$(served 0 上塘街道 | cut -d' ' -f1)" 15
same "naming the bundle that was judged" \
	"$(jq -r '[.statements[0].differences[] | select(.figure == "activity_served" and .place == "wanglanfu") | .bundles[]] | index("'"$bundle"'") != null' "$T/out")" true
holds "and the statement still counts as it was" d recount "$first"

# ---- published again ----------------------------------------------------------

holds "the quarter is published again" d publish 2024-Q1 --as 统计员 --json
second=$(jq -r .id "$T/out")
holds "both can be compared" d statements compare "$first" "$second" --json
same "they are not the same" "$(jq .same "$T/out")" false
holds "of the second nothing differs" d restate "$second" --json
same "in no figure" "$(jq '.statements[0].differences | length' "$T/out")" 0
LANG=zh_CN.UTF-8 d restate "$first" >"$T/out" 2>&1
says "a person reads it in Chinese" "处有出入"
d restate "$first" >"$T/out" 2>&1
says "or in English" "figures differ"

# ---- small cells ---------------------------------------------------------------

dispute() { put "$1" dispute category=other opened_on="$2" outcome=open >/dev/null 2>&1; }
dispute a 2024-05-02
for day in 03 04 05 06 07; do dispute b "2024-05-$day"; done
c a sync >/dev/null 2>&1
c b sync >/dev/null 2>&1
d publish 2024-Q2 --json >"$T/out" 2>"$T/err"
d statements "$(jq -r .id "$T/out")" >"$T/document"
cell() { # cell LEVEL PLACE: what is stated of disputes there
	jq -c "select(.figure == \"disputes_opened\" and .level == \"$1\" and .place == \"$2\" and .breakdown == null) | .value // .suppressed" "$T/document"
}
same "a single dispute is not stated" "$(cell community zhizunong)" true
same "nor can it be told from its street" "$(cell street 潮鸣街道)" true
same "nor from the district and the other street" "$(cell district district)$(cell street 上塘街道)" "[6,1]true"
same "the district itself sees it" "$(d stats disputes_opened --period 2024-Q2 --by community --json |
	jq '[.figures[] | select(.place == "zhizunong") | .value] | add')" 1

# ---- a server restored ---------------------------------------------------------

stop_serving
holds "backed up" d backup "$T/backup.age"
d key age >"$T/age.key" 2>/dev/null
mv "$T/district" "$T/burnt"
holds "and restored elsewhere" d restore "$T/backup.age" -i "$T/age.key"
holds "statements count again there" d recount "$first"
all_shown
