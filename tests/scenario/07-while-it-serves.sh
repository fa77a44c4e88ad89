#!/usr/bin/env bash
# Every command of the district works while its server runs, and what it
# writes is seen by the server at once; communities may sync all the while.
source "$(dirname "$0")/lib.sh"
serving_district
community a zhizunong 知足弄社区 潮鸣街道
club=$(put a club name=太极拳队 category=太极拳 members=24 active=true)
c a sync >/dev/null

holds "communities" d communities
holds "devices" d devices
holds "list" d list club
holds "get" d get club "$club"
holds "history" d history club "$club"
holds "stats" d stats
holds "conflicts" d conflicts
holds "export" d export club "$T/clubs.csv"
holds "log" d log
holds "show" d show "$(d log --json | jq -r '.bundles[0].bundle')"
holds "ledger export" d ledger export "$T/ledger.git"
holds "ledger allowed-signers" d ledger allowed-signers
holds "quarantine" d quarantine
holds "forks" d forks
holds "check" d check
holds "backup" d backup "$T/backup.age"
holds "key" d key
mkdir "$T/stick"
holds "carry" d carry "$T/stick"
exits "a second server is refused" 11 d serve --listen 127.0.0.1:0
exits "a restore over the records that are served is refused" 11 \
	d restore "$T/backup.age" --replace

# What a command writes, the server knows.
community_by_files b wanglanfu 望澜府社区 上塘街道
put b club name=摄影社 category=摄影 members=9 active=true >/dev/null
holds "who was enrolled by a command can sync at once" c b sync "http://127.0.0.1:$port"
device=$(c b status --json | jq -r .device)
d revoke "$device" >/dev/null 2>&1
put b club name=后来的 category=其他 members=1 >/dev/null
exits "who was revoked by a command cannot" 4 c b sync "http://127.0.0.1:$port"

# Both at once: a community that sends, commands that read and write.
(
	for i in $(seq 10); do
		put a club name="舞蹈队$i" category=舞蹈 members="$i" >/dev/null
		c a sync >/dev/null || exit 1
	done
) &
busy=$!
for i in $(seq 10); do
	invite "$T/i$i" "community-$i" "第${i}社区" 潮鸣街道 || fail "invite while syncing"
	d check --json | jq -e .ok >/dev/null || fail "check while syncing"
	d list club --json | jq -e '.records | length > 0' >/dev/null || fail "list while syncing"
done
wait "$busy" || fail "sync while commands write"
ok "ten syncs and ten rounds of commands do not get in each other's way"
same "everything arrived" "$(district_count_of club)" 12
same "every invitation is there" "$(d communities --json | jq '.communities | length')" 12
sound district
sound a
stop_serving
same "the server has no complaint" "$server_status" 0
all_shown
