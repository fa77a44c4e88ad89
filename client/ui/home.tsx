/* home.tsx -- 待办: what waits for the person in front of the computer, and nothing else. */
import type { ComponentChildren, JSX } from "preact";
import { get, remove } from "../common/api";
import { count, label, number, t, time, today } from "../common/i18n";
import { Icon, type IconName } from "../common/icons";
import { entityOf, model, titleOf } from "../common/model";
import { Button, Note, Panel, useLoaded } from "../common/pieces";
import { Link } from "../common/router";
import { community, counts, session, status, written } from "./state";

const DAYS = 90;

function Todo({ icon, tone, title, children, to, action }: { icon: IconName; tone: string; title: string;
	children?: ComponentChildren; to: string; action: string }): JSX.Element {
	return <li>
		<span class={`tag ${tone}`}><Icon name={icon} /></span>
		<div class="grow"><b>{title}</b>{children && <div class="soft small">{children}</div>}</div>
		<Link class="button tiny" to={to}>{action}</Link>
	</li>;
}

/* Terms of owners' committees that end within 90 days, where the model knows them. */
function useEnding(): { id: string; title: string; ends: string }[] {
	const entity = entityOf("owners_committee");
	const { value } = useLoaded(async () => entity
		? get("/records/{entity}", { params: { entity: "owners_committee" },
			query: new URLSearchParams([["f.step", "formed"], ["sort", "term_ends_on"], ["limit", "100"], ["community", community.value]]) })
		: null, [entity, written.value]);
	const limit = new Date(Date.now() + DAYS * 86400000).toISOString().slice(0, 10);
	return (value?.records ?? []).map((row) => ({ id: row.id, title: row.titles.compound ?? titleOf(entity, row),
		ends: String(row.values.term_ends_on ?? "") })).filter((one) => one.ends && one.ends <= limit).slice(0, 8);
}

function useDrafts(): { key: string; entity: string; id: string; at: number }[] {
	const { value } = useLoaded(() => get("/drafts"), [written.value]);
	return Object.entries(value?.drafts ?? {}).map(([key, draft]) => ({ key, at: draft.at,
		entity: key.split("/")[0] ?? "", id: key.split("/")[1] ?? "new" })).sort((a, b) => b.at - a.at);
}

export function Home(): JSX.Element {
	const now = status.value;
	const ending = useEnding();
	const drafts = useDrafts();
	const left = now ? now.pending_lines + now.unsent_lines : 0;
	const stale = now?.last_exchange ? Math.floor((Date.now() - now.last_exchange) / 86400000) : null;
	const todos: JSX.Element[] = [];

	if (now && now.returned_lines > 0) {
		todos.push(<Todo key="returned" icon="inbox" tone="bad" to="/inbox" action={t("查看并改正", "Look and correct")}
			title={t(`区里退回了 ${number(now.returned_lines)} 处改动`, `The district returned ${count(now.returned_lines, "", "change", "changes")}`)}>
			{t("退回的内容已从记录中取出,改正后重新发送。", "What was returned is out of the records until it is corrected and sent again.")}</Todo>);
	}
	if (now && now.open_conflicts > 0) {
		todos.push(<Todo key="conflicts" icon="split" tone="warn" to="/conflicts" action={t("去选定", "Choose")}
			title={t(`${number(now.open_conflicts)} 处冲突等您选定`, `${count(now.open_conflicts, "", "conflict waits", "conflicts wait")} for you`)} />);
	}
	for (const draft of drafts) {
		const entity = entityOf(draft.entity);
		todos.push(<Todo key={draft.key} icon="pen" tone="accent" action={t("继续填写", "Go on")}
			to={draft.id === "new" ? `/records/${draft.entity}/new` : `/records/${draft.entity}/${draft.id}/edit`}
			title={t(`没有填完的“${entity ? label(entity.label) : draft.entity}”`, `Not finished: ${entity ? label(entity.label) : draft.entity}`)}>
			{t("草稿", "draft of")} {time(draft.at)}</Todo>);
	}
	for (const one of ending) {
		todos.push(<Todo key={one.id} icon="clock" tone={one.ends < today() ? "bad" : "warn"} to={`/records/owners_committee/${one.id}`}
			action={t("查看", "Look")} title={one.ends < today()
				? t(`${one.title}业委会任期已于 ${one.ends} 届满`, `The committee's term at ${one.title} ended on ${one.ends}`)
				: t(`${one.title}业委会任期将于 ${one.ends} 届满`, `The committee's term at ${one.title} ends on ${one.ends}`)} />);
	}
	if (left > 0) {
		todos.push(<Todo key="sending" icon="send" tone="warn" to="/sending" action={t("去发送", "Send")}
			title={t(`${number(left)} 处改动还没有送达区里`, `${count(left, "", "change has", "changes have")} not reached the district`)}>
			{stale !== null && stale > 0 ? t(`上次交换是 ${stale} 天前`, `the last exchange was ${stale} days ago`) : ""}</Todo>);
	}
	return <>
		<div class="head"><h1>{t("待办", "To do")}</h1></div>
		<div class="stack">
			{session.value?.enrolled === false && <Note tone="warn">
				{t("本机尚未登记:请把申请文件带到区里,再在", "This computer is not enrolled yet: take the request to the district, then give the answer in ")}
				<Link to="/settings">{t("设置", "the settings")}</Link>{t("中放入答复文件。", ".")}</Note>}
			<Panel bare>
				{todos.length > 0 ? <ul class="list">{todos}</ul>
					: now ? <div class="empty"><h2><Icon name="check" /> {t("没有等您处理的事", "Nothing waits for you")}</h2>
						<p>{now.waiting_lines > 0 ? t(`${number(now.waiting_lines)} 处改动在区里等待审核。`, `${count(now.waiting_lines, "", "change waits", "changes wait")} for the district's review.`)
							: t("所有改动都已处理。", "Every change has been dealt with.")}</p></div>
						: <div class="empty">{t("正在查看…", "Looking…")}</div>}
			</Panel>
			{drafts.length > 0 && <div class="row"><span class="spring" /><Button kind="quiet" tiny onClick={() => {
				void Promise.all(drafts.map((draft) => remove("/drafts/{entity}/{id}", { params: { entity: draft.entity, id: draft.id } })))
					.then(() => {
						written.value++;
					});
			}}>{t("丢弃全部草稿", "Discard all drafts")}</Button></div>}
			{now && now.waiting_lines > 0 && todos.length > 0 && <Note>
				{t(`另有 ${number(now.waiting_lines)} 处改动在区里等待审核,不用您处理。`, `Besides, ${count(now.waiting_lines, "", "change waits", "changes wait")} for the district's review; there is nothing for you to do.`)}</Note>}
			<h2>{t("记录", "Records")}</h2>
			<div class="tiles">
				{(model.value?.entities ?? []).filter((entity) => !entity.district_writes && counts.value[entity.name]).map((entity) =>
					<Link class="tile" key={entity.name} to={`/records/${entity.name}`}>
						<b>{number(counts.value[entity.name] ?? 0)}</b>{label(entity.label)}</Link>)}
			</div>
		</div>
	</>;
}
