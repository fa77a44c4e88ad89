#!/usr/bin/env bash
# A backup is one file that stock age and tar take apart, and that counts only
# when it was read back and verified: full disks, two at a time and killed
# ones leave none.  A community's lost computer comes back from it; receipts
# then say "backed-up"; whom a restore lets in again is said loudly.
source "$(dirname "$0")/lib.sh"
needs age age-keygen tar sha256sum curl
serving_district
community a zhizunong 知足弄社区 潮鸣街道
put a club name=太极拳队 category=太极拳 members=24 active=true >/dev/null
c a sync >/dev/null 2>&1
c a key age >"$T/a.key" 2>/dev/null

# ---- stock tools ----------------------------------------------------------

holds "a community's backup" c a backup "$T/a.age" --json
same "it says that it was verified" "$(jq .verified "$T/out")" true
same "and what it is" "$(jq -r .sha256 "$T/out")" "$(sha256sum <"$T/a.age" | cut -d' ' -f1)"
state=$(jq -r .state_hash "$T/out")
same "which is the state here" "$state" "$(c a check --json | jq -r .state_hash)"
! grep -aq "太极拳队" "$T/a.age" || fail "a name can be read in the sealed file"
ok "nothing can be read in it"
mkdir "$T/apart"
age -d -i "$T/a.key" "$T/a.age" >"$T/a.tar" || fail "age cannot open it"
same "tar lists it" "$(tar -tf "$T/a.tar" | tr '\n' ' ')" "manifest store.db device.key "
tar -C "$T/apart" -xf "$T/a.tar" 2>"$T/err"
[[ ! -s $T/err ]] || fail "tar complains: $(cat "$T/err")"
(cd "$T/apart" && awk '/^file /{print $4 "  " $2}' manifest | sha256sum -c --quiet) ||
	fail "sha256sum does not agree with the manifest"
ok "age, tar and sha256sum take it apart"
same "its key is the device's" "$(sha256sum <"$T/apart/device.key")" "$(sha256sum <"$T/a/device.key")"
if command -v sqlite3 >/dev/null; then
	same "sqlite3 finds the store sound" \
		"$(sqlite3 "$T/apart/store.db" 'PRAGMA integrity_check')" ok
fi
holds "the plain copy from it is restored, too" c plain restore "$T/apart/store.db" \
	--key "$T/apart/device.key" --json
same "as what it is" "$(jq .sealed "$T/out")" false

# ---- a lost computer -------------------------------------------------------

put a club name=备份之后 category=其他 members=1 >/dev/null
c a sync >/dev/null 2>&1
mv "$T/a" "$T/lost"
exits "without what opens it" 4 c a restore "$T/a.age"
holds "the lost computer comes back" c a restore "$T/a.age" --identity "$T/a.key" --json
same "as it was" "$(jq -r .state_hash "$T/out")" "$state"
same "under a new incarnation" "$(c a status --json | jq .incarnation)" 2
c a sync >/dev/null 2>&1
same "what came afterwards comes back from the district" "$(count_of a club)" 2
sound a
sound district

# ---- to whom else, and how many --------------------------------------------

age-keygen -o "$T/safe.key" 2>/dev/null
safe=$(age-keygen -y "$T/safe.key")
mkdir "$T/backups"
holds "a folder of backups, for the safe as well" d backup "$T/backups" --to "$safe" --json
first=$(jq -r .file "$T/out")
same "two can open it" "$(jq .recipients "$T/out")" 2
age -d -i "$T/safe.key" "$first" | tar -tf - >"$T/out"
same "the safe's identity opens it" "$(wc -l <"$T/out")" 3
touch "$T/backups/other.age"
for _ in 1 2 3; do
	sleep 1.1 # a name has seconds
	d backup "$T/backups" --keep 2 >/dev/null 2>&1 || fail "a backup that keeps two"
done
same "two are kept, and others' files" "$(find "$T/backups" -type f | wc -l)" 3
[[ ! -e $first && -e $T/backups/other.age ]] || fail "the wrong one was removed"
exits "none cannot be kept" 2 d backup "$T/backups" --keep 0
exits "--keep is for folders" 2 d backup "$T/x.age" --keep 2
exits "a recipient with a slip" 1 d backup "$T/x.age" --to "${safe}x"
holds "--dry-run" d backup "$T/x.age" --dry-run --json
[[ ! -e $T/x.age && $(jq .verified "$T/out") == false ]] || fail "--dry-run has written"
exits "no such folder" 1 d backup "$T/nowhere/x.age"

# ---- receipts ----------------------------------------------------------------

c a sync >/dev/null 2>&1
c a sync >/dev/null 2>&1
held=$(sqlite3 -readonly "$T/a/store.db" 'SELECT count(*) FROM safekeeping' 2>/dev/null || echo 0)
((held > 0)) || fail "the community did not learn that its bundles are backed up"
ok "the community learns how far its bundles are in a backup ($held chains)"

# ---- a disk that is full -------------------------------------------------------

if mkdir "$T/small" && mount -t tmpfs -o size=200k tmpfs "$T/small" 2>/dev/null; then
	mounts+=("$T/small")
	exits "a full disk" 1 d backup "$T/small/d.age"
	says "which says so" "room|DISK|disk"
	same "leaves no file there" "$(find "$T/small" -type f | wc -l)" 0
	[[ ! -e $T/district/backing-up ]] || fail "a copy stays in the home"
else
	echo "not shown here: a full disk (no mount)"
fi

# ---- whom a restore lets in again ------------------------------------------------

d user add 王芳 --role reviewer >/dev/null
d backup "$T/before.age" >/dev/null 2>&1
d user disable 王芳 >/dev/null
stop_serving
holds "the district is put back over itself" d restore "$T/before.age" --replace
says "who is active again is said" "王芳.*active again"
same "as she is" "$(d user list --json | jq -r '.users[] | select(.user == "王芳") | .disabled')" null
d audit --json | jq -e '[.rows[].event] | index("restored") != null' >/dev/null ||
	fail "the restore is not in the audit log"
ok "the audit log says that it was restored"
same "and who is let in again by it" \
	"$(d audit --json | jq -c '.rows[] | select(.event == "restored") | .detail.users_again')" '"王芳"'
holds "which verifies" d audit --verify
key=$T/district/device.key
d key age >"$T/d.key" 2>/dev/null
"$linlid" restore "$T/before.age" -i "$T/d.key" --home "$T/elsewhere" >"$T/out" 2>"$T/err" ||
	fail "into an empty folder: $(cat "$T/err")"
says "where nothing can be compared it says what to look at" "linlid user list"
[[ -s $key ]] || fail "the key is gone"
all_shown
