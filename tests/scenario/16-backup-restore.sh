#!/usr/bin/env bash
# The district's backup, taken while it serves: restored on another computer
# it goes on under a new incarnation, and what came after the backup comes
# back from the communities by itself; a damaged or foreign copy is refused
# and leaves everything as it was.
source "$(dirname "$0")/lib.sh"
serving_district
community a zhizunong 知足弄社区 潮鸣街道
community b wanglanfu 望澜府社区 上塘街道
put a club name=太极拳队 category=太极拳 members=24 active=true >/dev/null
c a sync >/dev/null
holds "a backup while it serves" d backup "$T/backup.db"
same "the copy is readable by its owner only" "$(stat -c %a "$T/backup.db")" 600
exits "a backup does not replace a file" 1 d backup "$T/backup.db"
cp "$T/district/device.key" "$T/device.key"
at_backup=$(d check --json | jq -r .state_hash)

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
exits "without the key" 4 d restore "$T/backup.db"
rm -rf "$T/district"
holds "--dry-run verifies the copy" d restore "$T/backup.db" --key "$T/device.key" --dry-run --json
same "and tells its state" "$(jq -r .state_hash "$T/out")" "$at_backup"
[[ ! -e $T/district/store.db ]] || fail "--dry-run has restored"
holds "the copy and the key are restored" d restore "$T/backup.db" --key "$T/device.key" --json
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

d backup "$T/second.db" >/dev/null 2>&1
put a club name=后来的 category=其他 members=1 >/dev/null
c a sync >/dev/null
exits "a restore while it serves" 11 d restore "$T/second.db" --force
stop_serving
before=$(d check --json | jq -r .state_hash)
exits "a restore over records" 1 d restore "$T/second.db"
unchanged() { same "$1: nothing has changed" "$(d check --json | jq -r .state_hash)" "$before"; }
unchanged "that"
printf 'X' | dd of="$T/second.db" bs=1 seek=$(($(stat -c %s "$T/second.db") / 2)) conv=notrunc status=none
cp "$T/backup.db" "$T/cut.db"
truncate -s 20000 "$T/cut.db"
: >"$T/empty.db"
echo "no database" >"$T/text.db"
c a backup "$T/a.db" >/dev/null 2>&1
for file in cut empty text; do
	status=0
	d restore "$T/$file.db" --force >"$T/out" 2>"$T/err" || status=$?
	[[ $status != 0 ]] || fail "the copy $file was restored"
	ok "the copy '$file' is refused (exit $status)"
	unchanged "the copy '$file'"
done
status=0
d restore "$T/a.db" --force >"$T/out" 2>"$T/err" || status=$?
[[ $status != 0 ]] || fail "a community's backup was restored at the district"
ok "a community's backup is refused (exit $status)"
unchanged "a community's backup"
exits "another key" 4 d restore "$T/backup.db" --force --key "$T/a/device.key"
unchanged "another key"
holds "with --force the copy takes their place" d restore "$T/backup.db" --force --json
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

# The same, but signed before it heard of what it had lost: a fork.
rm -rf "$T/a"
cp -a "$T/a-copy" "$T/a"
put a club name=分叉 category=其他 members=4 >/dev/null
before=$(district_records_of club)
status=0
c a sync --json >"$T/out" 2>"$T/err" || status=$?
((status != 0)) || fail "a fork without a word: $(cat "$T/out")"
jq -e '([.refused[].code] | index("fork") != null) or .error.code == "fork"' "$T/out" >/dev/null ||
	fail "a fork under another name: $(cat "$T/out" "$T/err")"
ok "a copy that signs another bundle for one place is told so (exit $status)"
same "its record is kept" \
	"$(c a list club --json | jq '[.records[].values.name | select(. == "分叉")] | length')" 1
same "the district takes neither branch for the other" "$(district_records_of club)" "$before"
sound a
sound district
ok "check finds nothing wrong"
stop_serving
all_shown
