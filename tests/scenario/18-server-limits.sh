#!/usr/bin/env bash
# The server's bounds, seen from outside: too large, too slow, too many, not
# HTTP; it says so or hangs up, and all the while a community can sync.
source "$(dirname "$0")/lib.sh"
needs curl
trap '' PIPE # a connection that was cut is a failed write
found_district
port=
serve --request-deadline 2 --idle-timeout 2 --connections 30 --connections-per-address 20
community a zhizunong 知足弄社区 潮鸣街道
put a club name=太极拳队 category=太极拳 members=24 active=true >/dev/null
url=http://127.0.0.1:$port

# answers WHAT STATUS CURL-ARGS...
answers() {
	local what=$1 expected=$2 got
	shift 2
	got=$(curl -s -o "$T/reply" -w '%{http_code}' --max-time 20 "$@") || true
	same "$what" "$got" "$expected"
}
answers "healthy" 200 "$url/healthz"
answers "an address where nothing is" 404 "$url/no/such/thing"
same "is answered with JSON" "$(jq -r .error.code "$T/reply")" not_found
answers "a method that is not known" 405 -X BREW "$url/healthz"
answers "a path that climbs" 400 --path-as-is "$url/../../etc/passwd"
answers "a path that climbs, encoded" 400 --path-as-is "$url/%2e%2e/%2e%2e/etc/passwd"
answers "a path that is no UTF-8" 400 "$url/%ff%fe"
answers "uploading without a session" 401 -X POST --data-binary x "$url/api/v1/bundles"
answers "a token that is none" 401 -X POST -H "Authorization: Bearer abc" --data-binary x \
	"$url/api/v1/bundles"
answers "an enrolment that is noise" 400 -X POST --data-binary '{"linli":"request"}' "$url/api/v1/enrol"
answers "an enrolment that nests deeply" 400 -X POST \
	--data-binary @<(printf '[%.0s' $(seq 20000)) "$url/api/v1/enrol"

# Too large, said before and while it comes.
truncate -s 100M "$T/large"
answers "a body of 100 MiB, announced" 413 -X POST -H "Expect:" --data-binary "@$T/large" "$url/api/v1/enrol"
answers "a body of 100 MiB, in chunks" 413 -X POST -H "Expect:" -H "Transfer-Encoding: chunked" \
	--data-binary "@$T/large" "$url/api/v1/enrol"
got=$(curl -s -o /dev/null -w '%{http_code}' --max-time 20 -H "X-Long: $(head -c 100000 /dev/zero | tr '\0' x)" "$url/healthz") || true
[[ $got =~ ^(000|400|413|431|494)$ ]] || fail "a header of 100 KB: $got"
ok "a header of 100 KB is refused ($got)"

# What is not HTTP, and what is slow: the connection ends by itself.
# ends WHAT SECONDS BYTES...: the server hangs up within that time
ends() {
	local what=$1 seconds=$2 begun=$SECONDS
	exec 8<>"/dev/tcp/127.0.0.1/$port"
	printf "$3" >&8
	timeout "$seconds" cat <&8 >"$T/reply" || fail "$what: the server does not hang up"
	exec 8>&-
	ok "$what: it hangs up after $((SECONDS - begun)) s"
}
ends "nothing at all" 10 ''
ends "half a request" 10 'GET /healthz HTTP/1.1\r\nHost: x\r\n'
ends "half a body" 10 'POST /api/v1/enrol HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\nabc'
ends "noise" 10 '\001\002\003\377\376 noise\r\n\r\n'
# One byte every half second is busy, but not done by the deadline.
exec 8<>"/dev/tcp/127.0.0.1/$port"
printf 'POST /api/v1/enrol HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n' >&8
begun=$SECONDS
while printf x >&8 2>/dev/null; do
	((SECONDS - begun < 15)) || fail "a client that trickles is not cut off"
	sleep 0.5
done
exec 8>&- || true
ok "a client that trickles is cut off after $((SECONDS - begun)) s"

# Connections that do nothing take no place for ever, and none from others.
flood() {
	local i
	for i in $(seq 60); do
		exec {connection}<>"/dev/tcp/127.0.0.1/$port" || true
	done
	timeout 8 cat <&"$connection" >/dev/null 2>&1 || true
}
(flood) 2>/dev/null &
flooder=$!
eventually "a sync gets through in the end" 30 c a sync
ok "60 idle connections from one address do not keep a community out"
wait "$flooder" || true
answers "healthy, still" 200 "$url/healthz"
descriptors() { (($(find "/proc/$server/fd" | wc -l) < 40)); }
eventually "the connections are closed" 15 descriptors
ok "and none of them stays open"

# Twenty at once.
pids=()
for i in $(seq 20); do
	curl -s -o "$T/reply.$i" -w '%{http_code}\n' --max-time 20 "$url/api/v1/federation" >"$T/code.$i" &
	pids+=($!)
done
for pid in "${pids[@]}"; do
	wait "$pid" || true
done
same "twenty at once: each is answered, or sent away" \
	"$(cat "$T"/code.* | sort -u | sed -E '/^(200|503|000)$/d')" ""
(($(grep -lx 200 "$T"/code.* | wc -l) >= 10)) || fail "too few of twenty were answered"
# LeakSanitizer's own bookkeeping included, where it is built with it.
memory=$(awk '/VmRSS/ { print int($2 / 1024) }' "/proc/$server/status")
((memory < 512)) || fail "it takes $memory MiB"
ok "its memory stays bounded ($memory MiB)"

put a club name=合唱团 category=合唱 members=9 active=true >/dev/null
holds "a community syncs as ever" c a sync
same "and all has arrived" "$(district_count_of club)" 2
stop_serving
same "the server stops as it should" "$server_status" 0
sound district
all_shown
