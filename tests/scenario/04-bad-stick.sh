#!/usr/bin/env bash
# Whatever lies on a stick -- damaged, cut off, another federation's, no
# file at all -- is refused with a code or passed over, nothing is lost,
# and the sound stick still goes in afterwards.
source "$(dirname "$0")/lib.sh"
port=
found_district
community_by_files a zhizunong 知足弄社区 潮鸣街道
put a club name=太极拳队 category=太极拳 members=24 active=true >/dev/null
put a person name=夏女士 phone=13857112233 birth_decade=1960 >/dev/null
mkdir "$T/stick"
c a carry "$T/stick" >/dev/null
folder=$(basename "$(find "$T/stick" -mindepth 1 -maxdepth 1)")
bundle=$(basename "$(find "$T/stick/$folder" -name '*.1.bundle.age' -size +100c | head -n 1)")
heads=$(basename "$(find "$T/stick/$folder" -name '*.heads' | head -n 1)")
cp -a "$T/stick" "$T/sound-stick"
before=$(d check --json | jq -r .state_hash)

unchanged() {
	same "$1: nothing has changed" "$(d check --json | jq -r .state_hash)" "$before"
}
# Put the sound stick back, then damage it.
again() { rm -rf "$T/stick"; cp -a "$T/sound-stick" "$T/stick"; }
# refused WHAT CODES: by d carry --json, and one of these codes is named
refused() {
	local status=0
	d carry "$T/stick" --json >"$T/out" 2>"$T/err" || status=$?
	[[ $status == 3 || $status == 4 ]] || fail "$1: status $status: $(cat "$T/out" "$T/err")"
	jq -e --arg codes "$2" '[.refused[].code] | length > 0 and
		all(. as $code | $codes | split("|") | index($code) != null)' \
		"$T/out" >/dev/null || fail "$1: $(cat "$T/out")"
	ok "$1 is refused: $(jq -r '[.refused[].code] | unique | join(", ")' "$T/out") (exit $status)"
	unchanged "$1"
}

size=$(stat -c %s "$T/stick/$folder/$bundle")
for at in 0 $((size / 4)) $((size / 2)) $((size - 1)); do
	again
	byte=$(od -An -tu1 -j "$at" -N1 "$T/stick/$folder/$bundle")
	printf "\\x$(printf %02x $(((byte + 1) % 256)))" |
		dd of="$T/stick/$folder/$bundle" bs=1 seek="$at" conv=notrunc status=none
	refused "a file with byte $at of $size changed" "hash|format|sealed"
done
for length in 0 1 100 $((size / 2)) $((size - 1)); do
	again
	truncate -s "$length" "$T/stick/$folder/$bundle"
	refused "a file cut off after $length bytes" "hash|format|sealed"
done
again
printf X >>"$T/stick/$folder/$bundle"
refused "a file with one byte more" "hash|format"
again
head -c 5000 /dev/urandom >"$T/stick/$folder/$bundle"
refused "noise" "hash|format|sealed"
again
truncate -s 40M "$T/stick/$folder/$bundle"
refused "a file larger than any that is written" "too_large"
again
sed 's/0/1/;s/a/b/' "$T/sound-stick/$folder/$heads" >"$T/stick/$folder/$heads"
status=0
d carry "$T/stick" --json >"$T/out" 2>"$T/err" || status=$?
[[ $(jq '.refused | length' "$T/out") -ge 1 && $status == 3 ]] ||
	fail "changed heads: exit $status, $(cat "$T/out")"
ok "a changed list of heads is refused: $(jq -r '[.refused[].code] | unique | join(", ")' "$T/out") (exit $status)"
same "but the bundles beside it went in" "$(district_count_of club)" 1
before=$(d check --json | jq -r .state_hash)

# ---- what is no file ---------------------------------------------------

again
rm "$T/stick/$folder/$bundle"
mkfifo "$T/stick/$folder/$bundle"
status=0
timeout 20 "$linlid" carry "$T/stick" --json --home "$T/district" >"$T/out" 2>"$T/err" || status=$?
[[ $status == 3 ]] || fail "a pipe on the stick: exit $status, $(cat "$T/out" "$T/err")"
ok "a pipe is refused without waiting for its other end (exit $status)"
again
echo "secret of this computer" >"$T/secret"
for target in "$T/secret" /dev/zero "$T/district/device.key" "$T/stick/$folder/$bundle"; do
	ln -sf "$target" "$T/stick/$folder/$bundle"
	refused "a link to $(basename "$target")" format
done
again
rm "$T/stick/$folder/$bundle"
mkdir "$T/stick/$folder/$bundle"
refused "a folder with the name of a file" format
again
mkdir "$T/stick/$folder/nested"
echo hello >"$T/stick/$folder/readme.txt"
echo hello >"$T/stick/$folder/..."
printf x >"$T/stick/$folder/$(printf 'name\nwith\033[31mcolours')"
printf x >"$T/stick/$folder/${bundle%.age}.age.exe"
printf x >"$T/stick/$folder/$(printf '%0200d' 1)"
exits "strange names are passed over" 0 d carry "$T/stick"
[[ -e $T/stick/$folder/readme.txt && -e $T/stick/$folder/nested ]] ||
	fail "what is not ours was removed"
ok "and stay where they are"

# A folder that leads elsewhere, and a stick that is not there.
rm -rf "$T/stick"
mkdir -p "$T/stick" "$T/elsewhere"
ln -s "$T/elsewhere" "$T/stick/$folder"
status=0
c a carry "$T/stick" >"$T/out" 2>"$T/err" || status=$?
ok "a link in place of our folder: exit $status, nothing is lost"
exits "a stick that is not plugged in" 1 c a carry "$T/no-such-stick"
exits "a file in place of the stick" 1 c a carry "$T/secret"
same "the file is as it was" "$(cat "$T/secret")" "secret of this computer"

# ---- another federation ------------------------------------------------

again
mkdir "$T/other"
"$linlid" init --name 上城区 --home "$T/other/district" >/dev/null 2>&1
"$linlid" invite zhizunong --name 知足弄社区 --street 潮鸣街道 -o "$T/other/i" \
	--home "$T/other/district" >/dev/null 2>&1
c other/x join "$T/other/i" --offline -o "$T/other/r" >/dev/null 2>&1
"$linlid" enrol "$T/other/r" -o "$T/other/a" --home "$T/other/district" >/dev/null 2>&1
c other/x join "$T/other/a" >/dev/null 2>&1
put other/x club name=外区的队 category=舞蹈 members=3 >/dev/null
holds "two federations share one stick" c other/x carry "$T/stick"
same "each with a folder of its own" "$(find "$T/stick" -mindepth 1 -maxdepth 1 -type d | wc -l)" 2
foreign=$(find "$T/stick" -mindepth 1 -maxdepth 1 -type d ! -name "$folder")
cp "$foreign"/* "$T/stick/$folder/"
status=0
d carry "$T/stick" --json >"$T/out" 2>"$T/err" || status=$?
((status == 0 || status == 3 || status == 4)) || fail "foreign files: $(cat "$T/out" "$T/err")"
same "another federation's files in our folder give nothing" "$(district_count_of club)" 1
unchanged "another federation's files"
exits "another federation's request is refused" 4 d enrol "$T/other/r" -o "$T/other/none"

# ---- and the sound one goes in -----------------------------------------

put a club name=合唱团 category=合唱 members=9 active=true >/dev/null
again
c a carry "$T/stick" >/dev/null
holds "the sound stick then goes in" d carry "$T/stick"
same "with all of it" "$(district_count_of club)" 2
holds "and comes home" c a carry "$T/stick"
same "nothing is left to send" "$(c a status --json | jq .unsent_bundles)" 0
sound a
sound district
ok "check finds nothing wrong"
holds "what was refused is listed" d quarantine --json
all_shown
