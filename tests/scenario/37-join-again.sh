#!/usr/bin/env bash
# A joining that failed -- the invitation was used, or another district's, or no
# server answered -- is no dead end: the next invitation works in the same folder.
# What has been recorded there is never given to another community.  And an
# invitation is not written over another one.
source "$(dirname "$0")/lib.sh"
serving_district
invite "$T/first.invitation" zhizunong 知足弄社区 潮鸣街道
c a join "$T/first.invitation" >/dev/null 2>&1
exits "a used invitation is refused" 4 c b join "$T/first.invitation"
invite "$T/second.invitation" zhizunong 知足弄社区 潮鸣街道
holds "a fresh one of the same community works there" c b join "$T/second.invitation"
exits "refused once more, elsewhere" 4 c e join "$T/first.invitation"
invite "$T/third.invitation" wanglanfu 望澜府社区 上塘街道
holds "one of another community works there as well" c e join "$T/third.invitation" --json
same "as that community's" "$(jq -r .community "$T/out")" wanglanfu

"$linlid" init --name 别区 --home "$T/other" >/dev/null 2>&1
"$linlid" invite zhizunong --name 知足弄社区 --street 潮鸣街道 -o "$T/other.invitation" \
	--url "http://127.0.0.1:$port" --home "$T/other" >/dev/null 2>&1
exits "another district's invitation finds no such district there" 4 c f join "$T/other.invitation"
invite "$T/fourth.invitation" cuihu 翠湖社区 上塘街道
holds "the right one then works" c f join "$T/fourth.invitation"
put f club name=太极拳队 category=太极拳 members=24 active=true >/dev/null
c f sync >/dev/null 2>&1
same "and its records arrive" "$(district_count_of club)" 1

exits "one that is good no more" 4 c g join "$T/first.invitation"
put g club name=先写的 category=其他 members=3 active=true >/dev/null
exits "what was recorded already is not given to another community" 1 c g join "$T/fourth.invitation"
says "the way is told" "another folder"
invite "$T/fifth.invitation" zhizunong 知足弄社区 潮鸣街道
holds "its own community's invitation works" c g join "$T/fifth.invitation"
c g sync >/dev/null 2>&1
same "with what was recorded" "$(district_count_of club)" 2

# ---- an invitation is somebody's only one ----
before=$(sha256sum <"$T/fifth.invitation")
exits "an invitation is not written over another" 1 \
	d invite cuihu --name 翠湖社区 --street 上塘街道 -o "$T/fifth.invitation" --url "http://127.0.0.1:$port"
says "which is said" "already"
same "it is as it was" "$(sha256sum <"$T/fifth.invitation")" "$before"
stop_serving
for who in a b e f g district; do
	sound "$who"
done
ok "check finds nothing wrong"

# ---- check looks at the audit log, too ----
same "of the audit log as well" "$(d check --json | jq '.audit_rows > 5')" true
if command -v sqlite3 >/dev/null; then
	sqlite3 "$T/district/store.db" "UPDATE audit SET actor = 'user:别人' WHERE number = 3"
	exits "which finds a row that was altered" 1 d check --json
	same "and names it" "$(jq -r '.problems[0]' "$T/out" | grep -c 3)" 1
else
	echo "not shown here: an altered audit log (no sqlite3)"
fi
all_shown
