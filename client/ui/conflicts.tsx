/* conflicts.tsx -- what was changed in two places: before, ours, theirs, and the rule's sentence. */
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { get, post, sentence, type Conflict } from "../common/api";
import { label, t, time } from "../common/i18n";
import { entityOf, fieldOf } from "../common/model";
import { Button, Empty, Note, Panel, Problem, Tag, toast, useLoaded } from "../common/pieces";
import { Link } from "../common/router";
import { Shown, Title } from "../common/titles";
import { community, session, written, wrote } from "./state";

function Words({ of, value }: { of: Conflict; value: unknown }): JSX.Element {
	const field = fieldOf(entityOf(of.entity), of.field ?? "");
	if (of.field === null) {
		return <>{value === true ? t("删除", "delete") : t("保留并修改", "keep it, changed")}</>;
	}
	return field && value !== null && value !== "" ? <Shown field={field} value={value} /> : <>{t("(空)", "(empty)")}</>;
}

function whose(value: Conflict["values"][number]): string {
	return value.device === session.value?.device ? t("本机", "This computer")
		: value.community === community.value ? t("本社区另一台电脑", "Another computer of ours")
			: value.community ?? value.device.slice(0, 8);
}

function One({ of }: { of: Conflict }): JSX.Element {
	const [problem, setProblem] = useState("");
	const entity = entityOf(of.entity);
	const field = fieldOf(entity, of.field ?? "");
	const choose = async (value: Conflict["values"][number]): Promise<void> => {
		const which = of.field === null ? (value.value === true ? { delete: true } : { keep: true }) : { line: value.line };
		try {
			await post("/conflicts/resolve", { body: { entity: of.entity, id: of.id, field: of.field, ...which } });
			toast(t("已选定,下次交换时送出", "Settled; it goes with the next exchange"));
			wrote();
		} catch (failed) {
			setProblem(sentence(failed));
		}
	};
	const ours = [...of.values].sort((a, b) =>
		Number(b.device === session.value?.device) - Number(a.device === session.value?.device));
	return <Panel title={<><span class="soft">{entity ? label(entity.label) : of.entity}</span>{" "}
		<Link to={`/records/${of.entity}/${of.id}`}><Title entity={of.entity} id={of.id} /></Link> · {field ? label(field.label) : t("删除", "Deletion")}</>}
	aside={of.open ? <Tag tone="warn" icon="split">{t("等您选定", "waits for you")}</Tag> : <Tag icon="check">{t("已按规则决定", "decided by rule")}</Tag>}>
		<div class="stack">
			<div class="versus">
				<div class="side"><span class="soft small">{t("原先", "Before")}</span><span class="value"><Words of={of} value={of.base} /></span></div>
				{ours.map((value) => {
					const shown = of.field !== null && JSON.stringify(value.value) === JSON.stringify(of.shown);
					return <div class={`side${shown ? " shown" : ""}`} key={value.line}>
						<span class="soft small">{whose(value)} · <span class="num">{time(Math.floor(value.t / 1000))}</span></span>
						<span class="value"><Words of={of} value={value.value} /></span>
						<div class="row">{shown && <Tag tone="accent" icon="check">{t("现在显示", "shown now")}</Tag>}
							<Button tiny onClick={() => void choose(value)}>{of.field === null && value.value !== true ? t("保留记录", "Keep it") : t("选这个", "Take this")}</Button></div>
					</div>;
				})}
			</div>
			<p class="soft small"><b>{of.rule}</b> {of.sentence}</p>
			{problem && <Note tone="bad">{problem}</Note>}
		</div>
	</Panel>;
}

export function Conflicts(): JSX.Element {
	const { value, problem, again } = useLoaded(() => get("/conflicts"), [written.value]);
	const all = value?.conflicts ?? [];
	const open = all.filter((one) => one.open);
	const decided = all.filter((one) => !one.open);
	return <>
		<div class="head"><h1>{t("冲突", "Conflicts")}</h1></div>
		<Problem of={problem} again={again} />
		{value && all.length === 0 && <Panel bare><Empty title={t("没有冲突", "There are no conflicts")}>
			<p>{t("同一处内容在几个地方各自改过时,会在这里并排列出。", "Where the same thing was changed in several places, the versions stand here side by side.")}</p></Empty></Panel>}
		<div class="stack">
			{open.map((one) => <One key={`${one.entity}/${one.id}/${one.field}`} of={one} />)}
			{decided.length > 0 && <h2>{t("已按规则决定,可以改选", "Decided by rule; you may choose otherwise")}</h2>}
			{decided.map((one) => <One key={`${one.entity}/${one.id}/${one.field}`} of={one} />)}
		</div>
	</>;
}
