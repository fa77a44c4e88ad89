#!/usr/bin/env bash
# A key under a passphrase: without it, or with another, every command says
# so and changes nothing; the key file never holds the key in the clear.
source "$(dirname "$0")/lib.sh"
needs ssh-keygen
port=
printf '一个很长的口令 with spaces\n' >"$T/pass"
printf 'a wrong one\n' >"$T/wrong"
: >"$T/none"

"$linlid" init --name 拱墅区 --home "$T/district" --passphrase-file "$T/pass" >/dev/null 2>&1
d() { "$linlid" "$@" --home "$T/district" --passphrase-file "$T/pass"; }
invite "$T/a.invitation" zhizunong 知足弄社区 潮鸣街道
"$linli" join "$T/a.invitation" --offline -o "$T/a.request" --home "$T/a" \
	--passphrase-file "$T/pass" >/dev/null 2>&1
d enrol "$T/a.request" -o "$T/a.answer" >/dev/null 2>&1
"$linli" join "$T/a.answer" --home "$T/a" --passphrase-file "$T/pass" >/dev/null
grep -q "ENCRYPTED PRIVATE KEY" "$T/a/device.key" || fail "the key is not encrypted"
ok "the key file is encrypted"
same "and readable by its owner only" "$(stat -c %a "$T/a/device.key" "$T/district/device.key" | sort -u)" 600

c a put club name=太极拳队 members=24 --passphrase-file "$T/pass" >/dev/null
before=$(c a status --json --passphrase-file "$T/pass" | jq -r .state_hash)
for how in "no passphrase:" "a wrong one:--passphrase-file $T/wrong" \
	"an empty file:--passphrase-file $T/none"; do
	what=${how%%:*}
	read -ra given <<<"${how#*:}"
	exits "$what" 4 c a put club name=不该写入 members=1 "${given[@]}"
	says "$what is told" "passphrase is wrong or missing"
done
exits "no such file" 1 c a status --passphrase-file "$T/nowhere"
exits "a wrong one, with --json" 4 c a list club --json --passphrase-file "$T/wrong"
same "the error is JSON" "$(jq -r .error.code "$T/out")" passphrase
LANG=zh_CN.UTF-8 exits "a wrong one, in Chinese" 4 c a status --passphrase-file "$T/wrong"
says "is told in Chinese" "口令错误或没有提供口令"
! grep -qF "a wrong one" "$T/out" "$T/err" || fail "the passphrase is printed"
LINLI_PASSPHRASE="a wrong one" exits "a wrong one in the environment" 4 c a status
same "nothing was written" \
	"$(LINLI_PASSPHRASE='一个很长的口令 with spaces' c a status --json | jq -r .state_hash)" "$before"
ok "the right one in the environment opens it"
printf '一个很长的口令 with spaces\r\n' >"$T/windows"
holds "a file with Windows line ends opens it" c a status --passphrase-file "$T/windows"
LINLI_PASSPHRASE="a wrong one" holds "a file goes before the environment" \
	c a status --passphrase-file "$T/pass"
exits "the district's, too" 4 "$linlid" check --home "$T/district"
LINLID_PASSPHRASE='一个很长的口令 with spaces' holds "which has a variable of its own" \
	"$linlid" check --home "$T/district"

# A server is not begun without it.
exits "a server without it" 4 timeout 10 "$linlid" serve --home "$T/district" --listen 127.0.0.1:0
serve --passphrase-file "$T/pass"
same "with it, it serves" "$(healthy | jq -r .status)" ok
c a sync "http://127.0.0.1:$port" --passphrase-file "$T/pass" >/dev/null
same "and takes what a community sends" "$(district_count_of club)" 1
stop_serving
! grep -rqaF '一个很长的口令' "$T/a" "$T/district" "$T/server.log" || fail "the passphrase is written down"
ok "the passphrase is in no file"
all_shown
