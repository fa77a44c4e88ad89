#!/usr/bin/env bash
# A record's lines with their signatures in one file: checked without the
# ledger by the programs and by git, ssh-keygen and sha256sum; refused once
# a byte is other than it was.
source "$(dirname "$0")/lib.sh"
serving_district
community a zhizunong 知足弄社区 潮鸣街道
community b wanglanfu 望澜府社区 上塘街道
put a club name=合唱团 category=合唱 members=9 active=true >/dev/null
put a club name=太极拳队 category=太极拳 members=24 active=true >/dev/null
c a put person name=夏女士 phone=13857112233 birth_decade=1960 >/dev/null
c a sync >/dev/null
c a put club 太极拳队 members=30 >/dev/null
c a sync >/dev/null
id=$(c a list club name=太极拳队 --json | jq -r '.records[0].id')

# ---- written and checked -----------------------------------------------

holds "the district writes a proof" d prove club 太极拳队 -o "$T/proof" --json
same "of all its lines" "$(jq .lines "$T/out")" "$(d get club 太极拳队 --json | jq ".lines | length")"
federation=$(sed -n 's/^federation //p' "$T/proof")
holds "it verifies where there is no ledger" "$linli" verify "$T/proof" --home "$T/nobody" --json
same "they are the record's" "$(jq -r '[.lines[].change.id] | unique | .[]' "$T/out")" "$id"
same "by the community's device" "$(jq -r '[.lines[].community] | unique | .[]' "$T/out")" zhizunong
holds "of the federation that is known" "$linlid" verify "$T/proof" --federation "$federation"
exits "and not of another" 4 "$linlid" verify "$T/proof" --federation 0000000000000000
c a prove club "$id" -o "$T/same" >/dev/null 2>&1
same "the community writes the same bytes" "$(sha256sum <"$T/same")" "$(sha256sum <"$T/proof")"
grep -q 夏女士 "$T/proof" && fail "another record's lines are in it"
ok "nothing of other records is in it"
holds "a community proves what only it holds" c a prove person 夏女士 -o "$T/person"
holds "which verifies too" "$linli" verify "$T/person"
says "with what was entered" 夏女士
exits "the district cannot" 1 d prove person 夏女士 -o "$T/none"
c a put club 太极拳队 active=false >/dev/null
holds "what is not signed yet is counted" c a prove club 太极拳队 --dry-run
says "and said" "尚未签名|not signed"
put a club name=新的 category=其他 members=1 >/dev/null
exits "with nothing signed there is no proof" 1 c a prove club 新的 -o "$T/none"
[[ ! -e $T/none ]] || fail "a file was written"

# ---- altered ------------------------------------------------------------

refused() { # refused WHAT FILE
	local status=0
	"$linli" verify "$2" >"$T/out" 2>"$T/err" || status=$?
	[[ $status != 0 ]] || fail "$1 verifies"
	ok "$1 is refused (exit $status)"
}
sed 's/"members":30/"members":31/' "$T/proof" >"$T/altered"
refused "an altered value" "$T/altered"
sed 's/^federation .*/federation 0123456789abcdef/' "$T/proof" >"$T/altered"
refused "another federation" "$T/altered"
sed 's/^Changes-Count: 1$/Changes-Count: 2/' "$T/proof" >"$T/altered"
refused "an altered commit" "$T/altered"
head -n -3 "$T/proof" >"$T/altered"
refused "a file that was cut" "$T/altered"
(cat "$T/proof"; echo more) >"$T/altered"
refused "a file that goes on" "$T/altered"
# Without the district's lines about the device nobody answers for it.
awk '/^commit /{n++} {if (n == 0) print > "'"$T"'/h"; else print > ("'"$T"'/c" n)}' "$T/proof"
for part in "$T"/c?; do
	grep -q '"e":"device"' "$part" || cat "$part"
done | (cat "$T/h" -; tail -n 1 "$T/proof" | grep -x end || true) | awk '!(/^end$/ && seen++)' >"$T/altered"
refused "a proof without who enrolled the device" "$T/altered"

# ---- with stock tools ----------------------------------------------------

# parts FILE: each commit as $T/commit.N, its lines as "path line" in $T/lines.N
parts() {
	local at=1 n=0 total line len path
	total=$(stat -c %s "$1")
	while ((at <= total)); do
		line=$(tail -c +"$at" "$1" | sed -n 1p)
		at=$((at + $(printf '%s\n' "$line" | wc -c)))
		case $line in
		commit\ *)
			len=${line#commit }
			n=$((n + 1))
			dd if="$1" of="$T/commit.$n" status=none iflag=skip_bytes,count_bytes \
				skip=$((at - 1)) count="$len"
			: >"$T/lines.$n"
			at=$((at + len))
			;;
		line\ *)
			path=${line#line }
			line=$(tail -c +"$at" "$1" | sed -n 1p)
			printf '%s %s\n' "$path" "$line" >>"$T/lines.$n"
			at=$((at + $(printf '%s\n' "$line" | wc -c)))
			;;
		esac
	done
	echo "$n"
}
hash_of() { sha256sum | cut -d' ' -f1; }
unhex() { python3 -c 'import sys; sys.stdout.buffer.write(bytes.fromhex(sys.argv[1]))' "$1"; }
# root INDEX COUNT LEAF PATH: where the audit path leads (RFC 9162, 2.1.3.2)
root() {
	local index=$1 last=$(($2 - 1)) hash=$3 path=$4 next
	while [[ -n $path ]]; do
		next=${path:0:64}
		path=${path:64}
		if ((index % 2 == 1 || index == last)); then
			hash=$({ printf '\1'; unhex "$next$hash"; } | hash_of)
			while ((index % 2 == 0 && index != 0)); do
				index=$((index / 2))
				last=$((last / 2))
			done
		else
			hash=$({ printf '\1'; unhex "$hash$next"; } | hash_of)
		fi
		index=$((index / 2))
		last=$((last / 2))
	done
	echo "$hash"
}
git init -q "$T/check"
d ledger allowed-signers >"$T/signers"
commits=$(parts "$T/proof")
checked=0
for n in $(seq "$commits"); do
	name=$(git -C "$T/check" hash-object -t commit -w --stdin --literally <"$T/commit.$n")
	git -C "$T/check" -c gpg.ssh.allowedSignersFile="$T/signers" verify-commit "$name" \
		>"$T/out" 2>&1 || fail "git does not verify commit $n: $(cat "$T/out")"
	while read -r number path line; do
		[[ $path != - ]] || path=
		leaf=$({ printf '\0'; printf %s "$line"; } | hash_of)
		got=$(root $((number - 1)) "$(sed -n 's/^Changes-Count: //p' "$T/commit.$n")" "$leaf" "$path")
		[[ $got == "$(sed -n 's/^Changes-Root: //p' "$T/commit.$n")" ]] ||
			fail "line $number of commit $n is not under its root"
		checked=$((checked + 1))
	done <"$T/lines.$n"
done
ok "git verifies $commits commits, sha256sum $checked lines"
all_shown
