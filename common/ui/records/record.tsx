/* record.tsx -- one record as it stands, what follows from it, and how it came to that. */
import type { JSX } from "preact";
import { get, post, remove, sentence, type Change, type Entity, type Field, type FullRecord, type Line } from "../api";
import { label, t, time } from "../i18n";
import { Icon } from "../icons";
import { area, cell, entityOf, fieldOf, money, titleOf } from "../model";
import { Button, Note, Panel, Problem, Tag, toast, useLoaded } from "../pieces";
import { go, Link } from "../router";
import { Shown } from "../titles";

/* ---- history ----------------------------------------------------------- */

interface Step {
	field: Field | undefined;
	name: string;
	before: unknown;
	after: unknown;
	sign: string; /* of a set or a total: what was put in, out, or added */
}

/* What a line changed, with what the field held before by the lines before it. */
function stepsOf(entity: Entity, change: Change, held: Map<string, unknown>): Step[] {
	const steps: Step[] = [];
	for (const [name, value] of Object.entries(change.put ?? {})) {
		const field = fieldOf(entity, name);
		steps.push({ field, name, before: held.get(name), after: value, sign: "" });
		held.set(name, value);
	}
	for (const [name, more] of Object.entries(change.add ?? {})) {
		const field = fieldOf(entity, name);
		const now = Number(held.get(name) ?? 0) + more;
		steps.push({ field, name, before: held.get(name), after: now, sign: `(${more >= 0 ? "+" : ""}${more})` });
		held.set(name, now);
	}
	for (const [sign, set] of [["+", change.in], ["−", change.out]] as const) {
		for (const [name, elements] of Object.entries(set ?? {})) {
			const field = fieldOf(entity, name);
			steps.push({ field, name, before: undefined, after: elements, sign });
		}
	}
	return steps;
}

function Held({ of, value }: { of: Step; value: unknown }): JSX.Element {
	return of.field ? <Shown field={of.field} value={value} /> : <>{String(value)}</>;
}

function Moment({ entity, line, steps, own }: { entity: Entity; line: Line; steps: Step[]; own: boolean }): JSX.Element {
	const empty = (value: unknown): boolean => value === undefined || value === null || value === "";
	return <li>
		<div class="row">
			<b class="num">{time(Math.floor(line.t / 1000))}</b>
			<span class="soft small">{own ? t("本机", "this computer") : `${t("设备", "device")} ${line.device.slice(0, 8)}`}</span>
			{line.draft ? <Tag tone="warn" icon="pen">{t("未签名", "not signed")}</Tag>
				: line.confirmed ? <Tag tone="good" icon="check">{t("区里已确认", "confirmed")}</Tag>
					: <Tag icon="clock">{t("区里尚未确认", "not confirmed yet")}</Tag>}
		</div>
		{line.change.del === true && <p>{t("删除", "deleted")}</p>}
		{line.change.del === false && <p>{t("撤销删除", "deletion taken back")}</p>}
		<div class="diff">
			{steps.map((step) => [
				<span class="soft" key={`${step.name}-name`}>{step.field ? label(step.field.label) : step.name}</span>,
				<span key={step.name} class="text">{!empty(step.before) && <><del><Held of={step} value={step.before} /></del> → </>}
					<ins>{empty(step.after) ? t("(清空)", "(emptied)") : <Held of={step} value={step.after} />} {step.sign}</ins></span>,
			])}
		</div>
		<div class="mono soft small" title={t("签名的行", "the signed line")}>{entity.name} · {line.line}</div>
	</li>;
}

function History({ entity, record, device }: { entity: Entity; record: FullRecord; device: string }): JSX.Element {
	const held = new Map<string, unknown>();
	const moments = record.lines.map((line) => ({ line, steps: stepsOf(entity, line.change, held) }));
	return <ol class="history">
		{moments.reverse().map(({ line, steps }) =>
			<Moment key={line.line} entity={entity} line={line} steps={steps} own={line.device === device} />)}
	</ol>;
}

/* ---- the screen --------------------------------------------------------- */

function Derived({ record, entity }: { record: FullRecord; entity: Entity }): JSX.Element | null {
	if (record.derived.length === 0) {
		return null;
	}
	const moneyFields = entity.fields.some((field) => field.type === "money");
	const text = (name: string, value: unknown): string =>
		value === null || value === undefined ? t("(尚不能算出)", "(not known yet)")
			: typeof value === "boolean" ? (value ? t("是", "yes") : t("否", "no"))
				: typeof value === "number" && /area/.test(name) ? area(value)
					: typeof value === "number" && moneyFields && /share|fund|cost|money/.test(name) ? money(value) : String(value);
	return <Panel title={t("由此算出", "What follows")}>
		<dl class="facts">{record.derived.map((one, at) => [
			<dt key={`n${at}`}>{one.label}</dt>, <dd key={at} class="num">{text(one.name, one.value)}</dd>])}</dl>
	</Panel>;
}

export interface RecordViewProps {
	entity: Entity;
	id: string;
	base: string;
	device: string; /* this computer's */
	canWrite: (record: FullRecord) => boolean;
	aside?: (record: FullRecord) => JSX.Element | null; /* more beside it: views of single entities */
}

export function RecordView({ entity, id, base, device, canWrite, aside }: RecordViewProps): JSX.Element {
	const { value: record, problem, again } = useLoaded(() =>
		get("/records/{entity}/{id}", { params: { entity: entity.name, id } }), [entity.name, id]);
	if (!record) {
		return <Problem of={problem} again={again} />;
	}
	const params = { entity: entity.name, id };
	const restore = async (): Promise<void> => {
		try {
			await post("/records/{entity}/{id}/restore", { params, body: {} });
			toast(t("已恢复", "Brought back"));
			go(`${base}/${id}`);
			again();
		} catch (failed) {
			toast(sentence(failed));
		}
	};
	const drop = async (): Promise<void> => {
		try {
			await remove("/records/{entity}/{id}", { params });
			toast(t("已删除", "Deleted"), { words: t("撤销", "Undo"), run: () => void restore() });
			go(base);
		} catch (failed) {
			toast(sentence(failed));
		}
	};
	const writable = canWrite(record);
	return <>
		<div class="head">
			<div class="crumb"><Link to={base}>{label(entity.label)}</Link></div>
			<h1 class="text">{titleOf(entity, record)}</h1>
			{record.deleted && <Tag tone="bad" icon="trash">{t("已删除", "deleted")}</Tag>}
			{record.conflicts.some((one) => one.open) && <Tag tone="warn" icon="split">{t("有冲突待选定", "a conflict is open")}</Tag>}
			<span class="spring" />
			{writable && !record.deleted && <>
				<Link class="button" to={`${base}/new?copy=${encodeURIComponent(id)}`}><Icon name="copy" />{t("复制为新记录", "Copy")}</Link>
				<Button icon="trash" kind="danger" onClick={() => void drop()}>{t("删除", "Delete")}</Button>
				<Link class="button primary" to={`${base}/${id}/edit`}><Icon name="pen" />{t("修改", "Edit")}</Link>
			</>}
			{writable && record.deleted && <Button icon="undo" kind="primary" onClick={() => void restore()}>{t("撤销删除", "Take back")}</Button>}
		</div>
		<Problem of={problem} again={again} />
		{record.conflicts.some((one) => one.open) && <Note tone="warn">
			{t("有几处是在不同地方各自改的,请选定:", "It was changed in several places; please choose: ")}
			<Link to="/conflicts">{t("去处理冲突", "to the conflicts")}</Link></Note>}
		<div class="columns">
			<div class="stack">
				<Panel title={t("内容", "Content")}>
					<dl class="facts">
						{entity.fields.map((field) => {
							const text = cell(field, record);
							const value = record.values[field.name];
							return text ? [<dt key={`${field.name}-name`}>{label(field.label)}</dt>,
								<dd key={field.name} class={typeof value === "number" ? "num" : ""}>
									{field.type === "reference" && typeof value === "string" && entityOf(field.reference ?? "")
										? <Link to={`/records/${field.reference}/${value}`}>{text}</Link> : text}</dd>] : null;
						})}
					</dl>
				</Panel>
				<Derived record={record} entity={entity} />
				{aside?.(record)}
			</div>
			<Panel title={t("改动经过", "History")}>
				<History entity={entity} record={record} device={device} />
			</Panel>
		</div>
	</>;
}
