#!/usr/bin/env bash
# Somebody copies the folder to a second computer, and both go on working with
# one key.  Each ends with an incarnation of its own, nothing is lost, check
# is clean everywhere, and a computer that can know is told of the other.
source "$(dirname "$0")/lib.sh"
serving_district
community a zhizunong 知足弄社区 潮鸣街道
community b wanglanfu 望澜府社区 上塘街道
put a club name=起点 category=太极拳 members=1 active=true >/dev/null
c a sync >/dev/null
cp -a "$T/a" "$T/twin"

# ---- over the network --------------------------------------------------

for n in 1 2 3; do
	put a club name="甲$n" category=合唱 members=1 active=true >/dev/null
	c a pack >/dev/null
	put twin club name="乙$n" category=合唱 members=1 active=true >/dev/null
	c twin pack >/dev/null
	c a sync >/dev/null 2>&1 || fail "the first cannot sync: round $n"
	c twin sync >/dev/null 2>&1 || fail "the second cannot sync: round $n"
	sleep 1.1 # a bundle says to the second when it was made
done
c a sync >/dev/null
c twin sync >/dev/null
c b sync >/dev/null
wanted='["乙1","乙2","乙3","甲1","甲2","甲3","起点"]'
names() { jq -c '[.records[].values.name] | sort'; }
for who in a twin; do
	same "nothing is lost at $who" "$(c "$who" list club --json | names)" "$wanted"
	sound "$who"
done
same "nor at the district" "$(d list club --json | names)" "$wanted"
sound district
sound b
same "both hold the same" "$(hash_of a)" "$(hash_of twin)"
first=$(c a status --json | jq .incarnation)
second=$(c twin status --json | jq .incarnation)
[[ $first != "$second" ]] || fail "both go by incarnation $first"
ok "each has an incarnation of its own ($first and $second)"
jq -es 'any(.[]; .key_used_elsewhere != null)' \
	<(c a status --json) <(c twin status --json) >/dev/null || fail "nobody is told of the other"
ok "they are told that another computer uses the key"
same "and the district, place by place, with who named the other bundle" \
	"$(d forks --json | jq -c '[(.forks | length > 0), ([.forks[].named_by] | unique | length)]')" "[true,1]"
who=$(c a status --json | jq -e '.key_used_elsewhere != null' >/dev/null && echo a || echo twin)
holds "in words" c "$who" status
says "with what to do" "[Aa]nother computer"

# ---- on one stick ------------------------------------------------------

stop_serving
port=
mkdir "$T/stick"
put a club name=甲4 category=合唱 members=1 active=true >/dev/null
put twin club name=乙4 category=合唱 members=1 active=true >/dev/null
for _ in 1 2 3; do
	for who in a d a twin d twin; do
		status=0
		if [[ $who == d ]]; then
			d carry "$T/stick" >"$T/out" 2>"$T/err" || status=$?
		else
			c "$who" carry "$T/stick" >"$T/out" 2>"$T/err" || status=$?
		fi
		[[ $status == 0 || $status == 3 ]] || fail "$who carry: $(cat "$T/out" "$T/err")"
	done
done
c a carry "$T/stick" >/dev/null 2>&1
wanted='["乙1","乙2","乙3","乙4","甲1","甲2","甲3","甲4","起点"]'
for who in a twin; do
	same "by stick nothing is lost at $who" "$(c "$who" list club --json | names)" "$wanted"
	sound "$who"
done
same "nor at the district" "$(d list club --json | names)" "$wanted"
sound district
all_shown
