#!/usr/bin/env bash
# Copies of the ledger on other git servers: pushed, brought up to date, sound,
# with a token that nobody sees; and until when a key was good, in signers.
source "$(dirname "$0")/lib.sh"
needs git ssh-keygen python3
export GIT_CONFIG_GLOBAL=/dev/null GIT_CONFIG_NOSYSTEM=1 GIT_TERMINAL_PROMPT=0
serving_district
community a zhizunong 知足弄社区 潮鸣街道
put a club name=太极拳队 category=太极拳 members=24 active=true >/dev/null
c a sync >/dev/null 2>&1
bundles() { d log --json | jq '.bundles | length'; }

git init -q --bare "$T/copy.git"
exits "a rehearsal" 0 d ledger push "$T/copy.git" --dry-run
same "writes nothing" "$(git -C "$T/copy.git" for-each-ref | wc -l)" 0
holds "the first push" d ledger push "$T/copy.git"
same "everything is there" "$(git -C "$T/copy.git" rev-list --all | wc -l)" "$(bundles)"
holds "and sound" git -C "$T/copy.git" fsck --strict --full
d ledger allowed-signers >"$T/signers"
for commit in $(git -C "$T/copy.git" rev-list --all); do
	git -C "$T/copy.git" -c gpg.ssh.allowedSignersFile="$T/signers" verify-commit "$commit" \
		2>"$T/err" || fail "verify-commit $commit: $(cat "$T/err")"
done
ok "and signed"
git -C "$T/copy.git" update-ref refs/heads/theirs "$(git -C "$T/copy.git" rev-list --all | sed -n 1p)"
exits "once more" 0 d ledger push "$T/copy.git" --json
same "moves nothing" "$(jq .references "$T/out")" 0
put a club name=合唱团 category=合唱 members=12 active=true >/dev/null
c a sync >/dev/null 2>&1
holds "what came since" d ledger push "file://$T/copy.git"
same "is there as well" "$(git -C "$T/copy.git" rev-list --all | wc -l)" "$(bundles)"
holds "what was the other side's stays" git -C "$T/copy.git" rev-parse -q --verify refs/heads/theirs
exits "an export can be pushed to" 0 d ledger export "$T/exported.git"
exits "and is up to date" 0 d ledger push "$T/exported.git" --json
same "as they show the same" "$(jq .references "$T/out")" 0
git clone -q "$T/exported.git" "$T/clone" 2>"$T/err" && [[ ! -s $T/err ]] ||
	fail "a clone of an export: $(cat "$T/err")"
ok "an export can be cloned without a warning"

# Over HTTP, to stock git's own server behind a password.
cat >"$T/server.py" <<'PY'
import base64, http.server, os, subprocess, sys
want = "Basic " + base64.b64encode(("linli:" + sys.argv[2]).encode()).decode()
class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    def log_message(self, *args): pass
    def body(self):
        if self.headers.get("Transfer-Encoding", "") != "chunked":
            return self.rfile.read(int(self.headers.get("Content-Length", 0)))
        data = b""
        while size := int(self.rfile.readline(), 16):
            data += self.rfile.read(size); self.rfile.readline()
        self.rfile.readline()
        return data
    def answer(self):
        body = self.body()
        if self.headers.get("Authorization") != want:
            self.send_response(401)
            self.send_header("WWW-Authenticate", "Basic realm=x")
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        path, _, query = self.path.partition("?")
        out = subprocess.run(["git", "http-backend"], input=body, stdout=subprocess.PIPE,
            env={**os.environ, "GIT_PROJECT_ROOT": sys.argv[1], "GIT_HTTP_EXPORT_ALL": "1",
                "PATH_INFO": path, "QUERY_STRING": query, "REQUEST_METHOD": self.command,
                "CONTENT_TYPE": self.headers.get("Content-Type", ""), "REMOTE_USER": "linli",
                "CONTENT_LENGTH": str(len(body))}).stdout
        head, _, rest = out.partition(b"\r\n\r\n")
        fields = [line.split(": ", 1) for line in head.decode().split("\r\n")]
        self.send_response(int(dict(fields).get("Status", "200")[:3]))
        for name, value in fields:
            if name != "Status":
                self.send_header(name, value)
        self.send_header("Content-Length", str(len(rest)))
        self.end_headers()
        self.wfile.write(rest)
    do_GET = do_POST = answer
server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
print(server.server_port, flush=True)
server.serve_forever()
PY
mkdir "$T/srv"
git init -q --bare "$T/srv/far.git"
git -C "$T/srv/far.git" config http.receivepack true
secret=geheim-$RANDOM$RANDOM
python3 "$T/server.py" "$T/srv" "$secret" >"$T/far.port" 2>"$T/far.log" 9>&- &
eventually "the far server listens" 20 test -s "$T/far.port"
far=http://127.0.0.1:$(cat "$T/far.port")/far.git
exits "without a token" 4 d ledger push "$far"
LINLID_PUSH_TOKEN=wrong exits "with a wrong one" 4 d ledger push "$far" --user linli
LINLID_PUSH_TOKEN=$secret holds "with the right one" d ledger push "$far" --user linli
same "everything is there" "$(git -C "$T/srv/far.git" rev-list --all | wc -l)" "$(bundles)"
holds "and sound" git -C "$T/srv/far.git" fsck --strict --full
exits "a password in the address is refused" 2 d ledger push "http://linli:$secret@127.0.0.1:1/x.git"
! grep -rqa "$secret" "$T/district" "$T/out" "$T/err" || fail "the token was kept or shown"
ok "the token is nowhere"
mkdir "$T/none"
exits "a folder without a repository" 1 d ledger push "$T/none"
exits "nor one that is not there" 1 d ledger push "$T/none/x.git"
exits "nobody there" 6 d ledger push http://127.0.0.1:1/x.git
cat >"$T/srv/far.git/hooks/pre-receive" <<'HOOK'
#!/bin/sh
exit 1
HOOK
chmod +x "$T/srv/far.git/hooks/pre-receive"
put a club name=舞蹈队 category=舞蹈 members=12 active=true >/dev/null
c a sync >/dev/null 2>&1
LINLID_PUSH_TOKEN=$secret exits "what the other side refuses is said" 1 d ledger push "$far" --user linli
same "copies are in the audit log" \
	"$(d audit --json | jq '[.rows[] | select(.event == "ledger_pushed")] | length')" 3

# Until when a key was good.
device=$(c a status --json | jq -r .device)
[[ $(d ledger allowed-signers | grep "^$device") != *valid-before* ]] || fail "it ended too early"
d revoke "$device" >/dev/null 2>&1
d ledger allowed-signers >"$T/signers"
grep "^$device" "$T/signers" | grep -qE 'valid-before="[0-9]{14}Z"' ||
	fail "no end of a revoked key: $(cat "$T/signers")"
d ledger export "$T/exported.git" >/dev/null 2>&1
for commit in $(git -C "$T/exported.git" rev-list --all); do
	git -C "$T/exported.git" -c gpg.ssh.allowedSignersFile="$T/signers" verify-commit \
		"$commit" 2>"$T/err" || fail "verify-commit $commit: $(cat "$T/err")"
done
ok "what a revoked key had signed verifies still"
c a key openssh >"$T/stolen"
chmod 600 "$T/stolen"
tip=$(git -C "$T/clone" rev-parse HEAD)
forged=$(GIT_COMMITTER_DATE="$(date -d '+1 hour' +%s) +0000" git -C "$T/clone" -c user.name=x -c user.email="$device@linli" -c gpg.format=ssh \
	-c user.signingKey="$T/stolen" commit-tree -S -p "$tip" -m later "$tip^{tree}")
! TZ=UTC git -C "$T/clone" -c gpg.ssh.allowedSignersFile="$T/signers" \
	verify-commit "$forged" 2>"$T/err" || fail "a later signature of a revoked key is good"
ok "what it signs later does not"
stop_serving
all_shown
