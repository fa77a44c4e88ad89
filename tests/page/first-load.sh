#!/usr/bin/env bash
# first-load.sh DIST: what a browser must load before a page shows is 120 KB at
# most, compressed as it is sent.
set -euo pipefail
dist=$1 most=$((120 * 1024)) status=0
for list in "$dist"/*.json; do
	page=$(basename "$list" .json)
	bytes=0
	for file in $(jq -r '.[]' "$list"); do
		bytes=$((bytes + $(stat -c %s "$dist/$page/$file.gz")))
	done
	echo "the $page's page: $bytes bytes of $most"
	[[ $bytes -gt 1000 && $bytes -le $most ]] || status=1
done
exit $status
