#!/usr/bin/env bash
# A newer model with a new field, a new member, a new entity and a new measure
# is published while one community is away: old and new exchange without loss,
# what needs the new model waits for it and says so, and the model comes by stick.
source "$(dirname "$0")/lib.sh"
serving_district
community a zhizunong 知足弄社区 潮鸣街道
community b wanglanfu 望澜府社区 上塘街道
put a club name=合唱团 category=合唱 members=9 active=true >/dev/null
c a sync >/dev/null 2>&1
c b sync >/dev/null 2>&1

# ---- published ----------------------------------------------------------------

d model document >"$T/v1.json"
jq '.version += 1
	| (.entities[] | select(.name == "club") | .fields) += [{"name": "motto", "label": {"zh": "口号", "en": "Motto"}, "type": "text", "scope": "district"}]
	| .entities += [{"name": "repair_request", "label": {"zh": "报修", "en": "Repair request"}, "scope": "district", "title": "what",
		"fields": [{"name": "what", "label": {"zh": "报修内容", "en": "What"}, "type": "text", "required": true},
			{"name": "reported_on", "label": {"zh": "报修日期", "en": "Reported on"}, "type": "date"}]}]
	| .measures += [{"name": "repairs_reported", "label": {"zh": "报修数", "en": "Repairs reported"}, "records": "repair_request",
		"unit": {"zh": "件", "en": "requests"},
		"sql": "SELECT NULL AS breakdown, 1 AS value, id AS record FROM repair_request WHERE community = :community AND reported_on >= :from AND reported_on < :to"}]' \
	"$T/v1.json" >"$T/v2.json"
holds "--dry-run says what is new" d model publish "$T/v2.json" --dry-run --json
same "the entity" "$(jq -r .new_entities "$T/out")" repair_request
same "the field" "$(jq -r .new_fields "$T/out")" club.motto
same "the figure" "$(jq -r .new_figures "$T/out")" repairs_reported
same "and publishes nothing" "$(d model --json | jq .version)" "$(jq .version "$T/v1.json")"
jq '.version += 1 | (.entities[] | select(.name == "club") | .fields) |= .[:-1]' "$T/v1.json" >"$T/less.json"
exits "a model that takes a field away is refused" 1 d model publish "$T/less.json"
exits "the same version again is refused" 1 d model publish "$T/v1.json"
jq '.version += 1 | .measures[0].sql = "DELETE FROM club"' "$T/v1.json" >"$T/evil.json"
exits "a measure that writes is refused" 1 d model publish "$T/evil.json"
holds "the newer one is published" d model publish "$T/v2.json"

# ---- b has it, a has not ---------------------------------------------------------

c b sync >/dev/null 2>&1
put b club name=摄影社 category=摄影 members=8 active=true motto=光影 >/dev/null
c b put repair_request what=路灯 reported_on=2024-03-05 >/dev/null
c b sync >/dev/null 2>&1
put a club name=太极拳队 category=太极拳 members=24 active=true >/dev/null
same "who has the old model goes on" "$(c a list club --json | jq '.records | length')" 2
mkdir "$T/stick"
c b carry "$T/stick" >/dev/null 2>&1
same "the district counts by the new one" \
	"$(d stats repairs_reported --period 2024 --json | jq '[.figures[].value] | add')" 1

# ---- the model comes by stick ------------------------------------------------------

c a carry "$T/stick" >/dev/null 2>&1
d carry "$T/stick" >/dev/null 2>&1
holds "a takes what is on the stick" c a carry "$T/stick"
holds "and has the new entity" c a put repair_request what=电梯 reported_on=2024-04-01
holds "and the new field" c a put club 太极拳队 motto=以柔克刚
c a carry "$T/stick" >/dev/null 2>&1
d carry "$T/stick" >/dev/null 2>&1
same "which reach the district by stick" "$(d get club 太极拳队 --json | jq -r .values.motto)" 以柔克刚
same "both requests are counted" \
	"$(d stats repairs_reported --period 2024 --json | jq '[.figures[].value] | add')" 2
for who in a b district; do
	sound "$who"
done
ok "check finds nothing wrong"
all_shown
