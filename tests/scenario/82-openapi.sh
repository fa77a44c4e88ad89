#!/usr/bin/env bash
# docs/openapi.yaml is valid, and names exactly what the server answers.
source "$(dirname "$0")/lib.sh"
needs curl node
root=$(realpath "$(dirname "$0")/../..")
[[ -d $root/tests/http/node_modules/@redocly ]] || skip "the linter: npm ci in tests/http"
holds "no rule of the linter is broken" node "$root/tests/http/lint.mjs" "$root/docs/openapi.yaml"

# The tables of routes in the sources: { "METHOD", "path", ... under a prefix.
tabled() {
	local file prefix
	for file in "$root"/common/exchange/serve.c "$root"/server/*.c; do
		prefix=$(grep -hoE 'PREFIX "/[^"]*"' "$file" "${file%.c}.h" 2>/dev/null | head -n 1 | cut -d'"' -f2) || true
		sed -nE 's/^\t\{ "(GET|HEAD|POST|PUT|PATCH|DELETE|OPTIONS)", "([^"]*)",.*/\1 \2/p' "$file" |
			while read -r method path; do
				echo "$method ${prefix:-}$path" | sed -E 's,/$,/{name},'
			done
	done
	echo "GET /healthz"
}
node "$root/tests/http/routes.mjs" "$root/docs/openapi.yaml" | sort >"$T/documented"
tabled | sort -u >"$T/tabled"
[[ $(wc -l <"$T/tabled") -gt 20 ]] || fail "the sources' tables were not found"
diff "$T/tabled" "$T/documented" || fail "docs/openapi.yaml (>) and the server's tables (<) differ"
ok "the document has the routes of the sources ($(wc -l <"$T/tabled"))"

# And the program has them: without a session none is simply unknown.
serving_district
while read -r method path; do
	path=${path//\{name\}/00}
	args=(-X "$method")
	[[ $method != HEAD ]] || args=(-I)
	status=$(curl -s -o "$T/reply" -w '%{http_code}' --max-time 20 "${args[@]}" "http://127.0.0.1:$port$path")
	[[ $status != 404 && $status != 405 && $status != 5* && $status != 000 ]] ||
		fail "$method $path is answered with $status"
done <"$T/documented"
ok "the server answers each"
for path in $(cut -d' ' -f2 "$T/documented" | sort -u); do
	status=$(curl -s -o "$T/reply" -w '%{http_code}' -X PUT "http://127.0.0.1:$port${path//\{name\}/00}")
	[[ $status == 405 || $status == 401 ]] || fail "PUT $path is answered with $status"
done
ok "and no other method"
all_shown
