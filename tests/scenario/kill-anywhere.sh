#!/usr/bin/env bash
# Killed at any system call that writes, syncs, renames, removes or creates,
# a program has lost nothing that it had acknowledged, doubles nothing, and
# doing the same again comes to the same state as if nothing had happened.
#
# usage: kill-anywhere.sh LINLI LINLID CASE...
#
# For each case the system calls of an undisturbed run are counted first.
# Then the command is run again from a copy of the same folders for each
# of them and killed (SIGKILL, by strace's fault injection) as it enters
# that call: pack, import, carry, sync and the server at every one.  Where
# a case has more than LINLI_KILL_POINTS of them (default 60; 45 for what is
# done once, as init and join), the first and the last third of that many are
# taken, and as many spread evenly between.
source "$(dirname "$0")/lib.sh"
shift 2
[[ $# -ge 1 ]] || { echo "usage: $0 LINLI LINLID CASE..."; exit 2; }
needs strace curl
# LeakSanitizer does not work under ptrace.
export ASAN_OPTIONS="${ASAN_OPTIONS:+$ASAN_OPTIONS:}detect_leaks=0"

watched=write,pwrite64,writev,pwritev,pwritev2,copy_file_range,sendfile,fallocate,ftruncate
watched+=,fsync,fdatasync,sync_file_range,msync,rename,renameat,renameat2,link,linkat
watched+=,unlink,unlinkat,mkdir,mkdirat,rmdir,openat

status=0
{
	strace -qq -o /dev/null -e trace=write -e inject=write:signal=SIGKILL:when=1 \
		/bin/echo "not killed" >"$T/out" 2>&1 || status=$?
} 2>/dev/null
[[ $status == 137 ]] || skip "strace cannot kill at a system call here (no ptrace)"

# ---- counting and killing ----------------------------------------------

# points_of LOG: "CALL N" for each point in the log of an undisturbed run, in the
# order in which they came; strace counts each call by itself in each thread.
# Of openat only what creates a file.
points_of() {
	awk '
		/ resumed>/ { next }
		match($0, /^[0-9]+ +[a-z0-9_]+\(/) {
			thread = $1
			call = $2
			sub(/\(.*/, "", call)
			n = ++count[thread, call]
			if ((call != "openat" || /O_CREAT/) && !seen[call, n]++) {
				print call, n
			}
		}' "$1"
}

# Of the lines of FILE at most $max_points.
sample() {
	awk -v max="$max_points" '
		{ line[NR] = $0 }
		END {
			third = int(max / 3)
			middle = NR - 2 * third
			for (i = 1; i <= NR; i++) {
				at = i - third
				spread = int(at * third / middle) > int((at - 1) * third / middle)
				if (NR <= max || i <= third || i > NR - third || spread) {
					print line[i]
				}
			}
		}' "$1"
}

# counting COMMAND...: its points go to $T/points
counting() {
	strace -f -qq -o "$T/strace.log" -e trace="$watched" "$@" >"$T/out" 2>"$T/err" ||
		fail "undisturbed: $* $(tail -n 5 "$T/out" "$T/err")"
	points_of "$T/strace.log" >"$T/points"
	[[ -s $T/points ]] || fail "no system call to kill at in: $*"
}

# killing COMMAND...: at $point; $killed says whether it came to that, and
# if it did not, it succeeded.
killing() {
	local status=0
	{
		strace -f -qq -o /dev/null -e trace="$call" \
			-e inject="$call:signal=SIGKILL:when=$n" \
			"$@" >"$T/killed.out" 2>"$T/killed.err" || status=$?
	} 2>/dev/null
	case $status in
	137) killed=1 ;;
	0) ;;
	*) lost "status $status: $(tail -n 5 "$T/killed.out" "$T/killed.err")" ;;
	esac
}

# Where we are, for whoever reads a failure.
lost() { fail "$case: killed at $point: $1"; }

# must COMMAND...: what is done after the kill succeeds
must() {
	"$@" >"$T/must.out" 2>&1 || lost "$* fails: $(tail -n 5 "$T/must.out")"
}

# equal WHAT GOT EXPECTED, without a word where it holds
equal() { [[ $2 == "$3" ]] || lost "$1: expected $3, got $2"; }

# All that must be the same in the end whatever happened between.
state_at() {
	local report
	report=$(c "$1" check --json) || lost "check at $1: $report"
	jq -c '{ok, bundles, lines, records, state_hash, problems,
		balance: (.lines | .sent == .applied + .waiting + .returned)}' <<<"$report"
}
district_state() {
	local report
	report=$(d check --json) || lost "check at the district: $report"
	jq -c '{ok, lines, records, state_hash, problems,
		balance: (.lines | .sent == .applied + .waiting + .returned)}' <<<"$report"
}
sound_state() {
	jq -e '.ok and .balance and .problems == []' <<<"$2" >/dev/null || lost "check at $1: $2"
}

# Every bundle that the community holds for sent lies at the district.
sent_is_kept() {
	local sent kept
	sent=$(c "$1" log --json | jq -r '.bundles[] | select(.sent) | .bundle + " " + .hash' | sort)
	kept=$(d log --json | jq -r '.bundles[] | .bundle + " " + .hash' | sort)
	[[ -z $(comm -23 <(echo "$sent") <(echo "$kept")) ]] ||
		lost "held for sent, but not at the district: $sent; there: $kept"
}

# each_point [MOST]: calls disturb for each point chosen of $T/points, with
# $call and $n; it says in $killed whether the program was killed.
# MOST is less in cases that take long.
each_point() {
	local all run=0 died=0 max_points=${LINLI_KILL_POINTS:-${1:-60}}
	all=$(wc -l <"$T/points")
	sample "$T/points" >"$T/sample"
	while read -r call n <&3; do
		point="$call $n"
		killed=
		disturb
		run=$((run + 1))
		died=$((died + ${killed:-0}))
	done 3<"$T/sample"
	# What comes in another order than before may miss its point, but not often.
	((died * 10 >= run * 9)) || fail "$case: only $died of $run runs were killed"
	ok "$case: $run of $all points, killed at $died"
}

# Put back what was prepared.
fresh() {
	local folder
	for folder in "$@"; do
		rm -rf "${T:?}/$folder"
		cp -a "$T/prepared/$folder" "$T/$folder"
	done
}
prepared() {
	local folder
	mkdir "$T/prepared"
	for folder in "$@"; do
		cp -a "$T/$folder" "$T/prepared/$folder"
	done
}

# A community with something signed and something not, in all three scopes.
two_bundles_and_drafts() {
	found_district
	community_by_files a zhizunong 知足弄社区 潮鸣街道
	club=$(put a club name=太极拳队 category=太极拳 members=24 active=true)
	activity=$(put a activity club="$club" kind=clean_up title=楼道大清扫 \
		held_on=2024-05-01 participants=20 served=30)
	put a person name=夏女士 phone=13857112233 birth_decade=1960 >/dev/null
	c a pack >/dev/null
	c a put activity "$activity" served+=5 >/dev/null
	c a put club "$club" members=25 >/dev/null
	put a club name=合唱团 category=合唱 members=31 active=true >/dev/null
	put a person name=高先生 phone=13900001111 birth_decade=1950 >/dev/null
}

# ---- the cases ---------------------------------------------------------

kill_put() {
	local before after undisturbed
	two_bundles_and_drafts
	prepared a
	before=$(records_of a club)
	counting "$linli" put club name=舞蹈队 members=12 --home "$T/a"
	undisturbed=$(records_of a club)
	disturb() {
		fresh a
		killing "$linli" put club name=舞蹈队 members=12 --home "$T/a"
		sound_state a "$(state_at a)"
		after=$(records_of a club)
		if [[ $after == "$before" ]]; then
			must c a put club name=舞蹈队 members=12
			after=$(records_of a club)
		fi
		equal "clubs after it" "$after" "$undisturbed"
		sound_state a "$(state_at a)"
	}
	each_point
}

kill_import() {
	local before after undisturbed i
	two_bundles_and_drafts
	{
		echo "club,kind,title,held_on,participants,served"
		for i in $(seq 30); do
			printf '%s,convenience_service,量血压第%d次,2024-%02d-%02d,20,30\n' \
				"$club" "$i" $((i % 12 + 1)) $((i % 28 + 1))
		done
	} >"$T/activities.csv"
	prepared a
	before=$(records_of a activity)
	counting "$linli" import activity "$T/activities.csv" --home "$T/a"
	undisturbed=$(records_of a activity)
	disturb() {
		fresh a
		killing "$linli" import activity "$T/activities.csv" --home "$T/a"
		sound_state a "$(state_at a)"
		after=$(records_of a activity)
		if [[ $after == "$before" ]]; then
			must c a import activity "$T/activities.csv"
			after=$(records_of a activity)
		fi
		equal "all rows or none" "$(wc -l <<<"$after") rows" "$(wc -l <<<"$undisturbed") rows"
		equal "activities after it" "$after" "$undisturbed"
		sound_state a "$(state_at a)"
	}
	each_point
}

kill_pack() {
	local before undisturbed state
	two_bundles_and_drafts
	prepared a
	before=$(hash_of a)
	counting "$linli" pack --home "$T/a"
	undisturbed=$(state_at a)
	disturb() {
		fresh a
		killing "$linli" pack --home "$T/a"
		state=$(state_at a)
		sound_state a "$state"
		equal "the records meanwhile" "$(jq -r .state_hash <<<"$state")" "$before"
		must c a pack
		equal "changes still not signed" "$(c a status --json | jq .pending_lines)" 0
		equal "after it" "$(state_at a)" "$undisturbed"
	}
	each_point
}

# There and back through a folder: the community killed.
kill_carry() {
	local before undisturbed there state
	two_bundles_and_drafts
	mkdir "$T/stick"
	prepared a district stick
	before=$(hash_of a)
	finish_carrying() {
		must c a carry "$T/stick"
		must d carry "$T/stick"
		must c a carry "$T/stick"
	}
	counting "$linli" carry "$T/stick" --home "$T/a"
	finish_carrying
	undisturbed=$(state_at a)
	there=$(district_state)
	disturb() {
		fresh a district stick
		killing "$linli" carry "$T/stick" --home "$T/a"
		state=$(state_at a)
		sound_state a "$state"
		equal "the records meanwhile" "$(jq -r .state_hash <<<"$state")" "$before"
		# What lies on the stick half written must do no harm.
		must d carry "$T/stick"
		sound_state district "$(district_state)"
		sent_is_kept a
		finish_carrying
		equal "after it" "$(state_at a)" "$undisturbed"
		equal "at the district" "$(district_state)" "$there"
		equal "bundles not known to be there" \
			"$(c a status --json | jq .unsent_bundles)" 0
		[[ -z $(find "$T/stick" -name '*.part') ]] || lost "half written files stay"
	}
	each_point 1000
}

# The same, the district killed as it takes in what lies there and answers.
kill_district_carry() {
	local undisturbed there
	two_bundles_and_drafts
	mkdir "$T/stick"
	c a carry "$T/stick" >/dev/null
	prepared a district stick
	counting "$linlid" carry "$T/stick" --home "$T/district"
	c a carry "$T/stick" >/dev/null
	undisturbed=$(state_at a)
	there=$(district_state)
	disturb() {
		fresh a district stick
		killing "$linlid" carry "$T/stick" --home "$T/district"
		sound_state district "$(district_state)"
		must c a carry "$T/stick"
		sent_is_kept a
		must d carry "$T/stick"
		must c a carry "$T/stick"
		equal "after it" "$(state_at a)" "$undisturbed"
		equal "at the district" "$(district_state)" "$there"
		equal "bundles not known to be there" \
			"$(c a status --json | jq .unsent_bundles)" 0
		[[ -z $(find "$T/stick" -name '*.part') ]] || lost "half written files stay"
	}
	each_point 1000
}

sync_a() { c a sync "http://127.0.0.1:$port" --no-retry --json; }

# The district has something that the community lacks, too.
both_have_news() {
	port=
	two_bundles_and_drafts
	serve
	invite "$T/b.invitation" wanglanfu 望澜府社区 上塘街道
	c b join "$T/b.invitation" >/dev/null 2>&1
	put b club name=摄影社 category=摄影 members=9 active=true >/dev/null
	c b sync >/dev/null 2>&1
	stop_serving
}

# With a server that runs on, the community killed.
kill_sync() {
	local undisturbed there
	both_have_news
	prepared a district
	serve
	counting "$linli" sync "http://127.0.0.1:$port" --home "$T/a"
	undisturbed=$(state_at a)
	there=$(district_state)
	stop_serving
	disturb() {
		fresh a district
		serve
		killing "$linli" sync "http://127.0.0.1:$port" --home "$T/a"
		sound_state a "$(state_at a)"
		sound_state district "$(district_state)"
		sent_is_kept a
		must sync_a
		equal "after it" "$(state_at a)" "$undisturbed"
		equal "at the district" "$(district_state)" "$there"
		equal "bundles not known to be there" \
			"$(c a status --json | jq .unsent_bundles)" 0
		equal "lines sent once more" "$(sync_a | jq .sent.lines)" 0
		stop_serving
	}
	each_point 1000
}

traced() {
	local status
	for status in /proc/"$server"/task/*/status; do
		! grep -q '^TracerPid:[[:space:]]*0$' "$status" || return 1
	done
}
# attach STRACE-ARGS...: to the server that runs
attach() {
	strace -f -qq "$@" -p "$server" 2>"$T/attach.err" &
	tracer=$!
	eventually "strace is attached to the server" 10 traced
}

# The server killed while a community syncs.
kill_server() {
	local undisturbed there result
	both_have_news
	prepared a district
	serve
	attach -o "$T/strace.log" -e trace="$watched"
	sync_a >/dev/null
	stop_serving
	wait "$tracer" || true
	points_of "$T/strace.log" >"$T/points"
	undisturbed=$(state_at a)
	there=$(district_state)
	disturb() {
		fresh a district
		serve
		attach -o /dev/null -e trace="$call" -e inject="$call:signal=SIGKILL:when=$n"
		sync_a >"$T/result" 2>"$T/err" || true
		stop_serving
		[[ $server_status != 137 ]] || killed=1
		wait "$tracer" 2>/dev/null || true
		sound_state a "$(state_at a)"
		sound_state district "$(district_state)"
		# What the community was told has arrived has.
		sent_is_kept a
		equal "the records meanwhile" "$(records_of a club | grep -v 摄影社)" \
			"$(grep -v 摄影社 "$T/clubs")"
		serve
		must sync_a
		equal "after it" "$(state_at a)" "$undisturbed"
		equal "at the district" "$(district_state)" "$there"
		equal "lines sent once more" "$(sync_a | jq .sent.lines)" 0
		stop_serving
	}
	records_of a club >"$T/clubs"
	each_point 1000
}

# What follows a request for a new key, to the end: all is there, once, and one key is good.
finish_new_key() {
	local states
	must d enrol "$T/request" -o "$T/answer"
	must c a join "$T/answer"
	[[ ! -e $T/a/device.key.new ]] || lost "a key is left over"
	# What nobody else has seen of the old key is signed once the district's list tells so.
	must c a carry "$T/stick"
	must d carry "$T/stick"
	must c a carry "$T/stick"
	must d carry "$T/stick"
	must c a carry "$T/stick"
	sound_state a "$(state_at a)"
	sound_state district "$(district_state)"
	sent_is_kept a
	equal "what is not sent" "$(c a status --json | jq -c '[.pending_lines, .unsent_bundles]')" "[0,0]"
	equal "clubs at the district" "$(district_count_of club)" 3
	states=$(d devices --json | jq -c '[.devices[] | select(.community == "zhizunong").revoked] | sort')
	equal "the old key is ended, the new one good" "$states" "$1"
}

# Going over to a new key.  Wherever it ends, the home has the old key or the new one.
kill_rotate() {
	local before state
	two_bundles_and_drafts
	mkdir "$T/stick"
	prepared a district stick
	before=$(hash_of a)
	counting "$linli" key rotate -o "$T/request" --home "$T/a"
	disturb() {
		fresh a district stick
		rm -f "$T/request"
		killing "$linli" key rotate -o "$T/request" --home "$T/a"
		state=$(state_at a)
		sound_state a "$state"
		equal "the records meanwhile" "$(jq -r .state_hash <<<"$state")" "$before"
		must c a put club name=舞蹈队 members=12
		must c a key rotate -o "$T/request"
		finish_new_key "[false,true]"
	}
	each_point
}

# The same where the key was lost, and changes were not signed yet.
kill_recover() {
	local before
	two_bundles_and_drafts
	mkdir "$T/stick"
	before=$(records_of a club)
	invite "$T/again" zhizunong 知足弄社区 潮鸣街道
	rm "$T/a/device.key"
	prepared a district stick
	counting "$linli" join "$T/again" --keep --offline -o "$T/request" --home "$T/a"
	disturb() {
		fresh a district stick
		rm -f "$T/request"
		killing "$linli" join "$T/again" --keep --offline -o "$T/request" --home "$T/a"
		must c a join "$T/again" --keep --offline -o "$T/request"
		sound_state a "$(state_at a)"
		equal "the records meanwhile" "$(records_of a club)" "$before"
		must c a put club name=舞蹈队 members=12
		finish_new_key "[false,false]"
	}
	each_point
}

# The server killed before it serves.
kill_server_start() {
	local there
	both_have_news
	prepared a district
	strace -f -qq -o "$T/strace.log" -e trace="$watched" "$linlid" serve \
		--home "$T/district" --listen 127.0.0.1:0 >"$T/server.log" 2>&1 &
	tracer=$!
	eventually "the server listens" 20 grep -qE '^listening ' "$T/server.log"
	cp "$T/strace.log" "$T/start.log"
	kill -TERM "$(awk '{ print $1; exit }' "$T/start.log")"
	wait "$tracer" || true
	points_of "$T/start.log" >"$T/points"
	port=
	serve
	sync_a >/dev/null
	there=$(district_state)
	stop_serving
	disturb() {
		fresh a district
		port=
		killing timeout 5 "$linlid" serve --home "$T/district" --listen 127.0.0.1:0
		sound_state district "$(district_state)"
		serve
		must sync_a
		equal "at the district" "$(district_state)" "$there"
		stop_serving
	}
	each_point
}

# A district is founded, or it is not and can be.
kill_init() {
	counting "$linlid" init --name 拱墅区 --home "$T/district"
	disturb() {
		rm -rf "${T:?}/district"
		killing "$linlid" init --name 拱墅区 --home "$T/district"
		if ! d check >"$T/must.out" 2>&1; then
			must d init --name 拱墅区
		fi
		sound_state district "$(district_state)"
		equal "devices" "$(d devices --json | jq '.devices | length')" 1
	}
	each_point 45
}

# Joining by files, killed at either side.
kill_join() {
	local port=
	found_district
	invite "$T/a.invitation" zhizunong 知足弄社区 潮鸣街道
	prepared district
	counting "$linli" join "$T/a.invitation" --offline -o "$T/a.request" --home "$T/a"
	disturb() {
		fresh district
		rm -rf "${T:?}/a" "$T/a.request"
		killing "$linli" join "$T/a.invitation" --offline -o "$T/a.request" --home "$T/a"
		must c a join "$T/a.invitation" --offline -o "$T/a.request"
		must d enrol "$T/a.request" -o "$T/a.answer"
		must c a join "$T/a.answer"
		sound_state a "$(state_at a)"
	}
	each_point 45
}
kill_join_answer() {
	local port= undisturbed
	found_district
	invite "$T/a.invitation" zhizunong 知足弄社区 潮鸣街道
	c a join "$T/a.invitation" --offline -o "$T/a.request" >/dev/null 2>&1
	d enrol "$T/a.request" -o "$T/a.answer" >/dev/null 2>&1
	prepared a
	counting "$linli" join "$T/a.answer" --home "$T/a"
	undisturbed=$(state_at a)
	disturb() {
		fresh a
		killing "$linli" join "$T/a.answer" --home "$T/a"
		must c a join "$T/a.answer"
		equal "after it" "$(state_at a)" "$undisturbed"
	}
	each_point 45
}
kill_enrol() {
	local port=
	found_district
	invite "$T/a.invitation" zhizunong 知足弄社区 潮鸣街道
	c a join "$T/a.invitation" --offline -o "$T/a.request" >/dev/null 2>&1
	prepared a district
	counting "$linlid" enrol "$T/a.request" -o "$T/a.answer" --home "$T/district"
	disturb() {
		fresh a district
		rm -f "$T/a.answer"
		killing "$linlid" enrol "$T/a.request" -o "$T/a.answer" --home "$T/district"
		must d enrol "$T/a.request" -o "$T/a.answer"
		must c a join "$T/a.answer"
		sound_state a "$(state_at a)"
		sound_state district "$(district_state)"
		equal "devices" "$(d devices --json | jq '.devices | length')" 2
	}
	each_point 45
}

# A restore in place of records: afterwards there are the old ones, or the
# restored, or the restore can be done again; the old ones are never gone.
kill_restore() {
	local old new now
	two_bundles_and_drafts
	new=$(d backup "$T/backup.age" --json 2>/dev/null | jq -r .state_hash)
	mkdir "$T/stick"
	c a carry "$T/stick" >/dev/null
	d carry "$T/stick" >/dev/null
	old=$(d check --json | jq -r .state_hash)
	prepared district
	counting "$linlid" restore "$T/backup.age" --replace --home "$T/district"
	disturb() {
		fresh district
		killing "$linlid" restore "$T/backup.age" --replace --home "$T/district"
		if d check --json >"$T/check.json" 2>&1; then
			now=$(jq -r .state_hash "$T/check.json")
			[[ $now == "$old" || $now == "$new" ]] || lost "another state: $now"
		fi
		must d restore "$T/backup.age" --replace
		sound_state district "$(district_state)"
		equal "restored" "$(d check --json | jq -r .state_hash)" "$new"
		now=$(for folder in "$T"/district/before-restore-*; do
			cp -a "$folder" "$T/aside"
			"$linlid" check --json --home "$T/aside" 2>/dev/null | jq -r .state_hash || true
			rm -rf "$T/aside"
		done)
		grep -qx "$old" <<<"$now" || lost "the old records are not kept aside: $now"
	}
	each_point 45
}

# A backup killed anywhere is a verified one, or has no name; the next one
# succeeds, and nothing that was copied on the way stays in the home.
kill_backup() {
	two_bundles_and_drafts
	prepared a
	counting "$linli" backup "$T/a.age" --home "$T/a"
	disturb() {
		fresh a
		rm -f "$T/a.age"
		killing "$linli" backup "$T/a.age" --home "$T/a"
		if [[ -e $T/a.age ]]; then
			must c a restore "$T/a.age" --dry-run
			rm "$T/a.age"
		fi
		must c a backup "$T/a.age"
		[[ ! -e $T/a/backing-up && ! -e $T/a.age.part ]] || lost "leftovers of a backup stay"
		sound_state a "$(state_at a)"
	}
	each_point 45
}

for case in "$@"; do
	point=start
	"kill_$case"
	rm -rf "${T:?}"/*
	port=
done
all_shown
