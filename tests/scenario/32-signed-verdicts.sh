#!/usr/bin/env bash
# A reviewer has a key of their own: what they decide they sign, and anybody
# who holds the federation's records can verify it, with ssh-keygen as well.
# Nobody judges lines of a device of theirs, whatever key it has by now.
source "$(dirname "$0")/lib.sh"
needs ssh-keygen
serving_district
community a zhizunong 知足弄社区 潮鸣街道
community b wanglanfu 望澜府社区 上塘街道
device=$(c a status --json | jq -r .device)
d policy set club review >/dev/null
first=$(put a club name=太极拳队 members=24)
c a sync >/dev/null
waiting() { d review --json | jq -r '.bundles[0].bundle'; }
bundle=$(waiting)

# ---- whose devices are whose ----
exits "a device that nobody has" 1 d user add 何审核 --role reviewer --device 0123456789abcdef
same "nobody was added" "$(d user list --json | jq '.users | length')" 0
exits "no device at all" 2 d user add 何审核 --role reviewer --device 知足弄
holds "a reviewer with a device of their own" \
	d user add 何审核 --role reviewer --device "$device" --json
same "it is told" "$(jq -r '.devices[0]' "$T/out")" "$device"
exits "does not judge its lines" 4 d review accept "$bundle" --as 何审核
d user add 看客 --role viewer >/dev/null
exits "a viewer judges nothing" 4 d review accept "$bundle" --as 看客
exits "and gets no key" 4 d user key 看客 -o "$T/viewer.key"
[[ ! -e $T/viewer.key ]] || fail "a key was written all the same"

# ---- keys ----
d user add 陈审核 --role reviewer >/dev/null
exits "nobody of that name" 1 d user key 无名氏 -o "$T/nobody.key"
exits "neither a file nor a key" 2 d user key 陈审核
holds "--dry-run makes no key" d user key 陈审核 -o "$T/chen.key" --dry-run
[[ ! -e $T/chen.key ]] || fail "--dry-run wrote a key"
printf '审核的口令\n' >"$T/pass"
holds "a key under a passphrase" \
	d user key 陈审核 -o "$T/chen.key" --new-passphrase-file "$T/pass" --json
key=$(jq -r .key "$T/out")
same "readable by its owner only" "$(stat -c %a "$T/chen.key")" 600
grep -q "ENCRYPTED PRIVATE KEY" "$T/chen.key" || fail "the key is not encrypted"
exits "a key is never written over" 1 d user key 陈审核 -o "$T/chen.key"
ssh-keygen -q -t ed25519 -N '' -C 林审核 -f "$T/lin"
holds "a key that a person has already" d user add 林审核 --role reviewer --key "$T/lin.pub" --json
same "is named by its public half" "$(jq -r .key "$T/out" | wc -c)" 17
exits "nobody else can have it" 1 d user add 张审核 --role reviewer --key "$T/lin.pub"
ssh-keygen -q -t ecdsa -N '' -f "$T/other"
exits "a key of another kind" 1 d user add 张审核 --role reviewer --key "$T/other.pub"
c b sync >/dev/null
same "every community knows the keys" \
	"$(c b list signer --json | jq '[.records[].values.name] | sort | join(" ")')" '"林审核 陈审核"'

# ---- verdicts ----
exits "without its passphrase the key signs nothing" 4 \
	d review accept "$bundle" --as 陈审核 --key "$T/chen.key"
exits "another's key signs nothing" 4 d review accept "$bundle" --as 林审核 \
	--key "$T/chen.key" --key-passphrase-file "$T/pass"
exits "nor for somebody who has none" 1 d review accept "$bundle" --as 路人 \
	--key "$T/chen.key" --key-passphrase-file "$T/pass"
same "nothing was judged" "$(waiting)" "$bundle"
holds "with it, it does" d review accept "$bundle" --as 陈审核 --key "$T/chen.key" \
	--key-passphrase-file "$T/pass" --reason 属实
holds "the verdict is shown" d review show "$bundle" --all --json
jq -e '[.lines[] | select(.verdict) | .verdict.signature_good] | length > 0 and all' \
	"$T/out" >/dev/null || fail "no good signature: $(cat "$T/out")"
ok "with a good signature"
cp "$T/out" "$T/shown"
holds "in words as well" d review show "$bundle" --all
says "signed" "signed"

# With stock tools alone.
verdict() { jq -rj "[.lines[] | select(.verdict)][0].verdict.$1" "$T/shown"; }
verdict signature >"$T/verdict.sig"
verdict signed_text >"$T/verdict.txt"
same "what is signed says what was decided" "$(cut -d' ' -f1,2,6 "$T/verdict.txt")" \
	"linli verdict accepted"
same "and why" "$(cut -d' ' -f7 "$T/verdict.txt")" "$(printf 属实 | sha256sum | cut -d' ' -f1)"
d ledger allowed-signers >"$T/signers"
verify() { ssh-keygen -Y verify -f "$T/signers" -I "$1@linli" -n "$2" -s "$T/verdict.sig" <"$3"; }
holds "ssh-keygen verifies it" verify "$key" linli-verdict "$T/verdict.txt"
sed 's/accepted/returned/' "$T/verdict.txt" >"$T/forged.txt"
exits "not a forged one" 255 verify "$key" linli-verdict "$T/forged.txt"
exits "nor as anything else" 255 verify "$key" git "$T/verdict.txt"

# The community verifies it from its own records, without asking anybody.
c a sync >/dev/null
holds "the community has the verdict" c a list verdict --json
jq -rj '[.records[] | select(.values.signature)][0].values.signature' "$T/out" >"$T/verdict.sig"
public=$(c a list signer --json | jq -r '.records[] | select(.values.name == "陈审核") | .values.public_key')
blob=$(printf '0000000b7373682d6564323535313900000020%s' "$public" | xxd -r -p | base64)
printf '%s@linli ssh-ed25519 %s\n' "$key" "$blob" >"$T/signers"
holds "and verifies it with the published key" verify "$key" linli-verdict "$T/verdict.txt"

# ---- a key that OpenSSH holds no copy of; another in its place; the end ----
put a club name=合唱团 members=9 >/dev/null
c a sync >/dev/null
bundle=$(waiting)
holds "another key in the place of the first" d user key 陈审核 -o "$T/chen2.key"
exits "the first signs no more" 4 d review return "$bundle" --lines 1 --reason 不符 --as 陈审核 \
	--key "$T/chen.key" --key-passphrase-file "$T/pass"
holds "the second does" d review return "$bundle" --lines 1 --reason 不符 --as 陈审核 \
	--key "$T/chen2.key"
d review show "$bundle" --all --json >"$T/shown"
same "a return is signed as well" "$(verdict signature_good)" true
d user disable 陈审核 >/dev/null
c b sync >/dev/null
same "their keys are ended for all to see" "$(c b list signer --json |
	jq '[.records[] | select(.values.name == "陈审核") | .values.valid_until != null] | all')" true
d review show "$bundle" --all --json >"$T/shown"
same "what they signed before stays good" "$(verdict signature_good)" true
exits "and they sign no more" 4 d review accept "$bundle" --lines 1 --as 陈审核 --key "$T/chen2.key"

# ---- a new key makes no other person of a device ----
holds "the reviewer's computer gets a new key" c a key rotate
put a club name=书画社 members=7 >/dev/null
c a sync >/dev/null
bundle=$(waiting)
exits "its lines are still not theirs to judge" 4 d review accept "$bundle" --as 何审核
d user add 王审核 --role reviewer >/dev/null
holds "a device can be noted later" d user device 王审核 "$device"
exits "with the same effect, whatever its key is now" 4 d review accept "$bundle" --as 王审核
exits "revoking the key before" 0 d revoke "$device"
says "tells that another has taken its place" "has taken its place and is still valid"
same "users are listed with their keys and devices" "$(d user list --json |
	jq -c '[.users[] | select(.user == "王审核" or .user == "林审核") | [.key != null, .devices]]')" \
	"[[true,0],[false,1]]"
d audit --json >"$T/out"
same "the audit log tells of keys and devices" \
	"$(jq -r '[.rows[].event | select(startswith("user_key") or startswith("user_device"))] | length' "$T/out")" 5
holds "and is whole" d audit --verify
for home in a b district; do
	sound "$home"
done
ok "check finds nothing wrong"
stop_serving
all_shown
