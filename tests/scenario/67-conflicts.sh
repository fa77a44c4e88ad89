#!/usr/bin/env bash
# A conflict can be seen on both sides with what there was before, every
# value, who wrote it and when, the rule and its sentence; a person settles
# it on either side by an ordinary change, also what a rule has decided.
source "$(dirname "$0")/lib.sh"
source "$(dirname "$0")/review.sh"
serving_district
community a zhizunong 知足弄社区 潮鸣街道
community a2 zhizunong 知足弄社区 潮鸣街道
club=$(put a club name=太极拳队 category=太极拳 members=24)
doomed=$(put a club name=旧队 category=其他 members=3)
kept=$(put a club name=老队 category=其他 members=5)
topic=$(put a topic title=加装电梯 raised_on=2024-01-05)
vote=$(put a resolution topic="$topic" owners_total=100 owners_voted=80 owners_for=70)
sync a
accept_all
sync a a2
c a put club "$club" members=26 >/dev/null
c a2 put club "$club" members=28 >/dev/null
for id in "$doomed" "$kept"; do
	c a delete club "$id" >/dev/null
	c a2 put club "$id" members=4 >/dev/null
done
c a put resolution "$vote" owners_for=71 >/dev/null
c a2 put resolution "$vote" owners_for=72 >/dev/null
sync a a2
accept_all
sync a a2 a
first=$(c a status --json | jq -r .device)
second=$(c a2 status --json | jq -r .device)
for who in "c a" "c a2" d; do
	same "$who: what was there, both values, who, and the rule" \
		"$($who conflicts club "$club" --json | jq -c '.conflicts[] | [.field, .base, .shown, .open, .rule, ([.values[] | [.value, .device, .community, (.t > 0)]] | sort)]')" \
		"[\"members\",24,28,false,\"M1\",[[26,\"$first\",\"zhizunong\",true],[28,\"$second\",\"zhizunong\",true]]]"
	same "$who: the one that waits for a person" \
		"$($who conflicts --open --json | jq -c '.conflicts[] | [.entity, .field, .base, .open]')" \
		'["resolution","owners_for",70,true]'
	same "$who: the deletions, each beside an edit" \
		"$($who conflicts club "$doomed" --json | jq -c '.conflicts[] | [.field, .rule, .shown]')" '[null,"M10",false]'
done
holds "in words" c a conflicts club "$club"
says "what there was" 'before: 24'
says "the sentence of the rule" 'M1: When people changed this'

exits "a field without a conflict" 1 c a resolve club "$club" category=太极
exits "a value that does not fit" 1 c a resolve club "$club" members=多
exits "a line that is none of its" 1 c a resolve club "$club" members --take "$first.1/federation@1#1"
exits "two ways at once" 2 c a resolve club "$club" --keep --delete
exits "no way" 2 c a resolve club "$club" members
exits "a deletion that is none" 1 c a resolve club "$club" --keep
holds "it can be tried first" c a resolve club "$club" members=27 --dry-run
same "which settles nothing" "$(c a conflicts club "$club" --json | jq '.conflicts | length')" 1

loser=$(c a conflicts club "$club" --json | jq -r '.conflicts[0].values[] | select(.value == 26).line')
holds "what a rule decided is overturned" c a resolve club "$club" members --take "$loser"
holds "a deletion is confirmed" c a resolve club "$doomed" --delete
holds "another overruled, at the district" d resolve club "$kept" --keep
holds "a vote is settled, at the district" d resolve resolution "$vote" owners_for=72
sync a a2 a
accept_all
sync a a2
for who in "c a" "c a2" d; do
	same "$who: no conflict is left" "$($who conflicts --json | jq -c .conflicts)" "[]"
	same "$who: and what was chosen is shown" \
		"$($who get club "$club" --json | jq .values.members) $($who get club "$doomed" --json | jq .deleted) $($who get club "$kept" --json | jq .deleted) $($who get resolution "$vote" --json | jq .values.owners_for)" \
		"26 true false 72"
done
same "the choice is an ordinary signed line" \
	"$(c a2 history club "$club" --json | jq -c --arg d "$first" '.lines | last | [.device == $d, .change.put.members]')" "[true,26]"
same "both computers hold the same" "$(hash_of a)" "$(hash_of a2)"
balanced a a2 district
all_shown
