#!/usr/bin/env bash
# A community that never has a network takes part fully: its request, the
# answer, policies, verdicts, corrections, receipts and a revocation all travel on
# one stick, which another community and another federation use as well.  Before
# anything is taken in, it is shown who signed it, when, and how much.
source "$(dirname "$0")/lib.sh"
source "$(dirname "$0")/review.sh"
found_district
"$linlid" init --name 上城区 --home "$T/other" >/dev/null 2>&1
mkdir "$T/stick"
stick=$T/stick

# ---- enrolment by the stick itself ----
invite "$T/a.invitation" zhizunong 知足弄社区 潮鸣街道
holds "joining without a network needs no file but the invitation" \
	c a join "$T/a.invitation" --offline
says "and says what to do" carry
club=$(put a club name=太极拳队 category=太极 members=24 active=true)
put a person name=李春梅 phone=13800001111 birth_decade=1950 >/dev/null
exits "the request goes along" 0 c a carry "$stick" --json
same "and that is said" "$(jq -r .enrolment "$T/out")" carried
! grep -rqaE "zhizunong|知足弄|public_key" "$stick" || fail "the request can be read on the stick"
ok "a finder reads nothing of it"

exits "the district first looks" 0 d carry "$stick" --dry-run --json
same "and sees who signed how much" \
	"$(jq -c '[.dry_run, (.found | map([.community, .name, .bundles, .lines])), .found[0].first > 1700000000]' "$T/out")" \
	'[true,[["zhizunong",null,2,3]],true]'
same "which took nothing in" "$(district_count_of club) $(d devices --json | jq '.devices | length')" "0 1"
holds "for people too" d carry "$stick"
says "who signed, when, how many" "zhizunong \(device [0-9a-f]{16}, not enrolled as far as is known here\): 3 changes in 2 bundles, 20[0-9]{2}-"
says "a device was enrolled" "Enrolled 1 devices"
same "what it had written before it was enrolled counts" "$(district_count_of club)" 1
exits "the answer comes home" 0 c a carry "$stick" --json
same "and that is said" "$(jq -r .enrolment "$T/out")" confirmed
same "enrolled" "$(c a status --json | jq .enrolled)" true
same "receipts came with it" "$(c a status --json | jq .unsent_bundles)" 0
[[ -z $(find "$stick" -name '*.request.age') ]] || fail "the request stays on the stick"
ok "the request is gone from the stick"

# ---- another community, another federation, the same stick ----
invite "$T/b.invitation" wanglanfu 望澜府社区 上塘街道
c b join "$T/b.invitation" --offline >/dev/null 2>&1
"$linlid" invite beishan --name 北山社区 --street 北山街道 -o "$T/x.invitation" --home "$T/other" >/dev/null 2>&1
c x join "$T/x.invitation" --offline >/dev/null 2>&1
put b club name=合唱团 category=合唱 members=30 active=true >/dev/null
put x club name=书法社 category=书法 members=9 active=true >/dev/null
c b carry "$stick" >/dev/null 2>&1
c x carry "$stick" >/dev/null 2>&1
d carry "$stick" >/dev/null 2>&1
"$linlid" carry "$stick" --home "$T/other" >/dev/null 2>&1
for who in a b x; do c "$who" carry "$stick" >/dev/null 2>&1; done
same "two federations lie side by side" "$(find "$stick" -mindepth 1 -maxdepth 1 | wc -l)" 2
same "each community is enrolled in its own" \
	"$(c b status --json | jq .enrolled) $(c x status --json | jq .enrolled)" "true true"
same "the other district has its own only" \
	"$("$linlid" list club --json --home "$T/other" | jq -r '.records[].values.name')" 书法社
same "receipts for all who pass by" \
	"$(for who in a b x; do c "$who" status --json | jq .unsent_bundles; done | xargs)" "0 0 0"
same "a sees what b wrote" "$(c a list club --json | jq -r '.records[].values.name' | sort | xargs)" \
	"合唱团 太极拳队"

# ---- a policy, a verdict, a correction ----
d policy set club review >/dev/null 2>&1
d carry "$stick" >/dev/null 2>&1
c a carry "$stick" >/dev/null 2>&1
c a put club "$club" members=240 >/dev/null
c a carry "$stick" >/dev/null 2>&1
d carry "$stick" >/dev/null 2>&1
same "what the policy wants looked at waits" "$(d review list --json | jq '.bundles | length')" 1
bundle=$(d review list --json | jq -r '.bundles[0].bundle')
d review return "$bundle" --lines 1 --reason 人数不符 --as 审核员 >/dev/null 2>&1
d carry "$stick" >/dev/null 2>&1
c a carry "$stick" >/dev/null 2>&1
same "the verdict comes home" "$(c a inbox --json | jq -r '.lines[].reason')" 人数不符
c a fix "$(c a inbox --json | jq -r '.lines[0].line')" members=25 >/dev/null
c a carry "$stick" >/dev/null 2>&1
d carry "$stick" >/dev/null 2>&1
d review accept "$(d review list --json | jq -r '.bundles[0].bundle')" --as 审核员 >/dev/null 2>&1
d carry "$stick" >/dev/null 2>&1
c a carry "$stick" >/dev/null 2>&1
same "corrected and accepted" "$(d get club "$club" --json | jq .values.members)" 25
same "nothing is left open" "$(c a status --json | jq -c '[.unsent_bundles, .returned_lines]')" "[0,0]"

# ---- revoked ----
device=$(c b status --json | jq -r .device)
d revoke "$device" >/dev/null 2>&1
put b club name=事后的 category=其他 members=1 active=true >/dev/null
d carry "$stick" >/dev/null 2>&1
c a carry "$stick" >/dev/null 2>&1
c b carry "$stick" >/dev/null 2>&1 || true
d carry "$stick" >/dev/null 2>&1 || true
same "what a revoked computer signs afterwards is not taken" "$(d list club --json | jq '[.records[] | select(.values.name == "事后的")] | length')" 0

# ---- the folder itself may not lead elsewhere ----
mkdir "$T/trap" "$T/elsewhere"
ln -s "$T/elsewhere" "$T/trap/$(basename "$(find "$stick" -mindepth 1 -maxdepth 1 | head -n 1)")"
ln -s "$T/elsewhere" "$T/trap/$(basename "$(find "$stick" -mindepth 1 -maxdepth 1 | tail -n 1)")"
c a put club "$club" members=26 >/dev/null
exits "a link in place of the folder is refused" 1 c a carry "$T/trap"
[[ -z $(ls -A "$T/elsewhere") ]] || fail "something was written behind the link"
ok "and nothing is written behind it"

for file in "$stick"/*/*; do
	name=$(basename "$file")
	[[ $name =~ ^[0-9a-f]{32}\.(heads|[0-9]+\.bundle\.age|request\.age)$ && ! $name == *:* ]] ||
		fail "no name for a FAT stick: $name"
done
ok "every name fits a FAT stick and comes from a hash"
sound a
sound b
sound district
ok "check finds nothing wrong"
all_shown
