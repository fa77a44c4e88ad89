#!/usr/bin/env bash
# Every command that reads writes one JSON object with "schema":1, nothing
# else on stdout, [] where there is nothing, and the members that others
# build on.
source "$(dirname "$0")/lib.sh"
port=
found_district
community_by_files a zhizunong 知足弄社区 潮鸣街道

# json WHAT FILTER COMMAND...: one object, schema 1, no null list, and FILTER
# holds of it
json() {
	local what=$1 filter=$2
	shift 2
	"$@" --json >"$T/out" 2>"$T/err" || fail "$what: $(cat "$T/out" "$T/err")"
	jq -es 'length == 1 and (.[0] | type == "object" and .schema == 1)' "$T/out" >/dev/null ||
		fail "$what: not one object with schema 1: $(cat "$T/out")"
	[[ $(tail -c 1 "$T/out" | od -An -tx1) == " 0a" && $(wc -l <"$T/out") == 1 ]] ||
		fail "$what: not one line"
	jq -e "$filter" "$T/out" >/dev/null || fail "$what: not $filter: $(cat "$T/out")"
	ok "$what"
}
empty() { json "$1, empty" ".$2 == []" "${@:3}"; }

# Nothing there yet.
empty list records c a list club
empty conflicts conflicts c a conflicts
empty "conflicts --open" conflicts c a conflicts --open
json "log, before anything was made" '.bundles | type == "array"' c a log
empty "pack --dry-run" drafts c a pack --dry-run
json pack '.bundles == 0 and .lines == 0' c a pack
empty "the district's list" records d list club
empty "the district's conflicts" conflicts d conflicts
empty quarantine quarantine d quarantine
json forks '.forks == [] and .repairs == [] and .set_aside == [] and .key_used_elsewhere == null' \
	c a forks
empty "the district's forks" forks d forks
json check '.ok == true and .problems == [] and (.state_hash | length == 64) and
	(.lines | .sent == .applied + .waiting + .returned)' c a check
json "the district's check" '.ok and .problems == []' d check
json status '.community == "zhizunong" and .incarnation == 1 and .pending_lines == 0 and
	.unsent_bundles == 0 and .returned_lines == 0 and .conflicts == 0 and
	(.heads | type == "object") and (.state_hash | length == 64) and has("last_exchange")' \
	c a status

# Something there.
json put '.id | type == "string"' c a put club name=太极拳队 category=太极拳 members=24 active=true
club=$(jq -r .id "$T/out")
json "put --dry-run" '.dry_run == true and .changed == true' c a put club "$club" members=25 --dry-run
json "put of nothing new" '.changed == false' c a put club "$club" members=24
activity=$(put a activity club="$club" kind=clean_up title='引号"和\反斜杠' \
	held_on=2024-05-01 participants=20 served=30 note=$'两行\n文字')
person=$(put a person name=夏女士 phone=13857112233 birth_decade=1960 party_member=true \
	roles+=volunteer)
json get '.entity == "club" and .values.name == "太极拳队" and .values.members == 24 and
	.values.active == true and .conflicts == [] and (.lines | length >= 1)' c a get club "$club"
json "get with strange characters" '.values.title == "引号\"和\\反斜杠" and
	.values.note == "两行\n文字"' c a get activity "$activity"
json "get of a union" '.values.roles == ["volunteer"]' c a get person "$person"
json list '.entity == "club" and (.records | length == 1) and
	.records[0].id == "'"$club"'" and .records[0].values.members == 24' c a list club
empty "list with a filter that finds nothing" records c a list club members=99
json history 'type == "object"' c a history club "$club"
json "pack --dry-run" '.drafts | length >= 3' c a pack --dry-run
json pack '.bundles == 3 and .lines == 5' c a pack
json log '(.bundles | length >= 3) and all(.bundles[]; (.bundle | test("@")) and
	(.hash | length == 64))' c a log
json "log --limit" '.bundles | length == 1' c a log --limit 1
bundle=$(jq -r '.bundles[0].bundle' "$T/out")
json show '.bundle == "'"$bundle"'" and (.lines | length >= 1)' c a show "$bundle"
json stats '.figures | length > 0 and all(.[]; has("figure") and has("period") and
	has("place") and has("value") and (.coverage | has("included") and has("expected") and
	(.silent | type == "array") and has("waiting_lines") and has("open_conflicts")))' c a stats
json "stats of one figure" 'all(.figures[]; .figure == "club_count") and
	([.figures[].value] | add == 1)' c a stats club_count
json "stats by breakdown" '.figures | length >= 1' c a stats activity_served --period 2024 --by breakdown
json key '.device | length == 16' c a key
json export '.records == 1 and .file == "'"$T/clubs.csv"'"' c a export club "$T/clubs.csv"
json "import --dry-run" '.dry_run == true and .unchanged == 1 and .errors == []' \
	c a import club "$T/clubs.csv" --dry-run
json import '.created == 0 and .failed == 0 and .errors == [] and .warnings == []' \
	c a import club "$T/clubs.csv"
json backup '.file == "'"$T/a.age"'"' c a backup "$T/a.age"
json "delete --dry-run" '.dry_run == true' c a delete club "$club" --dry-run
json delete '.id == "'"$club"'"' c a delete club "$club"
json "delete --undo" '.id == "'"$club"'"' c a delete club "$club" --undo

mkdir "$T/stick"
json "carry --dry-run" '.refused == []' c a carry "$T/stick" --dry-run
json carry '.sent.bundles >= 3 and .sent.lines >= 3 and .sent.bytes > 0 and
	.received.bundles == 0 and .refused == []' c a carry "$T/stick"
json "the district's carry" '.received.bundles >= 2 and .refused == []' d carry "$T/stick"
json "the district's list" '.records[0].values.name == "太极拳队"' d list club
json communities '.communities | length == 1' d communities
json devices '.devices | length == 2 and all(.[]; (.device | length == 16) and has("revoked"))' d devices
json "the district's log" '.bundles | length >= 3' d log
json "the district's stats" '[.figures[] | select(.place == "district") | .value] | add == 1' \
	d stats club_count
json "ledger export" '.bundles >= 3' d ledger export "$T/ledger.git"
json "ledger allowed-signers" '.signers | length == 2' d ledger allowed-signers
json "the district's backup" '.file == "'"$T/district.age"'"' d backup "$T/district.age"
json invite '.community == "wanglanfu" and (.expires | type == "number")' \
	d invite wanglanfu --name 望澜府社区 --street 上塘街道 -o "$T/b.invitation"
json "join --dry-run" '.dry_run == true' c b join "$T/b.invitation" --offline -o "$T/b.request" --dry-run
json "join --offline" '.enrolled == false and (.short_code | test("^[0-9]{4} [0-9]{4}$"))' \
	c b join "$T/b.invitation" --offline -o "$T/b.request"
json "enrol --dry-run" '.dry_run == true' d enrol "$T/b.request" -o "$T/b.answer" --dry-run
json enrol '.community == "wanglanfu" and (.device | length == 16)' d enrol "$T/b.request" -o "$T/b.answer"
json join '.enrolled == true' c b join "$T/b.answer"
json revoke '.device | length == 16' d revoke "$(c b status --json | jq -r .device)"
json "init" '.federation | length == 16' "$linlid" init --name 上城区 --home "$T/other"
all_shown
