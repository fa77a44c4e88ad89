#!/usr/bin/env bash
# The routes of the pages, as they stand in the programs' tables, are those
# that docs/page-api.yaml describes: no more and no fewer.
set -euo pipefail
cd "$(dirname "$0")/../.."

# routes FILE...: "GET /status" of the rows { "GET", "/status", handler, kind },
routes() {
	sed -nE 's/^\t\{ "(GET|POST|PUT|DELETE)", "([^"]+)",.*/\1 \2/p' "$@" | sort
}
# described FILE: the same of an OpenAPI description
described() {
	awk '
		/^paths:/ { inside = 1; next }
		/^[a-z]/ { inside = 0 }
		inside && /^  \// { path = $1; sub(/:$/, "", path) }
		inside && /^    (get|post|put|delete):/ { method = $1; sub(/:.*/, "", method); print toupper(method), path }
	' "$1" | sort
}

tables=$(grep -lE '^const struct page_route ' common/page/*.c client/page/*.c server/*.c server/*/*.c 2>/dev/null)
if [[ ${1:-} == planted ]]; then
	# One that is not described must be noticed.
	tables="$tables /dev/fd/3"
	exec 3<<<$'\t{ "GET", "/planted", planted, PAGE_ROUTE_GUARDED },'
fi
have=$(routes $tables | uniq)
[[ $(wc -l <<<"$have") -gt 20 ]] || { echo "FAILED: only these routes were found: $have"; exit 1; }
if ! difference=$(diff <(echo "$have") <(described docs/page-api.yaml)); then
	echo "routes (<) and docs/page-api.yaml (>) differ:"
	echo "$difference"
	exit 1
fi
echo "$(wc -l <<<"$have") routes are described"
