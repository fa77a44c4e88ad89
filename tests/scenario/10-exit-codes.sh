#!/usr/bin/env bash
# The statuses that scripts may rely on, each with its sentence on stderr
# and nothing on stdout; with --json the error is an object on stdout.
source "$(dirname "$0")/lib.sh"
serving_district
community a zhizunong 知足弄社区 潮鸣街道
club=$(put a club name=太极拳队 category=太极拳 members=24 active=true)
c a sync >/dev/null

# status STATUS CODE SENTENCE COMMAND...: by both roads
status() {
	local status=$1 code=$2 sentence=$3
	shift 3
	exits "${*:2:3}: $code" "$status" "$@"
	[[ ! -s $T/out ]] || fail "$code: stdout is not empty: $(cat "$T/out")"
	head -n 1 "$T/err" | grep -qE "$sentence" || fail "$code: says $(cat "$T/err")"
	exits "with --json" "$status" "$@" --json
	jq -es 'length == 1 and .[0].schema == 1 and .[0].error.code == "'"$code"'" and
		(.[0].error.sentence | length > 0) and (.[0].error | has("detail"))' \
		"$T/out" >/dev/null || fail "$code with --json: $(cat "$T/out")"
}

exits "0: done" 0 c a list club
status 1 not_found "no such record" c a get club 0123456789abcdef.1.1
status 1 value "does not fit its field" c a put club members=many
status 1 value "does not fit its field" c a put club "$club" founded_on=2024-02-30
status 1 value "does not fit its field" c a put club category=没有名称
status 1 exists "already exists" c a join "$T/a.invitation"
status 2 usage "not understood" c a put nothing name=x
status 2 usage "not understood" c a put club "$club" colour=red
status 2 usage "not understood" c a lsit club
status 2 usage "not understood" c a list
status 2 usage "not understood" c a list club --no-such-option
printf 'name,members\n好队,5\n坏队,many\n' >"$T/bad.csv"
exits "3: partly done" 3 c a import club "$T/bad.csv" --keep-good
same "the good row went in" "$(count_of a club)" 2
exits "1: none of it" 1 c a import club "$T/bad.csv"
status 4 invitation "not valid, or was used" c b join "$T/a.invitation"
rm -rf "$T/b"
status 4 scope "may not write" c a put street name=某街道
status 6 network "cannot be reached" c a sync http://127.0.0.1:1
status 6 network "cannot be reached" c a sync http://no-such-host.invalid
status 10 not_initialised "has not joined" c nowhere list club
status 10 not_initialised "has not joined" "$linlid" check --home "$T/nowhere"
[[ ! -e $T/nowhere ]] || fail "a command made a home"
exits "11: a second server" 11 timeout 10 "$linlid" serve --home "$T/district" --listen 127.0.0.1:0
grep -q "in use by another program" "$T/err" || fail "11: $(cat "$T/err")"

# Somebody else writes and does not come to an end.
if command -v python3 >/dev/null; then
	mkfifo "$T/release"
	python3 -c '
import sqlite3, sys
store = sqlite3.connect(sys.argv[1], isolation_level=None)
store.execute("BEGIN IMMEDIATE")
print("held", flush=True)
open(sys.argv[2]).read()
' "$T/a/store.db" "$T/release" >"$T/held" 9>&- &
	holder=$!
	eventually "another program writes" 10 grep -q held "$T/held"
	exits "11: another program writes for more than ten seconds" 11 c a put club name=x members=1
	exits "reading goes on all the same" 0 c a list club
	: >"$T/release"
	wait "$holder"
fi
sed '0,/"format": *[0-9]*/s//"format": 99/' common/model/gongshu.json >"$T/newer.json"
exits "12: a model of a later form" 12 "$linlid" init --name 上城区 --model "$T/newer.json" --home "$T/newer"
[[ ! -e $T/newer/store.db ]] || fail "12: a node was founded"
# 5, "waits for a person", comes with review; what waits is told by sync and carry as refused.

# A failed command has changed nothing.
same "two clubs, still" "$(count_of a club)" 2
sound a

# sync and carry tell their results also where they failed.
put a club name=未送达 members=1 >/dev/null
exits "a sync without a server, with --json" 6 c a sync http://127.0.0.1:1 --json
same "tells what was done until then" "$(jq -c '[.sent.lines, .received.lines, .refused]' "$T/out")" "[0,0,[]]"
same "and what failed" "$(jq -r .error.code "$T/out")" network
same "the record is kept" "$(c a status --json | jq '.pending_lines + .unsent_lines > 0')" true

# The output cannot be written.
exits "standard output is full" 1 bash -c '"$1" list club --json --home "$2" >/dev/full' - "$linli" "$T/a"
stop_serving
all_shown
