#!/usr/bin/env bash
# Whatever a person types: status 2, what was probably meant, how to learn
# more, and nothing done.
source "$(dirname "$0")/lib.sh"
port=
found_district
community_by_files a zhizunong 知足弄社区 潮鸣街道
club=$(put a club name=太极拳队 members=24)
before=$(hash_of a)

# wrong WHAT PATTERN ARGS...: of linli
wrong() {
	local what=$1 pattern=$2 status=0
	shift 2
	"$linli" "$@" --home "$T/a" >"$T/out" 2>"$T/err" || status=$?
	[[ $status == 2 ]] || fail "$what: status $status: $(cat "$T/out" "$T/err")"
	[[ ! -s $T/out ]] || fail "$what: prints on stdout"
	grep -qE -e "$pattern" "$T/err" || fail "$what: says $(cat "$T/err")"
	ok "$what"
}
status=0
"$linli" >"$T/out" 2>"$T/err" || status=$?
[[ $status == 2 && ! -s $T/out ]] && grep -q Usage "$T/err" || fail "no command: $status"
ok "no command: usage on stderr, status 2"
holds "--help: usage on stdout" "$linli" --help
grep -q Usage "$T/out" || fail "--help: $(cat "$T/out")"
holds "--version" "$linli" --version
grep -qE '^linli [0-9]+\.[0-9]+\.[0-9]+$' "$T/out" || fail "--version: $(cat "$T/out")"
for command in join put get list delete history import export status pack log forks show sync carry \
	conflicts stats key check backup restore; do
	"$linli" "$command" --help >"$T/out" 2>"$T/err" || fail "$command --help"
	"$linli" help "$command" >"$T/help" 2>"$T/err" || fail "help $command"
	cmp -s "$T/out" "$T/help" || fail "help $command and $command --help differ"
	grep -q "Usage: linli $command" "$T/out" || fail "$command --help: $(cat "$T/out")"
done
ok "every command of linli explains itself"
for command in init serve invite enrol communities devices revoke list get history stats \
	conflicts export log show carry "ledger export" "ledger allowed-signers" quarantine forks \
	check backup restore key; do
	read -ra words <<<"$command"
	"$linlid" "${words[@]}" --help >"$T/out" 2>"$T/err" || fail "$command --help"
	grep -q "Usage: linlid $command" "$T/out" || fail "$command --help: $(cat "$T/out")"
done
ok "every command of linlid explains itself"

wrong "a command with a slip" "did you mean .*list" lsit club
wrong "a command that does not exist" "frobnicate" frobnicate
wrong "an option with a slip" "did you mean .*--json" list club --jsno
wrong "an option that does not exist" "no-such" list club --no-such
wrong "an option without its value" "--limit" log --limit
wrong "an option given twice" "--limit" log --limit 1 --limit 2
wrong "a number that is none" "--limit" log --limit three
wrong "a negative number" "--limit" log --limit=-1
wrong "a flag with a value" "--json" list club --json=yes
wrong "an entity with a slip" "did you mean 'club'.*activity" list clbu
wrong "a field with a slip" "mebmers.*members" put club name=x mebmers=3
wrong "no field" "FIELD=VALUE" put club "$club"
wrong "too few words" "." get club
wrong "too many words" "." get club "$club" more
wrong "an empty word" "." list ""
wrong "an unknown form of the key" "public, openssh, age" key rsa
wrong "an unknown breakdown" "street, community" stats club_count --by planet
wrong "an unknown period" "." stats club_count --period 2024-13
wrong "an unknown figure" "." stats no_such_figure
wrong "an address that is none" "." sync ftp://example.com
wrong "an address with a password" "." sync http://user:secret@127.0.0.1
wrong "-o without --offline" "goes with --offline" join "$T/a.invitation" -o "$T/x"
many=()
for i in $(seq 600); do many+=("word$i"); done
wrong "more words than fit" "." list club "${many[@]}"
wrong "a home that is empty" "." status --home ""
exits "a very long word" 2 c a list "$(head -c 100000 /dev/zero | tr '\0' x)"
(($(wc -c <"$T/err") < 4000)) || fail "a very long word is repeated at length"
exits "a word that is no UTF-8" 2 c a list $'\xff\xfe'
! LC_ALL=C grep -q $'\xff' "$T/err" || fail "bytes that are no UTF-8 are printed"
exits "a word with an escape sequence" 2 c a list $'\033[31mred'
! grep -q $'\033' "$T/err" || fail "an escape sequence is printed"
exits "a value with an escape sequence is refused or kept as text" 1 \
	c a put club name=$'\033[31mred' members=1
holds "-- ends the options" "$linli" list club --json --home "$T/a" -- name=太极拳队
same "and what follows are words" "$(jq '.records | length' "$T/out")" 1
exits "also what looks like one" 2 "$linli" list club --home "$T/a" -- --json
holds "options may stand before the command" "$linli" --home "$T/a" --json status
jq -e .schema "$T/out" >/dev/null || fail "--json before the command"
same "nothing has changed" "$(hash_of a)" "$before"
exits "the district's program: a command with a slip" 2 "$linlid" inti
says "suggests" "did you mean"
exits "the district's program in a community's home" 4 "$linlid" devices --home "$T/a"
[[ -z $(find "$T" -maxdepth 1 -name 'core*') ]] || fail "something crashed"
all_shown
