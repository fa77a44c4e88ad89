#!/usr/bin/env bash
# The kill test finds the bug that is planted in this LINLI: its store does
# without transactions.
#
# usage: kill-planted.sh LINLI LINLID CASE
set -euo pipefail
[[ $# == 3 ]] || { echo "usage: $0 LINLI LINLID CASE"; exit 2; }
status=0
said=$(bash "$(dirname "$0")/kill-anywhere.sh" "$@" 2>&1) || status=$?
echo "$said" | sed 's/^/  /'
[[ $status != 77 ]] || exit 77
if [[ $status == 1 && $said == *"FAILED: $3: killed at "* ]]; then
	echo "ok: the planted bug was found"
	exit 0
fi
echo "FAILED: the planted bug was not found (status $status)" >&2
exit 1
