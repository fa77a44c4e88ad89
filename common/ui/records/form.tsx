/*
 * form.tsx -- a record written or changed.  What is typed is checked by the
 * program while one types, a draft is kept by itself, and a draft of before is
 * put back only when one says so.
 */
import type { JSX } from "preact";
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import { Failure, get, post, put, remove, sentence, type Draft, type Edited, type Entity, type FullRecord,
	type Values } from "../api";
import { label, t, time } from "../i18n";
import { editable, typed } from "../model";
import { Button, Note, toast } from "../pieces";
import { go, guardLeaving, Link } from "../router";
import { FieldInput, inForms, type Text } from "./inputs";

type Texts = { [field: string]: Text };

const CHECK_MS = 350;
const DRAFT_MS = 1200;

/* What the record says, as it is edited. */
function textsOf(entity: Entity, values: { [name: string]: unknown }): Texts {
	return Object.fromEntries(entity.fields.filter(inForms)
		.map((field) => [field.name, editable(field, values[field.name])]));
}

const same = (a: Text | undefined, b: Text | undefined): boolean => JSON.stringify(a ?? "") === JSON.stringify(b ?? "");

/* Only what differs from what was there. */
function changes(entity: Entity, before: Texts, now: Texts): { [field: string]: Text } {
	return Object.fromEntries(entity.fields.filter(inForms)
		.filter((field) => !same(before[field.name], now[field.name]))
		.map((field) => [field.name, typed(field, now[field.name] ?? "")]));
}

/* Of which state of a record this was made; the program compares. */
export function versionOf(record: FullRecord): string {
	return `${record.lines.length}:${record.lines[record.lines.length - 1]?.line ?? ""}`;
}

function useDraft(entity: string, id: string, ready: boolean): { draft: Draft | null; forget: () => void } {
	const [draft, setDraft] = useState<Draft | null>(null);
	useEffect(() => {
		if (ready) {
			get("/drafts").then((answer) => setDraft(answer.drafts[`${entity}/${id}`] ?? null), () => undefined);
		}
	}, [entity, id, ready]);
	return { draft, forget: () => setDraft(null) };
}

function DraftQuestion({ draft, restore, drop }: { draft: Draft; restore: () => void; drop: () => void }): JSX.Element {
	return <Note>
		<div class="row">
			<span>{t(`有一份 ${time(draft.at)} 没有保存的草稿,要恢复吗?`, `A draft of ${time(draft.at)} was not saved. Restore it?`)}</span>
			<span class="spring" />
			<Button tiny kind="primary" onClick={restore}>{t("恢复草稿", "Restore the draft")}</Button>
			<Button tiny onClick={drop}>{t("丢弃", "Discard")}</Button>
		</div>
	</Note>;
}

export interface FormProps {
	entity: Entity;
	record: FullRecord | null; /* null: a new one */
	begin?: Values; /* what a new one begins with: a copy, or given by the address */
	titles?: { [field: string]: string };
	base: string; /* "/records/club" */
}

export function RecordForm({ entity, record, begin, titles, base }: FormProps): JSX.Element {
	const id = record?.id ?? "new";
	const before = useMemo(() => textsOf(entity, record?.values ?? {}), [entity, record]);
	const [texts, setTexts] = useState<Texts>(() => record ? before : { ...before, ...textsOf(entity, begin ?? {}) });
	const [touched, setTouched] = useState<{ [field: string]: boolean }>({});
	const [checked, setChecked] = useState<Edited | null>(null);
	const [problem, setProblem] = useState<unknown>(null);
	const [saving, setSaving] = useState(false);
	const [tried, setTried] = useState(false);
	const [keptAt, setKeptAt] = useState(0);
	const { draft, forget } = useDraft(entity.name, id, true);
	const values = changes(entity, before, texts);
	const dirty = Object.keys(values).length > 0;
	const params = { entity: entity.name, id };
	const live = useRef(true);
	const saved = useRef(false);

	useEffect(() => () => {
		live.current = false;
		guardLeaving(null);
	}, []);
	useEffect(() => {
		guardLeaving(dirty && !saved.current ? () => keptAt > 0 : null);
		if (!dirty) {
			setChecked(null);
			return undefined;
		}
		const stop = new AbortController();
		const checking = setTimeout(() => {
			const asked = { params, body: { values }, signal: stop.signal };
			(record ? post("/check/{entity}/{id}", asked) : post("/check/{entity}", asked))
				.then((answer) => setChecked(answer), () => undefined);
		}, CHECK_MS);
		const keeping = setTimeout(() => {
			if (!saved.current) {
				put("/drafts/{entity}/{id}", { params, body: { values: texts } })
					.then(() => live.current && setKeptAt(Date.now()), () => undefined);
			}
		}, DRAFT_MS);
		return () => {
			clearTimeout(checking);
			clearTimeout(keeping);
			stop.abort();
		};
	}, [JSON.stringify(values)]);

	const set = (name: string, text: Text): void => {
		setTexts((all) => ({ ...all, [name]: text }));
		setTouched((all) => ({ ...all, [name]: true }));
		if (draft) {
			forget(); /* what is typed now will be the draft */
		}
	};
	const dropDraft = (): Promise<unknown> => remove("/drafts/{entity}/{id}", { params }).catch(() => undefined);
	const problemOf = (name: string): string | undefined => tried || touched[name]
		? checked?.problems.find((one) => one.field === name)?.reason : undefined;
	const general = checked?.problems.filter((one) => one.field === null) ?? [];

	const save = async (): Promise<void> => {
		setTried(true);
		setSaving(true);
		setProblem(null);
		try {
			const answer = record
				? await post("/records/{entity}/{id}", { params, body: { values, version: versionOf(record) } })
				: await post("/records/{entity}", { params, body: { values } });
			setChecked(answer);
			if (answer.saved && answer.id) {
				saved.current = true;
				guardLeaving(null);
				await dropDraft();
				toast(t("已保存在本机,尚未送出", "Saved on this computer, not sent yet"));
				go(`${base}/${answer.id}`);
			} else if (!dirty && record) {
				go(`${base}/${id}`);
			} else {
				document.querySelector<HTMLElement>("[aria-invalid=true]")?.focus();
			}
		} catch (failed) {
			setProblem(failed);
		}
		if (live.current) {
			setSaving(false);
		}
	};
	const cancel = async (): Promise<void> => {
		saved.current = true;
		guardLeaving(null);
		if (dirty) {
			await put("/drafts/{entity}/{id}", { params, body: { values: texts } }).catch(() => undefined);
			toast(t("草稿已留下", "The draft was kept"));
		}
		go(record ? `${base}/${id}` : base);
	};
	return <form class="stack" noValidate onSubmit={(event) => {
		event.preventDefault();
		void save();
	}}>
		{draft && !dirty && <DraftQuestion draft={draft} restore={() => {
			setTexts((all) => ({ ...all, ...draft.values as Texts }));
			forget();
		}} drop={() => {
			forget();
			void dropDraft();
		}} />}
		<section class="panel">
			<div class="body stack">
				{problem !== null && <Note tone="bad">{problem instanceof Failure && problem.code === "moved"
					? <>{sentence(problem)} <Link to={`${base}/${id}`}>{t("查看现在的内容", "Look at it as it is now")}</Link></>
					: sentence(problem)}</Note>}
				{general.map((one) => <Note tone="bad" key={one.reason}>{one.reason}</Note>)}
				{checked?.namesake && <Note tone="warn">
					{t("已有同名的记录,可能是重复:", "There is another record of this name; is it the same? ")}
					<Link to={`${base}/${checked.namesake}`}>{t("查看那一条", "Look at it")}</Link></Note>}
				<div class="fields">
					{entity.fields.filter((field) => inForms(field) && field.name !== entity.community).map((field) =>
						<FieldInput key={field.name} prefix="form" field={field} text={texts[field.name] ?? ""}
							title={texts[field.name] === record?.values[field.name] || titles?.[field.name] !== undefined
								? record?.titles[field.name] ?? titles?.[field.name] : undefined}
							problem={problemOf(field.name)}
							doubt={checked?.doubts.find((one) => one.field === field.name)?.sentence}
							onText={(text) => set(field.name, text)} />)}
				</div>
			</div>
			<div class="save-bar">
				<button class="button primary" type="submit" disabled={saving}>{t("保存", "Save")}</button>
				<Button onClick={() => void cancel()}>{t("离开", "Leave")}</Button>
				<span class="soft small" aria-live="polite">
					{keptAt > 0 && dirty ? t(`草稿已自动保存 ${time(keptAt)}`, `Draft kept ${time(keptAt)}`) : ""}
					{tried && checked && checked.problems.length > 0
						? ` ${t(`有 ${checked.problems.length} 处要改正`, `${checked.problems.length} to be corrected`)}` : ""}
				</span>
				{entity.always_reviewed && <span class="small soft">
					{t(`“${label(entity.label)}”送到区里后要先审核`, "The district reviews this before it counts")}</span>}
			</div>
		</section>
	</form>;
}
