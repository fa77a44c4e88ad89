#!/usr/bin/env bash
# docs/commands.md lists every command of both programs with its words and
# its options, as their help does, and no other.
#   commands-documented.sh LINLI LINLID
set -euo pipefail
[[ $# -eq 2 ]] || { echo "usage: $0 LINLI LINLID"; exit 2; }
programs=("$1" "$2")
page=docs/commands.md
T=$(mktemp -d "${TMPDIR:-/tmp}/linli-documented.XXXXXX")
trap 'rm -rf "$T"' EXIT
export LANG=C.UTF-8
unset LC_ALL LC_MESSAGES LANGUAGE

# "linli|put ENTITY…", and below it an option a line, of every command.
from_help() {
	local program name command
	for program in "${programs[@]}"; do
		name=$(basename "$program")
		"$program" help | sed -n '/^Commands:$/,/^$/s/^  \([a-z-]*\( [a-z-]*\)\?\)  .*/\1/p' |
			while read -r command; do
				# shellcheck disable=SC2086  # a command may have two words
				"$program" help $command >"$T/help"
				sed -n "1s/^Usage: $name /$name|/p" "$T/help"
				sed -n '/^Options:$/,$s/^  \(-[-a-z0-9]*\).*/\1/p' "$T/help" |
					{ grep -vx -e --home -e --help -e --passphrase-file || true; }
			done
	done
}

# The same of the page, where a heading is `linli|linlid put ENTITY…`.
from_page() {
	local program
	for program in "${programs[@]}"; do
		awk -v program="$(basename "$program")" '
			/^### `linlid? |^### `linli\|linlid / {
				heading = substr($0, 6, length($0) - 6)
				split(heading, words, " ")
				ours = words[1] == program || words[1] == "linli|linlid"
				sub(/^[^ ]* /, "", heading)
				if (ours) { print program "|" heading }
				next
			}
			/^#/ { ours = 0 }
			ours && /^- `-/ { sub(/^- `/, ""); sub(/[` ].*/, ""); print }
		' "$page"
	done
}

# A line "PROGRAM|COMMAND…<tab>OPTION" for each option, and one without for each command.
flat() { awk '/\|/ { command = $0; print command; next } { print command "\t" $0 }' | sort; }

from_help | flat >"$T/help.txt"
from_page | flat >"$T/page.txt"
[[ $(grep -cv $'\t' "$T/help.txt") -ge 30 ]] || { echo "help lists hardly any command"; exit 1; }
if ! diff -u --label "help" --label "$page" "$T/help.txt" "$T/page.txt"; then
	echo "$page and the programs' help differ"
	exit 1
fi
echo "$page lists the $(grep -cv $'\t' "$T/help.txt") commands of both programs"
