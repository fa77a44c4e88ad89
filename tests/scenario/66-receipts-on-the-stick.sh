#!/usr/bin/env bash
# Without any network: receipts, verdicts and reasons come back on the
# stick, and after a backup of the district's receipts say so.  A bundle
# that is missing below others is named.
source "$(dirname "$0")/lib.sh"
source "$(dirname "$0")/review.sh"
port=
found_district
community_by_files a zhizunong 知足弄社区 潮鸣街道
stick=$T/stick
mkdir "$stick"
carry() {
	local who
	for who in "$@"; do
		if [[ $who == district ]]; then
			d carry "$stick" >/dev/null 2>&1
		else
			c "$who" carry "$stick" >/dev/null 2>&1
		fi
	done
}
receipts() { c a status --json | jq -c '.receipts | [.received, .backed_up]'; }
d policy set club review >/dev/null 2>&1
put a club name=乒乓球队 category=乒乓 >/dev/null
put a dispute category=noise opened_on=2024-05-02 >/dev/null
carry a
same "on the way nothing is answered" "$(receipts)" "[0,0]"
carry district a
same "then both bundles are kept" "$(receipts)" "[2,0]"
same "and the community knows what waits" "$(c a status --json | jq .waiting_lines)" 1
same "log says so for each" \
	"$(c a log --json | jq -c '[.bundles[] | select(.community == "zhizunong") | .receipt | [.state, .waiting]] | sort')" \
	'[["kept",0],["kept",1]]'
holds "the district makes a backup" d backup "$T/district.age"
carry district a
same "and receipts say that, too" "$(receipts)" "[2,2]"
d review return "$(bundle_of club)" --lines 1 --reason 名称不符 --as 审核员 >/dev/null 2>&1
carry district a
same "the verdict comes with its reason" "$(c a inbox --json | jq -r '.lines[].reason')" 名称不符
c a fix "$(c a inbox --json | jq -r '.lines[0].line')" name=知足乒乓球队 >/dev/null 2>&1
carry a district
accept_all
carry district a
same "corrected and accepted by stick alone" "$(district_count_of club) $(c a status --json | jq .waiting_lines)" "1 0"
same "what came after the backup is kept, no more" \
	"$(c a status --json | jq '.receipts | .received == .bundles and .backed_up < .received')" true

# A community's computer that was put back from a copy: the stick says that it
# holds more than it does, so that something is missing.
carry district a
cp -a "$T/a" "$T/a.old"
d policy set score review >/dev/null 2>&1
carry district a
chain=$(d policy --json | jq -r '.policies[] | select(.entity == "score") | .since | split("@")[0]')
rm -rf "$T/a"
mv "$T/a.old" "$T/a"
held=$(c a status --json | jq --arg c "$chain" '.heads[$c][0]')
d policy set dispute review >/dev/null 2>&1
carry district
exits "what cannot be taken yet is said" 3 c a carry "$stick"
same "what is missing is named exactly" \
	"$(c a status --json | jq -r '.gaps[].bundle')" "$chain@$((held + 1))"
holds "in words, too" c a status
says "what waits for it" "$chain@$((held + 1)) is missing .*what follows it waits"
carry district a
same "it comes with the next round" \
	"$(c a status --json | jq -c --arg c "$chain" '[.gaps, .heads[$c][0]]')" "[[],$((held + 2))]"
balanced a district
all_shown
