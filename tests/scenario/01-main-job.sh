#!/usr/bin/env bash
# The main job: communities record, one sends over the network and one on a
# stick, the district counts, and stock tools verify what it counted.
source "$(dirname "$0")/lib.sh"
needs git ssh-keygen

serving_district
community a zhizunong 知足弄社区 潮鸣街道
ok "a community joins over the network"
community_by_files b wanglanfu 望澜府社区 上塘街道
ok "another joins by files alone"

compound=$(put a compound name=知足弄小区 kind=old households=820)
club=$(put a club name=太极拳队 category=太极拳 members=24 active=true founded_on=2004-05-01)
put a club name=老姐妹服务队 category=志愿服务 members=31 active=true >/dev/null
{
	echo "club,compound,kind,title,held_on,participants,served"
	for i in $(seq 120); do
		printf '%s,%s,convenience_service,量血压第%d次,2024-%02d-%02d,20,30\n' \
			"$club" "$compound" "$i" $((i % 12 + 1)) $((i % 28 + 1))
	done
} >"$T/activities.csv"
holds "a year of activities is imported" c a import activity "$T/activities.csv"
same "they are listed" "$(count_of a activity)" 120
same "a filter narrows the list" \
	"$(c a list activity held_on=2024-02-02 --json | jq '.records | length')" 2
for i in 1 2 3; do
	put b club name="舞蹈队$i" category=舞蹈 members="1$i" active=true >/dev/null
done

sent=$(c a sync --json)
lines=$(jq .sent.lines <<<"$sent")
((lines >= 123)) || fail "sync: $sent"
ok "sync sends the lines ($lines)"
same "a second sync sends nothing" "$(c a sync --json | jq .sent.lines)" 0
same "nothing is left to send" \
	"$(c a status --json | jq -c '[.pending_lines, .unsent_bundles]')" "[0,0]"
mkdir "$T/stick"
holds "the other writes a stick" c b carry "$T/stick"
holds "the district takes it in and answers" d carry "$T/stick"
holds "the other takes the answer home" c b carry "$T/stick"
same "it knows that all has arrived" \
	"$(c b status --json | jq -c '[.pending_lines, .unsent_bundles]')" "[0,0]"

figure() {
	d stats "$@" --json |
		jq '[.figures[] | select(.place == "district") | .value] | add'
}
same "clubs of the district" "$(figure club_count)" 5
same "person-times served in 2024" "$(figure activity_served --period 2024)" 3600
same "and in a year without activities" "$(figure activity_served --period 2020)" 0
same "clubs of one community" \
	"$(d stats club_count --by community --json |
		jq '[.figures[] | select(.place == "wanglanfu") | .value] | add')" 3
same "both communities are included" \
	"$(d stats club_count --json | jq -c '[.figures[0].coverage | .included, .expected]')" \
	"[2,2]"
same "the community counts the same for itself" \
	"$(c a stats activity_served --period 2024 --json |
		jq '[.figures[] | select(.place == "zhizunong") | .value] | add')" 3600

# An edit replaces, a deletion removes, and both reach the figures.
c b put club 舞蹈队1 members=40 >/dev/null
removed=$(c b list club name=舞蹈队3 --json | jq -r '.records[0].id')
c b delete club 舞蹈队3 >/dev/null
c b sync "http://127.0.0.1:$port" >/dev/null
same "a deleted club no longer counts" "$(figure club_count)" 4
same "an edit does" "$(figure club_members)" $((24 + 31 + 40 + 12))
gone=$(c b history club "$removed" --json | jq -r .id)
same "the deleted one keeps its history" "$gone" "$removed"
c b delete club "$removed" --undo >/dev/null
c b sync "http://127.0.0.1:$port" >/dev/null
same "and comes back when that is taken back" "$(figure club_count)" 5

# Stock tools.
d ledger export "$T/ledger.git" >/dev/null 2>&1
holds "git fsck finds the ledger sound" git -C "$T/ledger.git" fsck --strict
d ledger allowed-signers >"$T/signers"
verified=0
for commit in $(git -C "$T/ledger.git" rev-list --all); do
	git -C "$T/ledger.git" -c gpg.ssh.allowedSignersFile="$T/signers" \
		verify-commit "$commit" 2>"$T/err" || fail "verify-commit $commit: $(cat "$T/err")"
	verified=$((verified + 1))
done
same "git verifies every bundle" "$verified" "$(d check --json | jq .bundles)"
d ledger export "$T/ledger.git" >/dev/null 2>&1
same "a second export adds nothing" "$(git -C "$T/ledger.git" rev-list --all | wc -l)" "$verified"

for who in a b district; do
	sound "$who"
done
ok "check finds nothing wrong at any of the three"
stop_serving
same "the server stops when told" "$server_status" 0
all_shown
