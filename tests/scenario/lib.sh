# lib.sh -- shared by the scenarios: the two programs, a scratch folder, a
# server, and a few words to say what is shown.
#
# A scenario is run as  NN-goal.sh LINLI LINLID  and ends with status 0 when
# all it shows holds, 77 when this computer cannot show it, else 1.  It
# prints a line for each thing shown, waits for conditions and never for
# time, and leaves no process and no file behind.
set -euo pipefail

[[ $# -ge 2 ]] || { echo "usage: $0 LINLI LINLID"; exit 2; }
linli=$(realpath "$1")
linlid=$(realpath "$2")
T=$(mktemp -d "${TMPDIR:-/tmp}/linli-scenario.XXXXXX")
mounts=() # file systems mounted below $T
shown=0

# Nothing of the person who runs the tests may take part.
unset LINLI_HOME LINLID_HOME LINLI_PASSPHRASE LINLID_PASSPHRASE LINLI_CA LANGUAGE
unset http_proxy https_proxy all_proxy no_proxy HTTP_PROXY HTTPS_PROXY ALL_PROXY NO_PROXY
unset LC_ALL LC_MESSAGES XDG_DATA_HOME
export LANG=C.UTF-8 NO_COLOR=1 TZ=Asia/Shanghai HOME=$T

clean_up() {
	local process folder
	{
		for process in $(jobs -pr); do
			kill -KILL "$process"
			wait "$process"
		done
	} 2>/dev/null || true
	for folder in "${mounts[@]:-}"; do
		[[ -z $folder ]] || umount "$folder" 2>/dev/null || true
	done
	chmod -R u+rwx "$T" 2>/dev/null || true
	rm -rf "$T"
}
trap clean_up EXIT
trap 'exit 1' INT TERM
exec 9>&2 # what is said of a failure, wherever it happens
trap 'echo "FAILED at line $LINENO of ${BASH_SOURCE[0]}: $BASH_COMMAND" >&9' ERR
set -E

# ---- saying ------------------------------------------------------------

ok() { shown=$((shown + 1)); echo "ok: $1"; }
fail() {
	trap - ERR
	echo "FAILED: $1" >&9
	exit 1
}
skip() { echo "SKIPPED: $1"; exit 77; }
all_shown() { echo "$shown shown"; }

# same WHAT GOT EXPECTED
same() {
	[[ $2 == "$3" ]] || fail "$1: expected '$3', got '$2'"
	ok "$1 (${2:0:80})"
}
# holds WHAT COMMAND...: it succeeds
holds() {
	local what=$1
	shift
	"$@" >"$T/out" 2>"$T/err" || fail "$what: $* $(tail -n 5 "$T/out" "$T/err")"
	ok "$what"
}
# exits WHAT STATUS COMMAND...: and what it printed is in $T/out and $T/err
exits() {
	local what=$1 expected=$2 status=0
	shift 2
	"$@" >"$T/out" 2>"$T/err" || status=$?
	[[ $status == "$expected" ]] ||
		fail "$what: expected status $expected, got $status: $(tail -n 5 "$T/out" "$T/err")"
	ok "$what (exit $status)"
}
# says WHAT PATTERN: what the last command under exits or holds printed
says() {
	grep -qE -e "$2" "$T/out" "$T/err" ||
		fail "$1: nothing like '$2' in: $(cat "$T/out" "$T/err")"
	ok "$1"
}
# eventually WHAT SECONDS COMMAND...: until it succeeds
eventually() {
	local what=$1 deadline=$((SECONDS + $2))
	shift 2
	until "$@" >/dev/null 2>&1; do
		((SECONDS < deadline)) || fail "$what: not within the deadline"
		sleep 0.05
	done
}
needs() {
	local program
	for program in "$@"; do
		command -v "$program" >/dev/null || skip "$program is not installed"
	done
}
needs jq

# ---- the programs ------------------------------------------------------

# c HOME ARGS...: a community's command; d ARGS...: the district's
c() {
	local home=$1
	shift
	"$linli" "$@" --home "$T/$home"
}
d() { "$linlid" "$@" --home "$T/district"; }

# put HOME ENTITY FIELD=VALUE...: the new record's id
put() {
	local home=$1
	shift
	c "$home" put "$@" --json | jq -er .id
}
# The records of an entity as sorted lines of JSON; with their ids.
records_of() { c "$1" list "$2" --json | jq -cS '.records[]' | sort; }
district_records_of() { d list "$1" --json | jq -cS '.records[]' | sort; }
count_of() { c "$1" list "$2" --json | jq '.records | length'; }
district_count_of() { d list "$1" --json | jq '.records | length'; }
hash_of() { c "$1" status --json | jq -er .state_hash; }

# sound WHO: "check" finds nothing wrong, and no line is missing or double
sound() {
	local report
	if [[ $1 == district ]]; then
		report=$(d check --json) || fail "check at the district: $report"
	else
		report=$(c "$1" check --json) || fail "check at $1: $report"
	fi
	jq -e '.ok and (.problems == []) and
		(.lines | .sent == .applied + .waiting + .returned)' <<<"$report" >/dev/null ||
		fail "check at $1: $report"
}

# ---- a district and its communities ------------------------------------

healthy() { curl -fs --max-time 2 "http://127.0.0.1:$port/healthz"; }

# serve [ARGS...]: at $port where it is set, else at any free one, which
# $port then says.  The log is $T/server.log, the process $server.
serve() {
	local log=$T/server.log
	: >"$log"
	"$linlid" serve --home "$T/district" --listen "127.0.0.1:${port:-0}" "$@" \
		>>"$log" 2>&1 9>&- &
	server=$!
	eventually "the server listens: $(cat "$log")" 20 grep -qE '^listening ' "$log"
	port=$(sed -nE 's/^listening .* port=([0-9]+).*/\1/p' "$log" | head -n 1)
}
# Let it stop; its status is kept in $server_status.
stop_serving() {
	server_status=0
	! jobs -pr | grep -qx "$server" || kill -TERM "$server"
	{ wait "$server" || server_status=$?; } 2>/dev/null
	server=
}

# A district without a server, and one that serves.
found_district() { d init --name 拱墅区 >/dev/null 2>&1; }
serving_district() {
	needs curl
	found_district
	port=
	serve
}

# invite FILE COMMUNITY NAME STREET
invite() {
	d invite "$2" --name "$3" --street "$4" -o "$1" \
		${port:+--url "http://127.0.0.1:$port"} >/dev/null 2>&1
}
# community HOME ID NAME STREET: a computer of it, enrolled over HTTP
community() {
	invite "$T/$1.invitation" "$2" "$3" "$4"
	c "$1" join "$T/$1.invitation" >/dev/null 2>&1
}
# The same by files, without any server.
community_by_files() {
	local port=
	invite "$T/$1.invitation" "$2" "$3" "$4"
	c "$1" join "$T/$1.invitation" --offline -o "$T/$1.request" >/dev/null 2>&1
	d enrol "$T/$1.request" -o "$T/$1.answer" >/dev/null 2>&1
	c "$1" join "$T/$1.answer" >/dev/null 2>&1
}
