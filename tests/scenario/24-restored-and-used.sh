#!/usr/bin/env bash
# A community's computer is put back from a copy of its whole folder, and used
# and signed before anybody notices: two bundles for one place.  The lost ones
# come back, those made since are written again, nothing is lost or doubled,
# and people are told; over the network, on a stick, and a second time.
source "$(dirname "$0")/lib.sh"
serving_district
community a zhizunong 知足弄社区 潮鸣街道
community a2 zhizunong 知足弄社区 潮鸣街道
community b wanglanfu 望澜府社区 上塘街道
club=$(put a club name=太极拳队 category=太极拳 members=24 active=true)
total=$(put a activity club="$club" kind=clean_up title=全年 held_on=2024-01-01 served=100)
c a sync >/dev/null
c a2 sync >/dev/null
names() { c "$1" list club --json | jq -c '[.records[].values.name] | sort'; }

# ---- over the network --------------------------------------------------

cp -a "$T/a" "$T/a.old"
lost=$(put a club name=丢失的 category=合唱 members=9 active=true)
put a activity club="$lost" kind=sports_culture title=丢失的活动 held_on=2024-05-01 served=0 >/dev/null
c a put activity "$total" served+=7 >/dev/null
c a put club "$club" members=25 >/dev/null
put a person name=夏女士 phone=13857112233 birth_decade=1960 >/dev/null
c a sync >/dev/null
rm -rf "$T/a" && cp -a "$T/a.old" "$T/a"

made=$(put a club name=恢复后的 category=书法 members=5 active=true)
same "the copy gives a number again that it had given away" "$made" "$lost"
put a activity club="$made" kind=sports_culture title=恢复后的活动 held_on=2024-06-01 served=0 >/dev/null
c a put activity "$total" served+=20 >/dev/null
c a put club "$club" members=26 >/dev/null
put a person name=冬先生 phone=13900000000 birth_decade=1950 >/dev/null
c a pack >/dev/null
holds "it syncs" c a sync --json
same "and nothing is refused" "$(jq -c .refused "$T/out")" "[]"
# Of the lost names the server knows nothing: a bundle that only the other computer can
# open waits for it there.  Until it has given that back, what may be in it stays unsigned.
same "the name alone waits for the community's other computer" \
	"$(c a status --json | jq .pending_lines)" 1
c a2 sync >/dev/null
holds "which gives back what it got" c a sync
says "all of it" "All changes have reached the district"
same "and then it is signed" "$(c a status --json | jq .pending_lines)" 0
c a2 sync >/dev/null
for who in a a2; do
	same "no club is lost or doubled at $who" "$(names "$who")" '["丢失的","太极拳队","恢复后的"]'
	same "nor a person at $who" "$(c "$who" list person --json | jq -c '[.records[].values.name] | sort')" \
		'["冬先生","夏女士"]'
	for title in 丢失的 恢复后的; do
		id=$(c "$who" list club "name=$title" --json | jq -r '.records[0].id')
		same "the activity of $title is that club's at $who" \
			"$(c "$who" list activity "club=$id" --json | jq -c '[.records[].values.title]')" \
			"[\"${title}活动\"]"
	done
	same "what was added is added once at $who" \
		"$(c "$who" get activity "$total" --json | jq .values.served)" 127
	same "two edits that did not know of each other are a conflict at $who" \
		"$(c "$who" conflicts --json | jq -c '[.conflicts[] | select(.field == "members") | .values[].value] | sort')" \
		"[25,26]"
	sound "$who"
done
same "both computers of the community hold the same" "$(hash_of a)" "$(hash_of a2)"
same "the district has all of it" \
	"$(d list club --json | jq -c '[.records[].values.name] | sort')" '["丢失的","太极拳队","恢复后的"]'
sound district
same "it goes on under a new incarnation" "$(c a status --json | jq .incarnation)" 2
c a status --json >"$T/out"
jq -e '.open_forks == 0 and (.repairs | length >= 1) and ([.repairs[].lines] | add >= 5) and
	([.repairs[].renumbered] | add >= 3) and ([.repairs[].left] | add == 0)' "$T/out" >/dev/null ||
	fail "status does not tell of the repair: $(cat "$T/out")"
ok "status tells of the repair"
jq -e '.key_used_elsewhere == null' "$T/out" >/dev/null || fail "one computer is no two"
holds "in words" c a status
says "how many changes were written again" "put back from an old copy"
holds "forks tells all of it" c a forks --json
jq -e '(.set_aside | length >= 1) and all(.set_aside[]; .issued_again) and
	all(.forks[]; .settled != null)' "$T/out" >/dev/null || fail "forks: $(cat "$T/out")"
ok "what gave way is kept and listed"
LANG=zh_CN.UTF-8 c a forks >"$T/out" 2>"$T/err" || fail "forks in Chinese"
says "in Chinese" "修复"
holds "a place and its bundles can be looked at as ever" c a log
before=$(hash_of a)
c a sync >/dev/null
same "another sync changes nothing" "$(hash_of a)" "$before"

# ---- the same copy a second time, by stick -----------------------------

stop_serving
port=
rm -rf "$T/a" && cp -a "$T/a.old" "$T/a"
put a club name=第二次 category=舞蹈 members=6 active=true >/dev/null
c a pack >/dev/null
mkdir "$T/stick"
carry() {
	local status=0
	if [[ $1 == d ]]; then
		d carry "$T/stick" >"$T/out" 2>"$T/err" || status=$?
	else
		c "$1" carry "$T/stick" >"$T/out" 2>"$T/err" || status=$?
	fi
	[[ $status == 0 || $status == 3 ]] || fail "$1 carry: $(cat "$T/out" "$T/err")"
}
for _ in 1 2 3; do
	carry a
	carry d
	carry a2
done
carry a
for who in a a2; do
	same "by stick nothing is lost at $who" "$(names "$who")" '["丢失的","太极拳队","恢复后的","第二次"]'
	sound "$who"
done
same "nor at the district" "$(district_count_of club)" 4
sound district
same "both computers hold the same again" "$(hash_of a)" "$(hash_of a2)"
(($(c a status --json | jq .incarnation) >= 3)) || fail "an incarnation was used twice"
ok "under an incarnation of its own"
all_shown
