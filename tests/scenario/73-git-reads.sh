#!/usr/bin/env bash
# Whoever has a token reads the ledger with stock git, in all versions of its
# protocol: clones are sound and signed, fetches bring what is new, and
# nobody else gets anything, or in.
source "$(dirname "$0")/lib.sh"
needs git ssh-keygen curl
export GIT_CONFIG_GLOBAL=/dev/null GIT_CONFIG_NOSYSTEM=1 GIT_TERMINAL_PROMPT=0
found_district
port=
serve --verbose
community a zhizunong 知足弄社区 潮鸣街道
community b wanglanfu 望澜府社区 上塘街道
for i in $(seq 3); do
	put a club name="舞蹈队$i" category=舞蹈 members="$i" >/dev/null
	put a person name="姓名甲$i" >/dev/null
	c a sync >/dev/null 2>&1
done
put b club name=摄影社 category=摄影 members=9 active=true >/dev/null
c b sync >/dev/null 2>&1

d user add 审核员 --role reviewer >/dev/null 2>&1
d user add 看看 --role viewer >/dev/null 2>&1
token=$(d user token 审核员)
viewer=$(d user token 看看)
url=http://127.0.0.1:$port/ledger.git
bearer=(-c "http.extraHeader=Authorization: Bearer $token")
d ledger allowed-signers >"$T/signers"

# sound_clone WHAT DIR
sound_clone() {
	local commit count=0
	git -C "$2" fsck --strict --full >"$T/out" 2>"$T/err" || fail "$1: fsck: $(cat "$T/err")"
	for commit in $(git -C "$2" rev-list --all); do
		git -C "$2" -c gpg.ssh.allowedSignersFile="$T/signers" verify-commit "$commit" \
			>"$T/out" 2>"$T/err" || fail "$1: verify-commit $commit: $(cat "$T/err")"
		count=$((count + 1))
	done
	[[ $count -gt 5 ]] || fail "$1: only $count commits"
	ok "$1: fsck and verify-commit of $count commits"
}

for version in 0 1 2; do
	holds "version $version: clone" git -c protocol.version=$version "${bearer[@]}" \
		-c fetch.fsckObjects=true clone -q "$url" "$T/clone$version"
	sound_clone "version $version" "$T/clone$version"
done
same "a clone checks out what the district says of its members" \
	"$(git -C "$T/clone2" ls-files)" changes.jsonl
same "it holds all bundles of the ledger" "$(git -C "$T/clone2" rev-list --all | wc -l)" \
	"$(d log --json | jq '.bundles | length')"
git -C "$T/clone2" branch -r | grep -qE "origin/zhizunong/$(c a status --json | jq -r .device)" ||
	fail "no branch of the community's: $(git -C "$T/clone2" branch -r)"
ok "branches are called by community and chain"
! git -C "$T/clone2" branch -r | grep -q /community/ || fail "a community's own chain is shown"
! git -C "$T/clone2" rev-list --all --objects | cut -d' ' -f1 |
	git -C "$T/clone2" cat-file --batch 2>/dev/null | grep -q 姓名甲 ||
	fail "a person's name is in a clone"
ok "nothing of the communities' own scope is in it"
holds "a token is good as a password" git clone -q --mirror \
	"http://anyone:$token@127.0.0.1:$port/ledger.git" "$T/mirror"
same "a mirror has the chains too" \
	"$(git -C "$T/mirror" for-each-ref refs/chains | wc -l)" \
	"$(git -C "$T/mirror" for-each-ref refs/heads | wc -l)"
holds "a viewer may read" git -c "http.extraHeader=Authorization: Bearer $viewer" \
	clone -q "$url" "$T/viewed"

# What came since, and nothing twice.
for i in $(seq 2); do
	put a club name="合唱团$i" category=合唱 members="$i" >/dev/null
	c a sync >/dev/null 2>&1
done
community c xinjiang 新疆社区 潮鸣街道
put c club name=新的 category=其他 members=2 >/dev/null
c c sync >/dev/null 2>&1
d ledger allowed-signers >"$T/signers"
for version in 0 1 2; do
	before=$(git -C "$T/clone$version" count-objects -v | sed -n 's/^in-pack: //p')
	holds "version $version: fetch" git -C "$T/clone$version" -c protocol.version=$version \
		-c fetch.unpackLimit=1 -c fetch.fsckObjects=true "${bearer[@]}" fetch -q
	same "version $version: it holds all again" \
		"$(git -C "$T/clone$version" rev-list --all | wc -l)" \
		"$(d log --json | jq '.bundles | length')"
	all=$(git -C "$T/clone$version" count-objects -v | sed -n 's/^in-pack: //p')
	distinct=$(git -C "$T/clone$version" cat-file --batch-all-objects --batch-check | wc -l)
	same "version $version: no object came twice" "$all" "$distinct"
	[[ $all -gt $before ]] || fail "version $version: nothing came"
done
sound_clone "fetched" "$T/clone2"
holds "a fetch that brings nothing" git -C "$T/clone2" "${bearer[@]}" fetch -q

# More than fits into memory goes through a file.
{
	echo "category,opened_on,outcome"
	for _ in $(seq 4000); do head -c 75 /dev/urandom | base64 -w 0; echo ",2024-01-01,open"; done
} >"$T/disputes.csv"
c a import dispute "$T/disputes.csv" >/dev/null 2>&1
c a sync >/dev/null 2>&1
holds "a large fetch" git -C "$T/clone2" "${bearer[@]}" fetch -q
sound_clone "a large one" "$T/clone2"
[[ $(sed -nE 's#.*path=/ledger.git/git-upload-pack.* bytes_out=([0-9]+).*#\1#p' "$T/server.log" |
	sort -n | tail -n 1) -gt 300000 ]] || fail "it was not large"

# One branch alone, and the rest later.
branch=$(git -C "$T/clone2" branch -r | sed -nE 's#^ *origin/(zhizunong/.*/federation)$#\1#p')
holds "one branch alone" git "${bearer[@]}" clone -q --single-branch --branch "$branch" \
	"$url" "$T/single"
holds "then all others" git -C "$T/single" "${bearer[@]}" fetch -q origin \
	'+refs/heads/*:refs/remotes/origin/*'
same "they make the whole" "$(git -C "$T/single" rev-list --all | wc -l)" \
	"$(git -C "$T/clone2" rev-list --all | wc -l)"

# Not for everybody, and not for writing.
exits "without a token nothing is shown" 128 git clone -q "$url" "$T/no"
exits "nor with a wrong one" 128 git -c "http.extraHeader=Authorization: Bearer ${token:0:63}x" \
	clone -q "$url" "$T/no"
same "who has none is asked for one" "$(curl -s -o /dev/null -w '%{http_code} %header{www-authenticate}' \
	"$url/info/refs?service=git-upload-pack")" '401 Basic realm="linli", charset="UTF-8"'
exits "nothing can be pushed" 128 git -C "$T/clone2" "${bearer[@]}" push -q "$url" HEAD:refs/heads/x
says "which is said" "403|只能|can only be read"
same "nor by hand" "$(curl -s -o /dev/null -w '%{http_code}' -H "Authorization: Bearer $token" \
	-X POST "$url/git-receive-pack")" 403
exits "no shallow clone is made" 128 git "${bearer[@]}" clone -q --depth 1 "$url" "$T/no"
absent=$(printf '0%.0s' $(seq 40))
post() {
	curl -s -o "$T/out" -w '%{http_code}' -H "Authorization: Bearer $token" \
		-H "Content-Type: application/x-git-upload-pack-request" "$@" "$url/git-upload-pack"
}
same "what is not there is refused within the protocol" \
	"$(post --data-binary "0032want $absent"$'\n'"00000009done"$'\n')" 200
grep -q "ERR upload-pack: not our ref" "$T/out" || fail "no ERR: $(cat "$T/out")"
printf '0032want %s\n00000009done\n' "$absent" | gzip >"$T/body.gz"
same "also where it comes packed" "$(post -H "Content-Encoding: gzip" --data-binary "@$T/body.gz")" 200
grep -q "ERR upload-pack: not our ref" "$T/out" || fail "no ERR: $(cat "$T/out")"
same "what is no request is none" "$(post --data-binary "000fwant nonsense")" 400
gzip -9 <<<"$(head -c 40000000 /dev/zero | tr '\0' '0')" >"$T/bomb.gz"
same "a small request that unpacks to a large one is refused" \
	"$(post -H "Content-Encoding: gzip" --data-binary "@$T/bomb.gz")" 413
d user disable 看看 >/dev/null 2>&1
exits "who was disabled reads no more" 128 git -C "$T/viewed" \
	-c "http.extraHeader=Authorization: Bearer $viewer" fetch -q
same "who took copies is written down" \
	"$(d audit --json | jq '[.rows[] | select(.event == "ledger_fetched")] | length > 7')" true
same "and by whom" "$(d audit --json | jq -r '[.rows[] | select(.event == "ledger_fetched") | .actor] |
	unique | join(" ")')" "user:审核员 user:看看"

# Guessing is slowed down.
for _ in $(seq 25); do
	status=$(curl -s -o /dev/null -w '%{http_code}' -H "Authorization: Bearer $(printf 'a%.0s' $(seq 64))" \
		"$url/info/refs?service=git-upload-pack")
done
same "who guesses tokens has to wait" "$status" 429
[[ -z $(find "$T/district" -name '*.part') ]] || fail "leftovers in the home"
ok "no leftovers"
stop_serving
sound district
all_shown
