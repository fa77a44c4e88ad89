# review.sh -- words for scenarios in which someone at the district judges;
# sourced after lib.sh.

# waiting: how many lines wait at the district
waiting() { d review list --json | jq '[.bundles[].waiting] | add // 0'; }
# bundle_of ENTITY: the newest bundle in which a line of it waits
bundle_of() {
	local bundle
	d review list --json | jq -r '.bundles[].bundle' | while read -r bundle; do
		d review show "$bundle" --json |
			jq -r --arg e "$1" 'select(any(.lines[]; .entity == $e and .state == "waiting")) | .bundle'
	done | tail -n 1
}
# line_of BUNDLE ENTITY: the number of its last line of it
line_of() { d review show "$1" --json | jq --arg e "$2" '[.lines[] | select(.entity == $e) | .n] | last'; }
# line_field BUNDLE N JQ: of that line
line_field() { d review show "$1" --json | jq -c --argjson n "$2" ".lines[] | select(.n == \$n) | $3"; }
# accept_all [NAME]: whatever waits
accept_all() {
	local bundle
	d review list --json | jq -r '.bundles[].bundle' | while read -r bundle; do
		d review accept "$bundle" --as "${1:-审核员}" >/dev/null 2>&1
	done
}
sync() {
	local home
	for home in "$@"; do
		c "$home" sync >/dev/null 2>&1
	done
}
# balanced WHO...: sent = applied + waiting + returned there, and all is sound
balanced() {
	local who
	for who in "$@"; do
		sound "$who"
	done
	ok "all is sound at $*"
}
