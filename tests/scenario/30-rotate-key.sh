#!/usr/bin/env bash
# A computer gets a new key: over the network and by files.  What the old
# one had signed stays and still arrives, what a thief signs with it does
# not, work goes on meanwhile, and the passphrase is changed and removed.
source "$(dirname "$0")/lib.sh"
serving_district
community a zhizunong 知足弄社区 潮鸣街道
community a2 zhizunong 知足弄社区 潮鸣街道
put a club name=太极拳队 category=太极拳 members=24 active=true >/dev/null
put a person name=夏女士 phone=13857112233 birth_decade=1960 >/dev/null
for home in a a2; do
	c "$home" sync >/dev/null
done
device_of() { c "$1" status --json | jq -r .device; }
field_of() { d devices --json | jq -r --arg d "$1" ".devices[] | select(.device == \$d) | .$2"; }
first=$(device_of a)
cp -a "$T/a" "$T/stolen"

# ---- over the network ----
holds "--dry-run changes nothing" c a key rotate --dry-run
same "it is the same device" "$(device_of a)" "$first"
put a club name=合唱团 category=合唱 members=9 active=true >/dev/null
holds "a new key over the network" c a key rotate --json
second=$(jq -r .device "$T/out")
same "the answer names the key before" "$(jq -r .replaces "$T/out")" "$first"
same "it is enrolled at once" "$(jq -r .enrolled "$T/out")" true
same "the code is the district's" "$(jq -r .short_code "$T/out")" "$(field_of "$second" code)"
[[ $first != "$second" ]] || fail "the key is the same"
same "the district knows whose place it took" "$(field_of "$second" replaces)" "$first"
same "and that the old one is ended" "$(field_of "$first" revoked):$(field_of "$first" replaced_by)" "true:$second"
same "what the old key signed is there" "$(district_count_of club)" 2
put a club name=书画社 category=书画 members=12 active=true >/dev/null
holds "it goes on with the new key" c a sync
same "and what it writes arrives" "$(district_count_of club)" 3
! test -e "$T/a/device.key.new" || fail "a key is left over"
for home in a2 a a2; do
	c "$home" sync >/dev/null
done
same "the community's other computer follows" "$(count_of a2 club):$(count_of a2 person)" "3:1"
same "and holds the same" "$(hash_of a2)" "$(hash_of a)"

# ---- a thief with the old key ----
put stolen club name=冒名 category=其他 members=1 >/dev/null
exits "a copy of the old key cannot sync" 4 c stolen sync
exits "nor rotate" 4 c stolen key rotate
mkdir "$T/stick0"
c stolen carry "$T/stick0" >/dev/null
d carry "$T/stick0" >/dev/null 2>&1 || true
same "nor bring anything on a stick" "$(district_count_of club)" 3

# ---- no server ----
stop_serving
exits "without a server nothing is changed" 6 c a key rotate
same "it is still the same device" "$(device_of a)" "$second"
put a club name=路上的 category=其他 members=5 active=true >/dev/null
mkdir "$T/late"
c a carry "$T/late" >/dev/null # signed by the second key, and on its way
holds "by files" c a key rotate -o "$T/a.rotation"
says "the code is shown" "[0-9]{4} [0-9]{4}"
third=$(device_of a)
same "work goes on before the answer" \
	"$(put a club name=等待中 category=其他 members=7 active=true >/dev/null && c a pack --json | jq '.bundles > 0')" true
cp "$T/a.rotation" "$T/first.rotation"
holds "asked for again, it is the same request" c a key rotate -o "$T/a.rotation"
cmp -s "$T/a.rotation" "$T/first.rotation" || fail "another request"
sed 's/zhizunong/wanglanfu/' "$T/a.rotation" >"$T/bad.rotation"
exits "an altered request is refused" 4 d enrol "$T/bad.rotation" -o "$T/bad.answer"
holds "--dry-run enrols nothing" d enrol "$T/a.rotation" --dry-run --json
same "but tells whose it is" "$(jq -r .replaces "$T/out")" "$second"
same "nothing was enrolled" "$(field_of "$third" device)" ""
holds "the district answers" d enrol "$T/a.rotation" -o "$T/a.answer" --json
same "the answer says whose place it takes" "$(jq -r .replaces "$T/out")" "$second"
same "nothing of it has arrived yet" "$(district_count_of club)" 3
holds "the answer is taken in" c a join "$T/a.answer"
d carry "$T/late" >/dev/null
same "what the key before had sent arrives after all" "$(district_count_of club)" 4
mkdir "$T/stick"
c a carry "$T/stick" >/dev/null
holds "and by stick what the new one signed" d carry "$T/stick"
same "all of it" "$(district_count_of club)" 5
c a carry "$T/stick" >/dev/null
same "nothing is left unsent" "$(c a status --json | jq .unsent_bundles)" 0
same "the audit log tells of both" "$(d audit --json | jq '[.rows[] | select(.event == "replaced")] | length')" 2

c stolen key rotate -o "$T/stolen.rotation" >/dev/null 2>&1
exits "the thief's request is refused" 4 d enrol "$T/stolen.rotation" -o "$T/stolen.answer"
says "because the key was replaced before" "revoked|replaced"

# ---- passphrases ----
printf '第一个口令\n' >"$T/one"
printf '第二个口令\n' >"$T/two"
exits "a new passphrase must be given" 2 c a key passphrase
holds "one is set" c a key passphrase --new-passphrase-file "$T/one"
grep -q "ENCRYPTED PRIVATE KEY" "$T/a/device.key" || fail "the key is not encrypted"
exits "without it nothing opens" 4 c a status
exits "nor is it changed with a wrong one" 4 c a key passphrase --passphrase-file "$T/two" --no-passphrase
holds "it is changed" env LINLI_NEW_PASSPHRASE=第二个口令 "$linli" key passphrase \
	--home "$T/a" --passphrase-file "$T/one"
exits "the one before is no good" 4 c a status --passphrase-file "$T/one"
holds "the new one is" c a status --passphrase-file "$T/two"
holds "a rotation keeps it" c a key rotate -o "$T/a.rotation" --passphrase-file "$T/two"
exits "so that the new key needs it, too" 4 c a status
d enrol "$T/a.rotation" -o "$T/a.answer" >/dev/null 2>&1
c a join "$T/a.answer" --passphrase-file "$T/two" >/dev/null
holds "it is removed" c a key passphrase --no-passphrase --passphrase-file "$T/two"
holds "the district's is set" d key passphrase --new-passphrase-file "$T/one"
exits "and asked for" 4 d devices
holds "and removed" d key passphrase --no-passphrase --passphrase-file "$T/one"

serve
for home in a a2 a; do
	c "$home" sync >/dev/null
done
same "all computers agree in the end" "$(hash_of a2)" "$(hash_of a)"
for home in a a2 district; do
	sound "$home"
done
ok "check finds nothing wrong"
stop_serving
all_shown
