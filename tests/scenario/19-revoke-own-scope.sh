#!/usr/bin/env bash
# When one of a community's computers is revoked, what it had recorded of
# persons -- in the scope that the district cannot read -- stays with the
# community's other computers, and reaches those that come later.
source "$(dirname "$0")/lib.sh"
serving_district
community a zhizunong 知足弄社区 潮鸣街道
community a2 zhizunong 知足弄社区 潮鸣街道
put a person name=夏女士 phone=13857112233 birth_decade=1960 >/dev/null
for home in a a2 a; do
	c "$home" sync >/dev/null
done
same "the second computer has the person" "$(c a2 list person --json | jq -r '.records[].values.name')" 夏女士
holds "the first is revoked" d revoke "$(c a status --json | jq -r .device)"
holds "the second goes on" c a2 sync
same "it finds nothing wrong with what it holds" "$(c a2 check --json | jq -c .problems)" "[]"
same "and has the person still" "$(c a2 list person --json | jq -r '.records[].values.name')" 夏女士
community a3 zhizunong 知足弄社区 潮鸣街道
for home in a3 a2 a3; do
	c "$home" sync >/dev/null
done
same "a third computer gets the person from the second" \
	"$(c a3 list person --json | jq -r '.records[].values.name')" 夏女士
for home in a2 a3 district; do
	sound "$home"
done
stop_serving
all_shown
