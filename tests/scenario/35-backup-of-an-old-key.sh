#!/usr/bin/env bash
# A backup that was made before the key was changed brings the old key back.  That
# is said in plain words, at the restore where it can be known there, else at the
# first contact; work goes on meanwhile, and with a new invitation nothing of it is
# lost: over the network and on a stick.
source "$(dirname "$0")/lib.sh"
serving_district
community a zhizunong 知足弄社区 潮鸣街道
put a club name=太极拳队 category=太极拳 members=24 active=true >/dev/null
c a sync >/dev/null 2>&1
c a backup "$T/old.age" >/dev/null 2>&1
c a key age >"$T/identity" 2>/dev/null
old=$(c a status --json | jq -r .device)
c a key rotate >/dev/null 2>&1
put a club name=合唱团 category=合唱 members=9 active=true >/dev/null
c a sync >/dev/null 2>&1
cp -r "$T/a" "$T/intact"

# ---- where the home is there to compare with ----
holds "restored over the home" c a restore "$T/old.age" -i "$T/identity" --replace
says "it is said that the key is an old one" "before the key was changed"
says "and what to do" "join INVITATION --keep"
same "as a program reads it" "$(c b restore "$T/old.age" -i "$T/identity" --json | jq .older_key)" false

# ---- elsewhere: at the first contact, over the network ----
put b club name=恢复后写的 category=其他 members=3 active=true >/dev/null
put b person name=李春梅 phone=13800001111 birth_decade=1950 >/dev/null
same "before any contact nothing is known" "$(c b status --json | jq .shut_out)" false
exits "the district does not take the key" 4 c b sync
says "the reasons are told" "before the key was changed"
says "and the way out" "join INVITATION --keep"
exits "in Chinese as well" 4 env LANG=zh_CN.UTF-8 "$linli" sync --home "$T/b"
says "with the way out" "linli join 邀请文件 --keep"
same "status goes on saying so" "$(c b status --json | jq .shut_out)" true
put b club name=此后写的 category=其他 members=4 active=true >/dev/null
invite "$T/again.invitation" zhizunong 知足弄社区 潮鸣街道
exits "an invitation without --keep changes nothing" 1 c b join "$T/again.invitation"
holds "with it the computer goes on" c b join "$T/again.invitation" --keep
c b sync >/dev/null 2>&1
same "all of it is at the district" "$(district_count_of club)" 4
same "and here, with what came after the backup" "$(count_of b club):$(count_of b person)" "4:1"
same "under another key" "$([[ $(c b status --json | jq -r .device) != "$old" ]] && echo yes)" yes
same "nothing is left to say" "$(c b status --json | jq -c '[.shut_out, .unsent_bundles, .pending_lines]')" "[false,0,0]"
exits "a key that is taken is not given up so" 1 c b join "$T/again.invitation" --keep

# ---- elsewhere, and on a stick ----
mkdir "$T/stick"
c intact carry "$T/stick" >/dev/null 2>&1
put intact club name=盘上的 category=其他 members=3 active=true >/dev/null
d put street name=另一街道 >/dev/null 2>&1 || true
d policy set dispute review >/dev/null 2>&1
c intact carry "$T/stick" >/dev/null 2>&1
d carry "$T/stick" >/dev/null 2>&1
c e restore "$T/old.age" -i "$T/identity" >/dev/null 2>&1
put e club name=只在盘上 category=其他 members=5 active=true >/dev/null
put e person name=钱小姐 phone=13800002222 birth_decade=1960 >/dev/null
holds "a stick with what the district wrote for others" c e carry "$T/stick" --json
same "is noticed" "$(jq .shut_out "$T/out")" true
same "and remembered" "$(c e status --json | jq .shut_out)" true
d carry "$T/stick" --json >"$T/out" 2>/dev/null || true
same "what was signed with it is refused" "$(jq -r '[.refused[].code] | unique | join(" ")' "$T/out")" revoked
invite "$T/e.invitation" zhizunong 知足弄社区 潮鸣街道
holds "a request by --keep" c e join "$T/e.invitation" --keep --offline -o "$T/e.request"
d enrol "$T/e.request" -o "$T/e.answer" >/dev/null 2>&1
holds "answered" c e join "$T/e.answer"
c e carry "$T/stick" >/dev/null 2>&1
d carry "$T/stick" >/dev/null 2>&1
same "brings what was refused" "$(d list club --json | jq '[.records[] | select(.values.name == "只在盘上")] | length')" 1
c e carry "$T/stick" >/dev/null 2>&1
same "the person is there once" "$(c e list person --json | jq '[.records[] | select(.values.name == "钱小姐")] | length')" 1
same "what gave way is listed as issued again" "$(c e forks --json | jq -c '[.set_aside[].issued_again] | unique')" "[true]"
for home in intact b e intact b e; do
	c "$home" sync >/dev/null 2>&1
done
same "all computers agree in the end" "$(hash_of b) $(hash_of e)" "$(hash_of intact) $(hash_of intact)"
same "with every person" "$(count_of intact person)" 2
for who in intact b e district; do
	sound "$who"
done
ok "check finds nothing wrong"
stop_serving
all_shown
