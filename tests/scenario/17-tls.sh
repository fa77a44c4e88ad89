#!/usr/bin/env bash
# HTTPS with a certificate of one's own: the community joins and syncs when
# it trusts the authority, and says no when it does not, when the name is
# another's, when the certificate has expired, and to old protocols.
source "$(dirname "$0")/lib.sh"
needs openssl curl
found_district

openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 \
	-subj "/CN=district authority" -keyout "$T/ca.key" -out "$T/ca.pem" 2>/dev/null
# certificate NAME SUBJECT-ALTERNATIVE-NAMES OPENSSL-ARGS...
certificate() {
	local name=$1 names=$2
	shift 2
	openssl req -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -subj "/CN=$name" \
		-keyout "$T/$name.key" -out "$T/$name.csr" 2>/dev/null
	openssl x509 -req -in "$T/$name.csr" -CA "$T/ca.pem" -CAkey "$T/ca.key" -CAcreateserial \
		-extfile <(echo "subjectAltName=$names") "$@" -out "$T/$name.pem" 2>/dev/null
}
certificate good "IP:127.0.0.1,DNS:localhost" -days 2
certificate other "DNS:other.example" -days 2
certificate expired "IP:127.0.0.1" -days -1

exits "a certificate without its key" 2 d serve --listen 127.0.0.1:0 --tls-cert "$T/good.pem"
exits "the key of another certificate" 4 timeout 10 "$linlid" serve --home "$T/district" \
	--listen 127.0.0.1:0 --tls-cert "$T/good.pem" --tls-key "$T/other.key"
exits "no certificate in the file" 1 timeout 10 "$linlid" serve --home "$T/district" \
	--listen 127.0.0.1:0 --tls-cert "$T/good.key" --tls-key "$T/good.key"

port=
serve --tls-cert "$T/good.pem" --tls-key "$T/good.key"
url=https://127.0.0.1:$port
same "it serves" "$(curl -fs --cacert "$T/ca.pem" "$url/healthz" | jq -r .status)" ok
d invite zhizunong --name 知足弄社区 --street 潮鸣街道 -o "$T/a.invitation" --url "$url" >/dev/null 2>&1
exits "an authority that is not trusted" 6 c a join "$T/a.invitation"
holds "joining with the district's authority" c a join "$T/a.invitation" --ca-file "$T/ca.pem"
put a club name=太极拳队 category=太极拳 members=24 active=true >/dev/null
holds "a sync without naming it again" c a sync
same "the record is kept" "$(count_of a club)" 1
exits "plain HTTP to the same port" 6 c a sync "http://127.0.0.1:$port"
holds "a sync with it" c a sync --ca-file "$T/ca.pem"
same "arrives" "$(district_count_of club)" 1
holds "by name" c a sync "https://localhost:$port" --ca-file "$T/ca.pem"
exits "an authority file that is not there" 1 c a sync --ca-file "$T/nowhere.pem"
for version in 1.0 1.1; do
	! curl -fs --cacert "$T/ca.pem" --tls-max "$version" "$url/healthz" >/dev/null 2>&1 ||
		fail "the server speaks TLS $version"
done
ok "TLS 1.1 and older are refused"
curl -fs --cacert "$T/ca.pem" --tlsv1.3 "$url/healthz" >/dev/null || fail "no TLS 1.3"
ok "TLS 1.3 is spoken"
stop_serving

for certificate in other expired; do
	serve --tls-cert "$T/$certificate.pem" --tls-key "$T/$certificate.key"
	put a club name="$certificate" members=1 >/dev/null
	exits "a certificate that is $certificate" 6 c a sync --ca-file "$T/ca.pem"
	stop_serving
done
serve --tls-cert "$T/good.pem" --tls-key "$T/good.key"
holds "the good one again" c a sync --ca-file "$T/ca.pem"
same "all has arrived" "$(district_count_of club)" 3
stop_serving
sound a
sound district
all_shown
