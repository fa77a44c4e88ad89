#!/usr/bin/env bash
# The district's backup, taken while it serves: restored on another computer
# it goes on under a new incarnation, and what came after the backup comes
# back from the communities by itself; a damaged or foreign backup is refused
# and leaves everything as it was.
source "$(dirname "$0")/lib.sh"
serving_district
community a zhizunong 知足弄社区 潮鸣街道
community b wanglanfu 望澜府社区 上塘街道
put a club name=太极拳队 category=太极拳 members=24 active=true >/dev/null
c a sync >/dev/null
holds "a backup while it serves" d backup "$T/backup.age" --json
at_backup=$(jq -r .state_hash "$T/out")
same "the backup is readable by its owner only" "$(stat -c %a "$T/backup.age")" 600
exits "a backup does not replace a file" 1 d backup "$T/backup.age"
d key age >"$T/age.key" 2>/dev/null

# What the backup does not know: records, an edit, a community.
put a club name=合唱团 category=合唱 members=9 active=true >/dev/null
put b club name=摄影社 category=摄影 members=8 active=true >/dev/null
c a put club 太极拳队 members=30 >/dev/null
c a sync >/dev/null
c b sync >/dev/null
community late jindu 京都苑社区 东新街道
put late club name=书法社 category=书法 members=7 active=true >/dev/null
c late sync >/dev/null
lost=$(district_records_of club)
stop_serving

# ---- on another computer -----------------------------------------------

mv "$T/district" "$T/burnt"
exits "without an identity" 4 d restore "$T/backup.age"
rm -rf "$T/district"
holds "--dry-run verifies the backup" d restore "$T/backup.age" -i "$T/age.key" --dry-run --json
same "and tells its state" "$(jq -r .state_hash "$T/out")" "$at_backup"
[[ ! -e $T/district/store.db ]] || fail "--dry-run has restored"
holds "the store and the key are restored" d restore "$T/backup.age" -i "$T/age.key" --json
same "it goes on under a new incarnation" "$(jq .incarnation "$T/out")" 2
same "as it was at the backup" "$(d check --json | jq -r .state_hash)" "$at_backup"
same "with one club" "$(district_count_of club)" 1
serve
for home in a b late a b late; do
	c "$home" sync >/dev/null 2>"$T/err" || fail "$home cannot sync: $(cat "$T/err")"
done
same "what came afterwards is back" "$(district_records_of club)" "$lost"
same "the community that joined afterwards, too" \
	"$(d communities --json | jq '.communities | length')" 3
invite "$T/x.invitation" wulin 武林社区 潮鸣街道 || fail "it cannot invite"
c a sync >/dev/null
for who in a b late district; do
	sound "$who"
done
ok "check finds nothing wrong"

# ---- over what is there ------------------------------------------------

d backup "$T/second.age" >/dev/null 2>&1
put a club name=后来的 category=其他 members=1 >/dev/null
c a sync >/dev/null
exits "a restore while it serves" 11 d restore "$T/second.age" --replace
stop_serving
before=$(d check --json | jq -r .state_hash)
exits "a restore over records" 1 d restore "$T/second.age"
unchanged() { same "$1: nothing has changed" "$(d check --json | jq -r .state_hash)" "$before"; }
unchanged "that"
printf 'X' | dd of="$T/second.age" bs=1 seek=$(($(stat -c %s "$T/second.age") / 2)) conv=notrunc status=none
mv "$T/second.age" "$T/altered.age"
cp "$T/backup.age" "$T/cut.age"
truncate -s 20000 "$T/cut.age"
: >"$T/empty.age"
echo "no database" >"$T/text.age"
cp "$T/district/store.db" "$T/plain.age"
printf 'X' | dd of="$T/plain.age" bs=1 seek=$(($(stat -c %s "$T/plain.age") / 2)) conv=notrunc status=none
truncate -s 20000 "$T/plain.age"
c a backup "$T/a.age" >/dev/null 2>&1
c a key age >"$T/a.key" 2>/dev/null
for file in altered cut empty text plain; do
	status=0
	d restore "$T/$file.age" --replace >"$T/out" 2>"$T/err" || status=$?
	[[ $status != 0 ]] || fail "the backup $file was restored"
	ok "the backup '$file' is refused (exit $status)"
	unchanged "the backup '$file'"
done
exits "a community's backup, unopened" 4 d restore "$T/a.age" --replace
exits "a community's backup, opened" 4 d restore "$T/a.age" --replace -i "$T/a.key"
says "which says what to use" "linli"
unchanged "a community's backup"
exits "another identity" 4 d restore "$T/backup.age" --replace -i "$T/a.key"
unchanged "another identity"
holds "with --replace it takes their place" d restore "$T/backup.age" --replace --json
same "what was there is kept aside" "$([[ -s $(jq -r .kept_aside "$T/out")/store.db ]] && echo kept)" kept
same "under one incarnation more" "$(jq .incarnation "$T/out")" 3
same "the state is that of the copy" "$(d check --json | jq -r .state_hash)" "$at_backup"
serve
for home in a b late a b late; do
	c "$home" sync >/dev/null 2>"$T/err" || fail "$home cannot sync: $(cat "$T/err")"
done
same "everything is back again" "$(district_count_of club)" 5
sound district
stop_serving

# ---- a community's folder put back -------------------------------------

cp -a "$T/a" "$T/a-copy"
put a club name=丢失前 category=其他 members=2 >/dev/null
serve
c a sync >/dev/null
rm -rf "$T/a"
cp -a "$T/a-copy" "$T/a"
holds "a community's old folder syncs" c a sync
same "and gets back what it had sent" \
	"$(c a list club --json | jq '[.records[].values.name | select(. == "丢失前")] | length')" 1
same "it goes on under a new incarnation" "$(c a status --json | jq .incarnation)" 2
put a club name=恢复后 category=其他 members=3 >/dev/null
holds "it records and sends as ever" c a sync
same "which arrives" \
	"$(d list club --json | jq '[.records[].values.name | select(. == "恢复后")] | length')" 1
sound a
sound district

# The same, but signed before it hears of what it has lost: a fork.
rm -rf "$T/a"
cp -a "$T/a-copy" "$T/a"
put a club name=分叉 category=其他 members=4 >/dev/null
c a pack >/dev/null
holds "a copy that has signed another bundle for one place syncs" c a sync --json
same "and nothing is refused" "$(jq -c .refused "$T/out")" "[]"
for name in 丢失前 恢复后 分叉; do
	same "$name is there once" \
		"$(c a list club --json | jq --arg n "$name" '[.records[].values.name | select(. == $n)] | length')" 1
	same "and at the district" \
		"$(d list club --json | jq --arg n "$name" '[.records[].values.name | select(. == $n)] | length')" 1
done
jq -e '.repairs | length >= 1' <(c a status --json) >/dev/null || fail "status does not tell of the repair"
ok "the repair is told"
sound a
sound district
ok "check finds nothing wrong"
stop_serving
all_shown
