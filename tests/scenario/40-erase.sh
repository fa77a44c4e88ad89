#!/usr/bin/env bash
# A person asks to be forgotten: one computer of the community erases what it
# recorded, the others follow when they exchange, over the server or a stick,
# and say so; nobody's files hold the name any more, and everything verifies.
source "$(dirname "$0")/lib.sh"
needs python3
serving_district
community a zhizunong 知足弄社区 潮鸣街道
community a2 zhizunong 知足弄社区 潮鸣街道
community b wanglanfu 望澜府社区 上塘街道
sync() {
	local home
	for home in "$@"; do
		c "$home" sync >/dev/null
	done
}
mark=ZZQerased
# traces HOME: files with the mark in them, and git objects of the store that unpack to it
traces() {
	grep -rlaF "$mark" "$T/$1" || true
	python3 - "$T/$1/store.db" "$mark" <<'PYTHON'
import sqlite3, sys, zlib
store = sqlite3.connect("file:" + sys.argv[1] + "?mode=ro", uri=True)
for number, data in store.execute("SELECT number, deflated FROM object"):
    if sys.argv[2].encode() in zlib.decompress(data):
        print("object", number)
PYTHON
}
gone() { same "nothing is left at $1 $2" "$(traces "$1")" ""; }

person=$(put a person name="${mark}夏女士" phone="${mark}13857112233" birth_decade=1960)
put a person name=高先生 phone=13900001111 birth_decade=1950 >/dev/null
sync a a2
c a2 put person "$person" note="${mark}腿脚不便" >/dev/null
sync a2 a a2
[[ -n $(traces a) && -n $(traces a2) ]] || fail "the mark cannot be found where it is"
cp -r "$T/a2" "$T/copy" # of the computer, from before

exits "a dry run" 0 c a erase person "$person" --order 街道办2026-17号 --dry-run --json
same "lists the lines that would go" "$(jq '.lines | length' "$T/out")" 2
same "and the computers that hold them" "$(jq -c '[.devices[].lines]' "$T/out")" "[2,2]"
same "and changes nothing" "$(c a get person "$person" --json | jq -r .values.name)" "${mark}夏女士"
exits "an order must be given" 2 c a erase person "$person"
exits "the district cannot erase" 2 d erase person "$person" --order x

# Apart from each other, the second computer goes on writing.
c a2 put person "$person" phone="${mark}13900000001" >/dev/null
exits "the first computer erases" 0 c a erase person "$person" --order 街道办2026-17号 \
	--tell-district 2026-17 --json
same "two lines" "$(jq .lines "$T/out")" 2
gone a "at once"
same "the person is on no list any more" "$(c a list person --json | jq '.records | length')" 1
same "one of two computers has confirmed" \
	"$(c a erasures --json | jq -c '[.erasures[0].devices[].confirmed] | sort')" "[false,true]"
exits "it cannot be undone" 1 c a delete person "$person" --undo
sync a a2 a a2 a a2 a
gone a "after the exchange"
gone a2 "though it was written to meanwhile"
same "both have confirmed" \
	"$(c a erasures --json | jq -c '[.erasures[0].devices[].confirmed] | sort')" "[true,true]"
same "both hold the same" "$(hash_of a)" "$(hash_of a2)"
same "three lines are erased, and their signatures hold" "$(c a2 check --json | jq .erased)" 3
same "the district knows that something was erased, and is told no more than that" \
	"$(d erasures --json | jq -c '.erasures[] | [.community, .entity, .lines, .order, .told]')" \
	'["zhizunong","person",2,null,"2026-17"]'
same "the person is deleted there, too" "$(d list person --json | jq '.records | length')" 1
bundle=$(c a log --json | jq -r '[.bundles[] | select(.bundle | contains("/community/"))] | last | .bundle')
exits "an erased bundle can be shown" 0 c a show "$bundle" --json
same "with what is gone" "$(jq '[.lines[] | has("erased")] | any' "$T/out")" true

# A third computer, enrolled later, over the server and a stick.
community a3 zhizunong 知足弄社区 潮鸣街道
sync a3 a a2 a3 a a2
mkdir "$T/stick"
for home in a3 a2 a a3 a2; do
	c "$home" carry "$T/stick" >/dev/null
done
sync a a2 a3
gone a3 "which came later"
same "it holds the same as the others" "$(hash_of a3)" "$(hash_of a)"
same "and says that it holds nothing of it" \
	"$(c a3 erasures --json | jq -c '[.erasures[0].devices[].confirmed] | unique')" "[true]"
[[ -z $(grep -rlaF "$mark" "$T/stick" || true) ]] || fail "the mark is on the stick"

# The second computer is put back from a copy from before: it is told again.
rm -r "$T/a2"
cp -r "$T/copy" "$T/a2"
[[ -n $(traces a2) ]] || fail "the copy does not hold the mark"
sync a2 a a3 a2 a a3 a2
gone a2 "after it was put back from a copy and has exchanged"
for home in a a2 a3 b district; do
	sound "$home"
done
same "all three hold the same" "$(hash_of a) $(hash_of a3)" "$(hash_of a2) $(hash_of a2)"
stop_serving
all_shown
