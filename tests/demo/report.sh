# report.sh -- what came out of the demo, for people: sourced by run.
#
# Every number is asked of the programs: figures of "linlid stats", records
# of "linlid list" and "linli list".

# ---- columns ------------------------------------------------------------
# width TEXT: the columns it takes; a Chinese character takes two
width() {
	local wide=${1//[ -~“”‘’–…·✓✗]/}
	echo $((${#1} + ${#wide}))
}
# left COLUMNS TEXT, right COLUMNS TEXT: padded with spaces
left() { printf '%s%*s' "$2" $(($1 - $(width "$2"))) ''; }
right() { printf '%*s%s' $(($1 - $(width "$2"))) '' "$2"; }

# ---- counting -----------------------------------------------------------
# figure NAME PERIOD [OPTIONS…]: its value; with several rows, their sum
figure() {
	local name=$1 period=$2
	shift 2
	d stats "$name" --period "$period" "$@" --json | jq '[.figures[].value] | add'
}
# figures NAME FIRST LAST OPTIONS…: the sum over the years
figures() {
	local name=$1 year=$2 last=$3 sum=0
	shift 3
	for (( ; year <= last; year++)); do sum=$((sum + $(figure "$name" "$year" "$@"))); done
	echo "$sum"
}
# records ENTITY: what the district holds of it, listed once
records() {
	[[ -s $T/list/$1.json ]] || d list "$1" --json >"$T/list/$1.json"
	cat "$T/list/$1.json"
}
# ids ENTITY FIELD VALUE: of the records with that value
ids() {
	records "$1" | jq -c --arg f "$2" --arg v "$3" '[.records[] | select(.values[$f] == $v) | .id]'
}
# count ENTITY JQ-CONDITION [JQ-OPTIONS…]: how many meet it
count() {
	local entity=$1 condition=$2
	shift 2
	records "$entity" | jq "$@" "[.records[] | select(.values | $condition)] | length"
}
# total ENTITY FIELD JQ-CONDITION [JQ-OPTIONS…]
total() {
	local entity=$1 field=$2 condition=$3
	shift 3
	records "$entity" |
		jq "$@" "[.records[].values | select($condition) | .$field // 0] | add // 0"
}

# count_KEY: the figure called KEY in figures.tsv
count_zhizunong_clubs() { figure club_count 2024 --place zhizunong; }
count_zhizunong_named_clubs() {
	count club '.community == "zhizunong" and
		(.name == ("舞蹈队", "乒乓球队", "太极拳队", "老姐妹服务队"))'
}
count_zhizunong_events() {
	local activities teas
	activities=$(figure activity_count 2024 --place zhizunong)
	teas=$(d stats meetings --period 2024 --place zhizunong --by breakdown --json |
		jq '[.figures[] | select(.breakdown == "red_tea") | .value] | add')
	echo $((activities + teas))
}
count_zhizunong_served() { figure activity_served 2024 --place zhizunong; }
count_zhizunong_lifts() { figures lifts_added 2021 2024 --place zhizunong; }
count_chaoming_team() { figure team_members 2024 --place 潮鸣街道; }
count_district_clubs() { figure club_count 2024; }
count_service_days() { figures service_day_count 2023 2024; }
count_jinduhuating_lifts() { figure lifts_replaced 2024 --place jingduyuan; }
count_jinduhuating_fen() {
	total project self_raised '.compound as $c | $at | index([$c])' \
		--argjson at "$(ids compound name 金都华庭)"
}
# Only the community itself can read what each household pays.
count_jinduhuating_shares() {
	c jingduyuan list contribution --json |
		jq '[.records[].values | select(.paid == .due) | .due] | add'
}
count_ramp_revisions() {
	count plan_revision '.topic as $t | $of | index([$t])' \
		--argjson of "$(ids topic title 京都苑残疾人坡道改造)"
}
count_ramp_passed() { figure resolutions_passed 2023 --place jingduyuan; }
count_jingduyuan_projects() { figures projects_done 2019 2024 --place jingduyuan; }
count_wanglanfu_meetings() {
	count meeting '(.kind == ("joint", "symposium")) and (.compound as $c | $at | index([$c]))' \
		--argjson at "$(ids compound name 望澜府)"
}
count_wanglanfu_projects() {
	count project '.accepted_on != null and (.compound as $c | $at | index([$c]))' \
		--argjson at "$(ids compound name 望澜府)"
}
# Of the first committee, who does not sit on the second?
count_wanglanfu_not_re_elected() {
	records committee_member | jq '[.records[].values | select(.community == "wanglanfu")] |
		([.[] | select(.since == "2023-12-22" and .re_elected) | .person]) as $again |
		[.[] | select(.until == "2023-12-22") | .person] |
		if length == 0 then -1
		else map(select(. as $p | $again | index($p) | not)) | length end'
}
count_wanglanfu_new_members() {
	local young
	young=$(records person | jq -c '[.records[] | select(.values.community == "wanglanfu" and
		.values.party_member and .values.birth_decade >= 1990) | .id]')
	count committee_member '.since == "2023-12-22" and .community == "wanglanfu" and
		(.re_elected | not) and .party_member and (.person as $p | $young | index($p))' \
		--argjson young "$young"
}
count_training_sessions() { figure training_sessions 2024; }
count_training_persons() { figure training_persons 2024; }
count_series_right() {
	d stats three_up_one_down --period 2024 --json | jq '[.figures[] | select(.good)] | length'
}

# ---- the table ------------------------------------------------------------
label_of() {
	case $1 in
	zhizunong_clubs) say '知足弄社区 社团' '知足弄社区: clubs' ;;
	zhizunong_named_clubs) say '知足弄社区 报道点名的社团' '知足弄社区: clubs named in the report' ;;
	zhizunong_events) say '知足弄社区 一年活动与议事会' '知足弄社区: activities, meetings a year' ;;
	zhizunong_served) say '知足弄社区 一年服务人次' '知足弄社区: person-times served a year' ;;
	zhizunong_lifts) say '知足弄社区 加装电梯' '知足弄社区: lifts added' ;;
	chaoming_team) say '潮鸣街道 网格议事团队' '潮鸣街道: deliberation team members' ;;
	district_clubs) say '拱墅区 社团' 'District: clubs' ;;
	service_days) say '拱墅区 去年以来小区服务日活动' 'District: service-day activities since 2023' ;;
	jinduhuating_lifts) say '金都华庭 更换电梯' '金都华庭: lifts replaced' ;;
	jinduhuating_fen) say '金都华庭 业主自筹(元)' '金都华庭: raised by the owners (yuan)' ;;
	jinduhuating_shares) say '金都华庭 各户分摊合计(元)' '金都华庭: households'\'' shares in all (yuan)' ;;
	ramp_revisions) say '京都苑坡道 方案修改' '京都苑 ramp: revisions of the plan' ;;
	ramp_passed) say '京都苑坡道 居民决议通过' '京都苑 ramp: resolution passed' ;;
	jingduyuan_projects) say '京都苑社区 完成民生实事' '京都苑社区: livelihood projects done' ;;
	wanglanfu_meetings) say '望澜府 座谈、联席会议' '望澜府: symposia and joint meetings' ;;
	wanglanfu_projects) say '望澜府 推动的工作' '望澜府: projects' ;;
	wanglanfu_not_re_elected) say '望澜府 首届成员未连任' '望澜府: first members not re-elected' ;;
	wanglanfu_new_members) say '望澜府 新加入年轻党员' '望澜府: new young party members' ;;
	training_sessions) say '三方学院 培训' 'Academy: training sessions' ;;
	training_persons) say '三方学院 覆盖人数' 'Academy: persons covered' ;;
	series_right) say '三升一降 走势正确' 'Three up, one down: the right way' ;;
	*) echo "$1" ;;
	esac
}

# The report's own number, as it puts it.
report_of() {
	local relation=$2 number=$3
	[[ $1 == jinduhuating_* && $number -ge 1000000 ]] && number=$((number / 100))
	case $relation in
	'>') say "超过 $number" "over $number" ;;
	'=') echo "$number" ;;
	*) echo "($number)" ;;
	esac
}

# agrees RELATION REPORT PLAN COUNTED
agrees() {
	[[ $4 == "$3" ]] || return 1
	case $1 in
	'>') (($4 > $2)) ;;
	'=') (($4 == $2)) ;;
	*) true ;;
	esac
}

table() {
	local key relation number plan counted mark shown other=0 rows=0
	printf '%s %s %s  %s\n' "$(left 46 "$(say 指标 figure)")" "$(right 12 "$(say 报道 report)")" \
		"$(right 9 "$(say 计得 counted)")" "$(say 相符 agrees)"
	while IFS=$'\t' read -r key relation number plan; do
		counted=$("count_$key")
		[[ $counted =~ ^-?[0-9]+$ ]] || counted=-1
		mark=✓ rows=$((rows + 1))
		agrees "$relation" "$number" "$plan" "$counted" || { mark="✗ ($(say 应为 'recorded') $plan)"; wrong=$((wrong + 1)); }
		[[ $relation == - ]] && { other=1; mark="$mark *"; }
		shown=$counted
		[[ $key == jinduhuating_fen || $key == jinduhuating_shares ]] && ((counted % 100 == 0)) && shown=$((counted / 100))
		printf '%s %s %s  %s\n' "$(left 46 "$(label_of "$key")")" \
			"$(right 12 "$(report_of "$key" "$relation" "$number")")" "$(right 9 "$shown")" "$mark"
	done <"$T/csv/figures.tsv"
	((other)) && say "* 报道说的是全区 175 个社区;这里按 $communities 个社区折算,与所记录的逐条核对。" \
		"* The report speaks of all 175 communities; of these $communities, what was recorded is counted." && echo
	((wrong == 0)) && say "$rows 项全部相符。" "All $rows agree." || say "$rows 项中 $wrong 项不符。" "$wrong of $rows disagree."
	echo
}

# ---- the rest -------------------------------------------------------------
what_was_done() {
	local check
	check=$(d check --json)
	by_stick=$(of_road stick | wc -l) sticks=$(of_road 'stick both' | cut -f 5 | sort -u | wc -l)
	say "拱墅区:18 个街道中的 $(cut -f 3 "$T/csv/roster.tsv" | sort -u | wc -l) 个,$communities 个社区,$(count compound true) 个小区。" \
		"Gongshu: $(cut -f 3 "$T/csv/roster.tsv" | sort -u | wc -l) of 18 streets, $communities communities, $(count compound true) compounds."
	echo
	say "$((communities - by_stick)) 个社区联网报送(其中 1 个也用U盘),$by_stick 个只用U盘(U盘 $sticks 个);审核通过 $accepted 个数据包。" \
		"$((communities - by_stick)) communities by HTTP (1 of them by stick, too), $by_stick by stick alone (sticks: $sticks); $accepted bundles accepted in review."
	echo
	jq -r --argjson zh "$zh" --arg took "$took" '"\(.bundles)" as $b | .lines |
		if $zh == 1 then "\($b) 个签名数据包,\(.sent) 处改动:采用 \(.applied),待审 \(.waiting),退回 \(.returned);用时 \($took) 秒。"
		else "\($b) signed bundles, \(.sent) lines: \(.applied) applied, \(.waiting) waiting, \(.returned) returned; \($took) s." end' <<<"$check"
	if [[ $(jq -c '[.ok, .lines.sent == .lines.applied + .lines.waiting + .lines.returned]' <<<"$check") != '[true,true]' ]]; then
		jq -r '.problems[]' <<<"$check"
		wrong=$((wrong + 1))
	fi
}

# Nothing unsent anywhere, no name or household at the district, both devices alike.
what_must_hold() {
	local slug unsent=0 names households one two
	for slug in $(cut -f 1 "$T/csv/roster.tsv"); do
		unsent=$((unsent + $(c "$slug" status --json | jq '.unsent_bundles + .pending_lines + .waiting_lines')))
	done
	names=$(count person '.name != null or .phone != null')
	households=$(count household true)
	one=$(c zhizunong status --json | jq -r .state_hash)
	two=$(c zhizunong-2 status --json | jq -r .state_hash)
	hold "$(say '各社区没有未送达、未审核的改动' 'nothing is unsent or unjudged anywhere')" "$unsent" 0
	hold "$(say '区里没有任何人的姓名、任何一户的资料' 'no name and no household at the district')" $((names + households)) 0
	hold "$(say '同一社区的两台电脑状态一致' 'both computers of one community hold the same')" "${one:0:16}" "${two:0:16}"
	hold "$(say '离线期间的冲突可见' 'the conflict of edits made apart is visible')" \
		"$(jq '[.conflicts[] | select(.field == "members")] | length' "$T/conflicts.json")" 1
}
hold() {
	if [[ $2 == "$3" ]]; then
		printf '✓ %s\n' "$1"
	else
		printf '✗ %s: %s, %s\n' "$1" "$2" "$3"
		wrong=$((wrong + 1))
	fi
}

report() {
	wrong=0
	mkdir -p "$T/list"
	tell_end
	what_was_done
	echo
	d stats club_count activity_count activity_served service_day_count committee_coverage \
		members_in_office training_coverage team_members projects_done lifts_added lifts_replaced \
		three_up_one_down --period 2024
	echo
	say '两台电脑各自离线修改了同一个社团:' 'Two computers changed the same club apart:'
	echo
	c zhizunong conflicts club
	echo
	table
	echo
	what_must_hold
	stop_server
	((wrong == 0))
}
