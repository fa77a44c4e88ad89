#!/usr/bin/env bash
# A stick that is full, read-only or pulled out: the program says so with a
# status of its own, keeps all that it could read, and writes the rest next
# time.
source "$(dirname "$0")/lib.sh"
[[ $(id -u) == 0 ]] || skip "mounting a small file system takes root"
port=
found_district
community_by_files a zhizunong 知足弄社区 潮鸣街道
mkdir "$T/stick"
mount -t tmpfs -o size=64k tmpfs "$T/stick" 2>"$T/err" || skip "no tmpfs here: $(cat "$T/err")"
mounts+=("$T/stick")

for i in 1 2 3; do
	put a club name="舞蹈队$i" category=舞蹈 members="1$i" active=true >/dev/null
done
dd if=/dev/zero of="$T/stick/holidays.jpg" bs=1k count=64 status=none 2>/dev/null || true
exits "a full stick" 3 c a carry "$T/stick" --json
says "is called full" "disk_full|No space"
same "nothing is lost" "$(count_of a club)" 3
same "and nothing counts as sent" "$(c a status --json | jq '.unsent_bundles > 0')" true
[[ -z $(find "$T/stick" -name '*.part') ]] || fail "half a file stays on the full stick"
ok "no half written file stays"
rm "$T/stick/holidays.jpg"
holds "with room on it, it goes" c a carry "$T/stick"
holds "the district takes it in" d carry "$T/stick"
same "all of it" "$(district_count_of club)" 3

# What the district answers has no room: what it took in stays.
put a club name=合唱团 category=合唱 members=9 active=true >/dev/null
c a carry "$T/stick" >/dev/null
dd if=/dev/zero of="$T/stick/holidays.jpg" bs=1k count=64 status=none 2>/dev/null || true
exits "a stick without room for the answer" 3 d carry "$T/stick"
same "what was on it went in" "$(district_count_of club)" 4
rm "$T/stick/holidays.jpg"

mount -o remount,ro "$T/stick"
put a club name=书法社 category=书法 members=7 active=true >/dev/null
exits "a read-only stick" 3 c a carry "$T/stick"
exits "the district can read it" 3 d carry "$T/stick"
same "nothing is lost" "$(count_of a club)" 5
mount -o remount,rw "$T/stick"
holds "when it can be written again, it goes" c a carry "$T/stick"
d carry "$T/stick" >/dev/null
c a carry "$T/stick" >/dev/null
same "everything arrives" "$(district_count_of club)" 5
same "and is known to have" "$(c a status --json | jq .unsent_bundles)" 0

# A home on a full disk: the record is refused, not half written.
mkdir "$T/disk"
mount -t tmpfs -o size=3m tmpfs "$T/disk"
mounts+=("$T/disk")
cp -a "$T/a" "$T/disk/a"
dd if=/dev/zero of="$T/disk/film.mkv" bs=1k count=3072 status=none 2>/dev/null || true
exits "a full disk refuses a record" 1 \
	c disk/a put club name=挤不下 category=其他 members=1 --json
same "and says why" "$(jq -r .error.code "$T/out")" disk_full
rm "$T/disk/film.mkv"
same "the record is not there" "$(count_of disk/a club)" 5
sound disk/a
holds "with room, it is written" c disk/a put club name=挤不下 category=其他 members=1
sound a
sound district
ok "check finds nothing wrong"
all_shown
