#!/usr/bin/env bash
# A computer whose key is lost, or the passphrase of it: its records stay,
# signed and unsigned, and it goes on with a new key by a new invitation.
source "$(dirname "$0")/lib.sh"
serving_district
community a zhizunong 知足弄社区 潮鸣街道
community b wanglanfu 望澜府社区 上塘街道
club=$(put a club name=太极拳队 category=太极拳 members=24 active=true)
put a person name=夏女士 phone=13857112233 birth_decade=1960 >/dev/null
c a sync >/dev/null
put a club name=签了没送 category=其他 members=2 active=true >/dev/null
c a pack >/dev/null
c a put club "$club" members=25 >/dev/null
put a club name=还没签 category=其他 members=3 active=true >/dev/null
put a person name=秋先生 phone=13857112244 birth_decade=1950 >/dev/null
old=$(c a status --json | jq -r .device)
invite "$T/again" zhizunong 知足弄社区 潮鸣街道
invite "$T/other" wanglanfu 望澜府社区 上塘街道

exits "a home whose key is there is not gone over" 1 c a join "$T/again" --keep
says "the way is told" "key rotate"
mv "$T/a/device.key" "$T/kept.key"
exits "without the key nothing opens" 4 c a list club
says "the reason is told" "device.key"
exits "nor by another community's invitation" 4 c a join "$T/other" --keep
exits "an invitation alone does not take the folder" 4 c a join "$T/again"
holds "with --keep it enrols anew" c a join "$T/again" --keep
new=$(c a status --json | jq -r .device)
[[ $new != "$old" ]] || fail "the key is the same"
same "all records are there" "$(count_of a club):$(count_of a person)" "3:2"
same "also what was not signed" "$(c a get club "$club" --json | jq .values.members)" 25
c a sync >/dev/null
same "and the district has them" "$(district_count_of club)" 3
same "with the last value" "$(d get club "$club" --json | jq .values.members)" 25
same "nothing is left" "$(c a status --json | jq -c '[.pending_lines, .unsent_bundles]')" "[0,0]"
holds "the old key is revoked" d revoke "$old"
c a sync >/dev/null
cp -a "$T/a" "$T/found"
cp "$T/kept.key" "$T/found/device.key"
exits "the old key does not open the home any more" 4 c found status
sound a
sound district

# ---- by files, and the passphrase forgotten ----
stop_serving
printf '记得的口令\n' >"$T/pass"
c b key passphrase --new-passphrase-file "$T/pass" >/dev/null
put_b() { c b put club name="$1" members=1 --passphrase-file "$T/pass" --json | jq -er .id; }
put_b 口令之前 >/dev/null
: >"$T/none"
exits "the passphrase is forgotten" 4 c b status
holds "a request by --keep" c b join "$T/other" --keep --offline -o "$T/b.request"
test -e "$T/b/device.key.lost" || fail "the old file is not kept"
ok "the file that could not be opened is kept aside"
holds "the district answers" d enrol "$T/b.request" -o "$T/b.answer"
holds "the answer is taken in" c b join "$T/b.answer"
mkdir "$T/stick"
# On an empty stick nothing tells what the district has of the lost key.
c b carry "$T/stick" >"$T/out" 2>"$T/err"
says "what was there waits until that is known" "等|wait|sign"
d carry "$T/stick" >/dev/null
c b carry "$T/stick" >/dev/null
d carry "$T/stick" >/dev/null
same "what was there before arrives" \
	"$(d list club --json | jq -r '[.records[].values.name] | index("口令之前") != null')" true
sound b
sound district
ok "check finds nothing wrong"
all_shown
