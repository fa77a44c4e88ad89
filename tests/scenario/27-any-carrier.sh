#!/usr/bin/env bash
# The order in which things come, how often, and who carries them make no
# difference: one computer has the network, another only a stick that is kept
# back and shown again, a third hears of everything last; a verdict comes before
# and after what it is of.  In the end the state is the same to the byte.
source "$(dirname "$0")/lib.sh"
source "$(dirname "$0")/review.sh"
serving_district
community net zhizunong 知足弄社区 潮鸣街道
community_by_files stick zhizunong 知足弄社区 潮鸣街道
community late zhizunong 知足弄社区 潮鸣街道
community other wanglanfu 望澜府社区 上塘街道
mkdir "$T/usb"
carry() { # WHO...: that something is refused for the time being is told, and no failure
	local who status
	for who in "$@"; do
		status=0
		if [[ $who == district ]]; then
			d carry "$T/usb" >"$T/out" 2>"$T/err" || status=$?
		else
			c "$who" carry "$T/usb" >"$T/out" 2>"$T/err" || status=$?
		fi
		[[ $status == 0 || $status == 3 ]] || fail "$who carry: $(cat "$T/out" "$T/err")"
	done
}

club=$(put net club name=太极拳队 category=太极拳 members=24 active=true)
sync net other
carry district stick district stick
cp -r "$T/usb" "$T/usb-before" # somebody keeps the stick as it was

# Both change the same things without knowing of each other.
c net put club "$club" members=26 >/dev/null 2>&1
c stick put club "$club" members=28 name=太极队 >/dev/null 2>&1
person=$(put stick person name=李春梅 phone=13800001111 birth_decade=1950)
c net put club "$club" backbone=4 >/dev/null 2>&1
activity=$(put stick activity title=联欢 kind=sports_culture held_on=2024-05-01 served=30)
doomed=$(put net club name=将退回 category=其他 members=3 active=true)
sync net
carry stick
sync net # nothing new: harmless
carry stick stick district
same "both changes are at the district" "$(d get club "$club" --json | jq -c '[.values.name, .values.backbone]')" '["太极队",4]'
net_device=$(c net status --json | jq -r .device)
for bundle in $(d log --json | jq -r --arg device "$net_device" '.bundles[] | select(.device == $device).bundle'); do
	lines=$(d review show "$bundle" --all --json | jq -r --arg id "$doomed" '[.lines[] | select(.id == $id).n] | join(",")')
	[[ -z $lines ]] || d review return "$bundle" --lines "$lines" --reason 重复 --as 审核员 >/dev/null 2>&1
done

# The stick's computer gets the old stick once more, then the new one, then the old one.
rm -rf "$T/usb-after"
mv "$T/usb" "$T/usb-after"
for folder in usb-before usb-after usb-before usb-after; do
	rm -rf "$T/usb"
	cp -r "$T/$folder" "$T/usb"
	carry stick
done
sync late # hears of everything at once, verdict and line together
c late put club "$club" members=30 >/dev/null 2>&1
sync net other late
carry district stick district stick district
# What is the community's own goes past the district: the stick comes by at home.
carry net stick
sync net other late net other late
carry net district stick
for who in stick late; do
	same "net and $who hold the same, to the byte" "$(hash_of "$who")" "$(hash_of net)"
done
same "the returned club is nowhere" "$(for who in net stick late other; do count_of "$who" club; done | sort -u) $(district_count_of club)" "1 1"
for who in net stick late; do
	same "what was chosen is shown at $who" \
		"$(c "$who" get club "$club" --json | jq -c '[.values.name, .values.members, .values.backbone]')" \
		"$(d get club "$club" --json | jq -c '[.values.name, .values.members, .values.backbone]')"
	same "the person is there at $who" "$(c "$who" get person "$person" --json | jq -r .values.phone)" 13800001111
	same "the activity counts once at $who" "$(c "$who" get activity "$activity" --json | jq .values.served)" 30
done
again=$(hash_of net)
carry district stick net district
sync net late
same "going round once more changes nothing" "$(hash_of net) $(hash_of stick)" "$again $again"
balanced net stick late other district
stop_serving
all_shown
