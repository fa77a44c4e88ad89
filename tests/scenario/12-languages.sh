#!/usr/bin/env bash
# The language follows LC_ALL, LC_MESSAGES, LANG and LANGUAGE; data that
# programs read does not depend on it, and input is understood in both.
source "$(dirname "$0")/lib.sh"
port=
found_district
community_by_files a zhizunong 知足弄社区 潮鸣街道
club=$(put a club name=太极拳队 category=太极拳 members=24 active=true)

zh() { LANG=zh_CN.UTF-8 "$@"; }
en() { LANG=en_US.UTF-8 "$@"; }
# reads WHAT PATTERN COMMAND...
reads() {
	local what=$1 pattern=$2
	shift 2
	"$@" >"$T/out" 2>"$T/err" || true
	grep -qE -e "$pattern" "$T/out" "$T/err" || fail "$what: $(cat "$T/out" "$T/err")"
	ok "$what"
}
reads "status in Chinese" "全部改动|没有送达" zh c a status
reads "status in English" "have not reached the district" en c a status
reads "help in Chinese" "用法" zh "$linli" --help
reads "help in English" "Usage" en "$linli" --help
reads "the district's help in Chinese" "建立一个新的区" zh "$linlid" --help
reads "a table with Chinese labels" "社团名称|名称" zh c a list club
reads "a table with English labels" "Members" en c a list club
reads "an error in Chinese" "没有这条记录" zh c a get club 0123456789abcdef.1.1
reads "an error in English" "no such record" en c a get club 0123456789abcdef.1.1
reads "what was meant, in Chinese" "是不是" zh c a lsit club
reads "what was meant, in English" "did you mean" en c a lsit club
reads "LC_ALL goes before LANG" "用法" env LC_ALL=zh_CN.UTF-8 LANG=en_US.UTF-8 "$linli" --help
reads "LANGUAGE goes before LANG" "用法" env LANGUAGE=zh:en LANG=en_US.UTF-8 "$linli" --help
reads "but not before C" "Usage" env LANGUAGE=zh LANG=C.UTF-8 "$linli" --help
reads "a language that neither has is English" "Usage" env LANG=de_DE.UTF-8 "$linli" --help
reads "none at all is Chinese" "用法" env -u LANG "$linli" --help

# What programs read.
for command in "list club" "get club $club" status stats log conflicts check; do
	read -ra words <<<"$command"
	same "--json of ${words[0]} is the same in both" \
		"$(zh c a "${words[@]}" --json | sha256sum)" "$(en c a "${words[@]}" --json | sha256sum)"
done
LANG=zh_CN.UTF-8 exits "an error in Chinese, with --json" 1 \
	c a get club 0123456789abcdef.1.1 --json
same "has the same code" "$(jq -r .error.code "$T/out")" not_found
jq -e '.error.sentence | startswith("没有")' "$T/out" >/dev/null || fail "$(cat "$T/out")"
ok "and a Chinese sentence"

# What people write.
IFS=, read -ra labels <<<"$(zh c a export club 2>/dev/null | head -n 1 | tr -d '\r')"
[[ ${labels[1]} =~ ^[a-z] ]] && fail "the label is not Chinese: ${labels[1]}"
holds "entities and fields go by their Chinese labels" \
	zh c a put 群众性社团 "${labels[1]}=合唱团" "${labels[5]}=9"
same "whatever the language of the program" "$(en c a list 群众性社团 --json | jq '.records | length')" 2
same "or its English one" "$(zh c a list Club --json | jq '.records | length')" 2
zh c a put activity title=楼道大清扫 kind=楼道大清扫 held_on=2024-05-01 club=太极拳队 >/dev/null
same "a member of an enumeration goes by its label, a record by its title" \
	"$(c a list activity --json | jq -r '.records[0].values | .kind + " " + .club')" "clean_up $club"
same "NO_COLOR or no terminal: no escapes" \
	"$(zh c a list club | grep -c "$(printf '\033')" || true)" 0
all_shown
