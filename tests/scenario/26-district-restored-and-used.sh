#!/usr/bin/env bash
# The district's folder is put back from an old copy and used before anybody
# notices: it enrols, sets a policy, answers.  Its communities make it whole,
# what it had signed since is written again, and those who took its second
# branch first come to the same state as everybody else.
source "$(dirname "$0")/lib.sh"
serving_district
community a zhizunong 知足弄社区 潮鸣街道
community b wanglanfu 望澜府社区 上塘街道
put a club name=最初 category=太极拳 members=1 active=true >/dev/null
c a sync >/dev/null
c b sync >/dev/null
stop_serving
cp -a "$T/district" "$T/district.old"

# What the copy does not know: an enrolment, a policy, answers.
serve
community late jindu 京都苑社区 东新街道
d policy set score review >/dev/null
put a club name=丢失的 category=合唱 members=2 active=true >/dev/null
put late club name=迟到的 category=合唱 members=2 active=true >/dev/null
for home in a late a; do
	c "$home" sync >/dev/null
done
stop_serving
rm -rf "$T/district" && mv "$T/district.old" "$T/district"

# Used before anybody who knows better comes by.
serve
community new xiaohe 小河社区 小河街道
d policy set dispute review >/dev/null
put new club name=新来的 category=舞蹈 members=3 active=true >/dev/null
put b club name=乙的 category=舞蹈 members=3 active=true >/dev/null
c new sync >/dev/null
c b sync >/dev/null
same "the copy's number of incarnation" "$(d list club --json | jq '.records | length')" 3
sync_all() {
	local home
	for home in a late b new; do
		c "$home" sync >/dev/null 2>"$T/err" || fail "$home cannot sync: $(cat "$T/err")"
	done
}
sync_all
sync_all
sync_all
wanted='["丢失的","乙的","新来的","最初","迟到的"]'
same "nothing is lost at the district" \
	"$(d list club --json | jq -c '[.records[].values.name] | sort')" "$wanted"
for home in a b late new; do
	sound "$home"
	same "all communities are there at $home" "$(c "$home" list community --json | jq '.records | length')" 4
	jq -e '.open_forks == 0' <(c "$home" status --json) >/dev/null ||
		fail "$home: $(c "$home" forks)"
done
sound district
same "and there" "$(d communities --json | jq '.communities | length')" 4
same "both policies hold" \
	"$(d policy --json | jq -c '[.policies[] | select(.mode == "review") | .entity] | sort')" \
	'["dispute","score"]'
for home in late new; do
	put "$home" club name="再写$home" category=其他 members=4 active=true >/dev/null
	holds "whom either branch enrolled is heard: $home" c "$home" sync
done
same "which arrives" "$(district_count_of club)" 7
holds "the district tells of its repair" d forks --json
jq -e '(.repairs | length >= 1) and ([.repairs[].left] | add == 0) and (.set_aside | length >= 1)' \
	"$T/out" >/dev/null || fail "forks: $(cat "$T/out")"
d audit --json | jq -e 'any(.rows[]; .event == "repaired")' >/dev/null || fail "the audit log says nothing"
ok "and so does the audit log"
holds "which verifies" d audit --verify
holds "in words" d forks
says "what was written again" "Repaired from"
sound district
all_shown
