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
# KEY|中文|ENGLISH
labels='
zhizunong_clubs|知足弄社区 社团|知足弄社区: clubs
zhizunong_named_clubs|知足弄社区 报道点名的社团|知足弄社区: clubs named in the report
zhizunong_events|知足弄社区 一年活动与议事会|知足弄社区: activities, meetings a year
zhizunong_served|知足弄社区 一年服务人次|知足弄社区: person-times served a year
zhizunong_lifts|知足弄社区 加装电梯|知足弄社区: lifts added
chaoming_team|潮鸣街道 网格议事团队|潮鸣街道: deliberation team members
district_clubs|拱墅区 社团|District: clubs
service_days|拱墅区 去年以来小区服务日活动|District: service-day activities since 2023
jinduhuating_lifts|金都华庭 更换电梯|金都华庭: lifts replaced
jinduhuating_fen|金都华庭 业主自筹(元)|金都华庭: raised by the owners (yuan)
jinduhuating_shares|金都华庭 各户分摊合计(元)|金都华庭: shares of all households (yuan)
ramp_revisions|京都苑坡道 方案修改|京都苑 ramp: revisions of the plan
ramp_passed|京都苑坡道 居民决议通过|京都苑 ramp: resolution passed
jingduyuan_projects|京都苑社区 完成民生实事|京都苑社区: livelihood projects done
wanglanfu_meetings|望澜府 座谈、联席会议|望澜府: symposia and joint meetings
wanglanfu_projects|望澜府 推动的工作|望澜府: projects
wanglanfu_not_re_elected|望澜府 首届成员未连任|望澜府: first members not re-elected
wanglanfu_new_members|望澜府 新加入年轻党员|望澜府: new young party members
training_sessions|三方学院 培训|Academy: training sessions
training_persons|三方学院 覆盖人数|Academy: persons covered
series_right|三升一降 走势正确|Three up, one down: the right way
'
label_of() {
	local zh_label en_label
	IFS='|' read -r _ zh_label en_label < <(grep "^$1|" <<<"$labels")
	say "$zh_label" "$en_label"
}

# Money is counted in fen and shown in yuan.
shown() {
	if [[ $1 == jinduhuating_fen || $1 == jinduhuating_shares ]] && (($2 % 100 == 0)); then
		echo $(($2 / 100))
	else
		echo "$2"
	fi
}

# report_of KEY RELATION NUMBER: what the report says, as it says it
report_of() {
	local number
	number=$(shown "$1" "$3")
	case $2 in
	'>') say "超过 $number" "over $number" ;;
	'=') echo "$number" ;;
	*) echo "($number)" ;;
	esac
}

# agrees RELATION REPORT PLAN COUNTED: as many as were recorded, and as the report says
agrees() {
	[[ $4 == "$3" ]] || return 1
	case $1 in
	'>') (($4 > $2)) ;;
	'=') (($4 == $2)) ;;
	*) true ;;
	esac
}

row() { printf '%s %s %s  %s\n' "$(left 46 "$1")" "$(right 12 "$2")" "$(right 9 "$3")" "$4"; }

table() {
	local key relation number plan counted mark other=0 rows=0 off=0
	row "$(say 指标 figure)" "$(say 报道 report)" "$(say 计得 counted)" "$(say 相符 agrees)"
	while IFS=$'\t' read -r key relation number plan; do
		counted=$("count_$key")
		[[ $counted =~ ^-?[0-9]+$ ]] || counted=-1
		rows=$((rows + 1)) mark=✓
		if ! agrees "$relation" "$number" "$plan" "$counted"; then
			off=$((off + 1)) mark="✗ ($(say 记录了 recorded) $(shown "$key" "$plan"))"
		fi
		[[ $relation != - ]] || { other=1; mark="$mark *"; }
		row "$(label_of "$key")" "$(report_of "$key" "$relation" "$number")" \
			"$(shown "$key" "$counted")" "$mark"
	done <"$T/csv/figures.tsv"
	if ((other)); then
		line "* 报道说的是全区 175 个社区;这里有 $communities 个,按所记录的核对。" \
			"* The report speaks of 175 communities; of these $communities, what was recorded is counted."
	fi
	if ((off == 0)); then
		line "$rows 项全部相符。" "All $rows agree."
	else
		line "$rows 项中 $off 项不符。" "$off of $rows disagree."
	fi
	wrong=$((wrong + off))
}

# ---- the rest -------------------------------------------------------------
line() { say "$@"; echo; }

what_was_done() {
	local check streets compounds by_stick sticks
	check=$(d check --json)
	streets=$(cut -f 3 "$T/csv/roster.tsv" | sort -u | wc -l)
	compounds=$(count compound true)
	by_stick=$(of_road stick | wc -l)
	sticks=$(sticks | wc -l)
	line "拱墅区:$streets 个街道,$communities 个社区,$compounds 个小区。" \
		"Gongshu: $streets streets, $communities communities, $compounds compounds."
	line "$((communities - by_stick)) 个社区联网报送(其中 1 个也用U盘),$by_stick 个只用U盘(共 $sticks 个U盘)。" \
		"$((communities - by_stick)) communities by HTTP (1 by stick, too), $by_stick by stick alone (sticks: $sticks)."
	jq -r --argjson zh "$zh" --arg took "$took" --arg accepted "$accepted" '.bundles as $b | .lines |
		if $zh == 1 then
			"\($b) 个签名数据包(\($accepted) 个经人审核),\(.sent) 处改动:采用 \(.applied),待审 \(.waiting),退回 \(.returned);用时 \($took) 秒。"
		else
			"\($b) signed bundles (\($accepted) judged by a person), \(.sent) lines: \(.applied) applied, \(.waiting) waiting, \(.returned) returned; \($took) s."
		end' <<<"$check"
	jq -r '.problems[]' <<<"$check"
	hold "$(say '区里的签名、记录和指标全部重新验证无误' 'every signature, record and figure verified again')" \
		"$(jq '.ok and .lines.sent == .lines.applied + .lines.waiting + .lines.returned' <<<"$check")" true
}

main_figures() {
	d stats club_count activity_count activity_served service_day_count committee_coverage \
		members_in_office training_coverage team_members projects_done lifts_added lifts_replaced \
		--period 2024
	echo
	d stats three_up_one_down --period 2024
}

hold() {
	if [[ $2 == "$3" ]]; then
		printf '✓ %s\n' "$1"
	else
		printf '✗ %s: %s, %s\n' "$1" "$2" "$3"
		wrong=$((wrong + 1))
	fi
}

# Nothing unsent anywhere, no name or household at the district, both devices alike.
what_must_hold() {
	local slug left=0 names households one two
	for slug in $(cut -f 1 "$T/csv/roster.tsv"); do
		left=$((left + $(c "$slug" status --json |
			jq '.unsent_bundles + .pending_lines + .waiting_lines')))
	done
	names=$(count person '.name != null or .phone != null')
	households=$(count household true)
	one=$(c zhizunong status --json | jq -r .state_hash)
	two=$(c zhizunong-2 status --json | jq -r .state_hash)
	hold "$(say '各社区没有未送达、未审核的改动' 'nothing is unsent or unjudged anywhere')" "$left" 0
	hold "$(say '区里没有任何人的姓名、任何一户的资料' 'no name and no household at the district')" \
		$((names + households)) 0
	hold "$(say '同一社区的两台电脑状态一致' 'two computers of one community hold the same')" \
		"${one:0:16}" "${two:0:16}"
	hold "$(say '各自修改造成的冲突看得见' 'the conflict of the edits made apart is visible')" \
		"$(jq '[.conflicts[] | select(.field == "members")] | length' "$T/conflicts.json")" 1
}

# The whole outcome.  Fails if anything is not as it has to be.
report() {
	wrong=0
	mkdir -p "$T/list"
	tell_end
	what_was_done
	echo
	main_figures
	echo
	line '两台电脑各自修改了同一个社团:' 'Two computers changed the same club apart:'
	c zhizunong conflicts club
	echo
	table
	echo
	what_must_hold
	stop_server
	((wrong == 0))
}
