#!/usr/bin/env bash
# A number from outside: by period and place, beside what it was before, as it was known
# on another day, with its coverage; and opened down to a signature that stock tools verify.
source "$(dirname "$0")/lib.sh"
serving_district
community a zhizunong 知足弄社区 潮鸣街道
community b jingduyuan 京都苑社区 文晖街道
community s silent 沉默社区 文晖街道
for day in 2023-02-10 2024-01-10 2024-02-10 2024-07-10; do
	put a activity kind=convenience_service service_day=true title=服务日 held_on=$day served=40 >/dev/null
done
put b activity kind=anti_fraud title=反诈宣传 held_on=2024-02-11 served=15 >/dev/null
c a sync >/dev/null
c b sync >/dev/null

value() { d stats "$@" --json | jq '[.figures[].value] | add'; }
same "a quarter" "$(value activity_served --period 2024-Q1)" 95
same "a month" "$(value activity_served --period 2024-07)" 40
same "a year, of a street" "$(value activity_served --period 2024 --place 潮鸣街道)" 120
same "beside the quarter before and the year before" "$(d stats activity_served --period 2024-Q1 --trends \
	--json | jq -c '.figures[0] | [.value, .last.period, .last.value, .year_before.value, .year_before.change]')" \
	'[95,"2023-Q4",0,40,55]'
same "its coverage names who is silent" "$(d stats activity_served --period 2024 --json |
	jq -c '.figures[0].coverage | [.included, .expected, .silent, .range.low, .range.high]')" '[2,3,["silent"],135,135]'
same "as it was known before anything had arrived" \
	"$(value activity_served --period 2024 --as-of 2024-12-31)" 0
same "as it is known today" \
	"$(value activity_served --period 2024 --as-of "$(date +%F)")" 135
[[ $(d stats activity_served --period 2024 --trends) == *"Last"* ]] || fail "the table has no column for the period before"

d explain activity_served --place 文晖街道 --period 2024-Q1 --json >"$T/explained"
same "it opens into the record" "$(jq -r '.parts[0].communities[0].records[0].title' "$T/explained")" 反诈宣传
same "and its line into a bundle" "$(jq -r '.parts[0].communities[0].records[0].lines[0].bundle' "$T/explained")" \
	"$(jq -r '.bundles[0].bundle' "$T/explained")"
same "which the district shows" "$(d show "$(jq -r '.bundles[0].bundle' "$T/explained")" --json | jq -r .hash)" \
	"$(jq -r '.bundles[0].hash' "$T/explained")"
holds "people read it too" d explain 活动服务人次 --period 2024-Q1
same "a community opens its own" "$(c a explain activity_served --period 2024-Q1 --json | jq '.parts[0].communities[0].records | length')" 2

if command -v ssh-keygen >/dev/null && command -v git >/dev/null; then
	d ledger export "$T/ledger" >/dev/null
	commit=$(jq -r '.bundles[0].commit' "$T/explained")
	git -C "$T/ledger" cat-file commit "$commit" | sed '/^gpgsig /,/^ -----END/d' >"$T/signed"
	jq -r '.bundles[0].signature' "$T/explained" | sed '/^$/d' >"$T/signature"
	holds "ssh-keygen verifies the signature that it opened into" \
		ssh-keygen -Y check-novalidate -n git -s "$T/signature" <"$T/signed"
fi
all_shown
