#!/usr/bin/env bash
# Programs of others speak to the server: curl fetches parts of files,
# tus-js-client uploads them, ssh-keygen opens the session.
source "$(dirname "$0")/lib.sh"
needs curl node ssh-keygen
http=$(realpath "$(dirname "$0")/../http")
[[ -d $http/node_modules/tus-js-client ]] || skip "tus-js-client: npm ci in tests/http"
serving_district
community a zhizunong 知足弄社区 潮鸣街道
put a club name=太极拳队 category=太极拳 members=24 active=true >/dev/null
stop_serving
cp -r "$T/district" "$T/district.before"
serve
url=http://127.0.0.1:$port/api/v1
holds "a sync" c a sync "http://127.0.0.1:$port"

# A session without any program of ours, but for the key.
(umask 077 && c a key openssh >"$T/key")
device=$(c a status --json | jq -er .device)
session() {
	local nonce federation
	federation=$(curl -fs "$url/federation" | jq -er .federation)
	nonce=$(curl -fs -X POST "$url/nonce" | jq -er .nonce)
	printf 'linli-session\n%s\n%s\n%s\n' "$federation" "$device" "$nonce" >"$T/statement"
	rm -f "$T/statement.sig"
	ssh-keygen -q -Y sign -f "$T/key" -n linli-session "$T/statement" 2>/dev/null
	jq -n --arg d "$device" --arg n "$nonce" --rawfile s "$T/statement.sig" \
		'{device: $d, nonce: $n, signature: $s}' |
		curl -fs "$url/session" --data-binary @- | jq -er .token
}
token=$(session)
ok "ssh-keygen opens a session"

# ---- curl, by parts ----------------------------------------------------
ask() { curl -s -H "Authorization: Bearer $token" "$@"; }
file="$url/bundles?want=$device.1/federation@0-1"
ask -D "$T/headers" -o "$T/whole" "$file"
etag=$(sed -nE 's/^ETag: (.*)\r$/\1/Ip' "$T/headers")
same "the tag is the file's SHA-256" "$etag" "\"$(sha256sum <"$T/whole" | cut -d' ' -f1)\""
ask -o "$T/part1" -r 0-99 "$file"
same "100 bytes were asked for" "$(stat -c %s "$T/part1")" 100
cp "$T/part1" "$T/resumed"
ask -o "$T/resumed" -C - "$file"
cmp "$T/whole" "$T/resumed" || fail "curl -C - made another file"
ok "curl goes on with a file"
status_of() { ask -o "$T/reply" -w '%{http_code}' "$@"; }
same "a part of the same file" "$(status_of -r 5-9 -H "If-Range: $etag" "$file")" 206
same "all of another file" "$(status_of -r 5-9 -H 'If-Range: "x"' "$file")" 200
same "nothing that is known" "$(status_of -H "If-None-Match: $etag" "$file")" 304
same "no more than there is" "$(status_of -r 99999999- "$file")" 416
same "the head alone" "$(status_of -I "$file")" 200

# ---- tus-js-client -----------------------------------------------------
stop_serving
rm -rf "$T/district"
mv "$T/district.before" "$T/district"
serve
same "a district that has not heard of it" "$(district_count_of club)" 0
token=$(session)
upload() { TOKEN=$token node "$http/upload.mjs" "$url/uploads" "$T/whole" "$@"; }
upload 100 --stop-after 200 >"$T/out"
where=$(jq -er .url "$T/out")
same "it stops where it was told to" "$(jq .accepted "$T/out")" 200
stop_serving
serve
token=$(session)
UPLOAD=$where upload 100000 >"$T/out" # and goes on after the server's restart
same "all of it has come" "$(jq .accepted "$T/out")" "$(stat -c %s "$T/whole")"
same "from where it was" "$(jq .first "$T/out")" 200
same "and was taken in" "$(ask "$where" | jq -c .taken.bundles)" 1
same "for everybody to see" "$(district_count_of club)" 1
WITH_CREATION=1 upload 100000 >"$T/out"
same "a second time it is known" "$(jq .accepted "$T/out")" "$(stat -c %s "$T/whole")"
sound district
all_shown
