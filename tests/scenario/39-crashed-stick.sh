#!/usr/bin/env bash
# A stick whose power goes between any two writes: an ext4 image is copied as it
# is on the disk while carry is killed, so that what was not synced is lost.
# Whatever has its name is whole, and the next carry finishes.
source "$(dirname "$0")/lib.sh"
[[ $(id -u) == 0 ]] || skip "mounting an image takes root"
needs mkfs.ext4 losetup strace
export ASAN_OPTIONS="${ASAN_OPTIONS:+$ASAN_OPTIONS:}detect_leaks=0"
export PATH=$PATH:/usr/sbin:/sbin
mkdir "$T/stick" "$T/crashed"
mounts=("$T/crashed" "$T/stick")
truncate -s 8M "$T/empty.img"
mkfs.ext4 -q -F "$T/empty.img" 2>"$T/err" || skip "no ext4 here: $(cat "$T/err")"
cp "$T/empty.img" "$T/stick.img"
mount -o loop "$T/stick.img" "$T/stick" 2>"$T/err" || skip "no loop devices here: $(cat "$T/err")"
umount "$T/stick"
status=0
{
	strace -qq -o /dev/null -e trace=write -e inject=write:signal=SIGKILL:when=1 \
		/bin/echo "not killed" >"$T/out" 2>&1 || status=$?
} 2>/dev/null
[[ $status == 137 ]] || skip "strace cannot kill at a system call here (no ptrace)"

# Cut the power: the image as the disk has it, mounted at $T/crashed.
power_cut() {
	cp "$T/stick.img" "$T/crashed.img"
	umount "$T/stick"
	mount -o loop "$T/crashed.img" "$T/crashed"
}
power_back() { umount "$T/crashed"; }

# ---- the harness sees what is lost ----
cp "$T/empty.img" "$T/stick.img"
mount -o loop "$T/stick.img" "$T/stick"
echo synced >"$T/stick/synced"
sync "$T/stick/synced" "$T/stick"
head -c 100000 /dev/urandom >"$T/stick/unsynced"
power_cut
[[ -s $T/crashed/synced ]] || fail "what was synced is lost: the harness shows nothing"
! cmp -s "$T/crashed/unsynced" "$T/stick/unsynced" 2>/dev/null && [[ ! -s $T/crashed/unsynced ]] ||
	fail "what was not synced survives: the harness shows nothing"
ok "a file that is not synced is lost, one that is stays"
power_back

# ---- something to carry, and something on the stick that it replaces ----
found_district
community_by_files a zhizunong 知足弄社区 潮鸣街道
cp "$T/empty.img" "$T/stick.img"
mount -o loop "$T/stick.img" "$T/stick"
put a club name=太极拳队 category=太极 members=24 active=true >/dev/null
c a carry "$T/stick" >/dev/null 2>&1
put a club name=合唱团 category=合唱 members=30 active=true >/dev/null
umount "$T/stick"
mv "$T/stick.img" "$T/before.img"
cp -a "$T/a" "$T/a.before"
cp -a "$T/district" "$T/district.before"

fresh() {
	rm -rf "$T/a" "$T/district"
	cp -a "$T/a.before" "$T/a"
	cp -a "$T/district.before" "$T/district"
	cp "$T/before.img" "$T/stick.img"
	mount -o loop "$T/stick.img" "$T/stick"
}

# The system calls on the stick of an undisturbed run.
watched=write,fsync,rename,unlink,openat
fresh
strace -f -qq -y -o "$T/log" -e trace="$watched" "$linli" carry "$T/stick" --home "$T/a" >/dev/null 2>&1
umount "$T/stick"
awk -v stick="$T/stick" '
	/ resumed>/ { next }
	match($0, /^[0-9]+ +[a-z0-9_]+\(/) {
		call = $2
		sub(/\(.*/, "", call)
		n = ++count[call]
		if (index($0, stick) && (call != "openat" || /O_CREAT/)) {
			print call, n
		}
	}' "$T/log" >"$T/points"
points=$(wc -l <"$T/points")
((points >= 8)) || fail "only $points calls on the stick: $(cat "$T/points")"

run=0
while read -r call n <&3; do
	fresh
	status=0
	{
		strace -f -qq -o /dev/null -e trace="$call" -e inject="$call:signal=SIGKILL:when=$n" \
			"$linli" carry "$T/stick" --home "$T/a" >/dev/null 2>&1 || status=$?
	} 2>/dev/null
	[[ $status == 137 ]] || fail "not killed at $call $n: status $status"
	power_cut
	# Whoever comes by reads what lies there, and finds nothing damaged.
	d carry "$T/crashed" --json >"$T/out" 2>"$T/err" ||
		fail "after a crash at $call $n the district cannot carry: $(cat "$T/out" "$T/err")"
	jq -e '.refused == []' "$T/out" >/dev/null ||
		fail "after a crash at $call $n something on the stick is damaged: $(cat "$T/out")"
	same "$call $n: what was carried before is still there" "$(district_count_of club | awk '{ print ($1 >= 1) }')" 1 >/dev/null
	c a carry "$T/crashed" >/dev/null 2>&1 || fail "after a crash at $call $n carry fails"
	d carry "$T/crashed" >/dev/null 2>&1
	c a carry "$T/crashed" >/dev/null 2>&1
	[[ $(district_count_of club) == 2 && $(c a status --json | jq .unsent_bundles) == 0 ]] ||
		fail "after a crash at $call $n not all has arrived"
	[[ -z $(find "$T/crashed" -name '*.part') ]] || fail "leftovers after a crash at $call $n"
	power_back
	run=$((run + 1))
done 3<"$T/points"
same "crashed before each write on the stick, all arrives and nothing is left" "$run" "$points"
sound a
sound district
ok "check finds nothing wrong"
all_shown
