/* inbox.tsx -- what the district returned, its reason beside the fields, corrected in one go. */
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { get, post, sentence, type InboxLine } from "../common/api";
import { label, t, time } from "../common/i18n";
import { editable, entityOf, fieldOf, titleOf, typed } from "../common/model";
import { Button, Empty, Note, Panel, Problem, Tag, toast, useLoaded } from "../common/pieces";
import { FieldInput, inForms, type Text } from "../common/records/inputs";
import { Link } from "../common/router";
import { Shown } from "../common/titles";
import { written, wrote } from "./state";

function Returned({ line }: { line: InboxLine }): JSX.Element {
	const entity = entityOf(line.entity ?? "");
	const names = Object.keys(line.values);
	const [texts, setTexts] = useState<{ [field: string]: Text }>({});
	const [problem, setProblem] = useState("");
	const [busy, setBusy] = useState(false);
	const send = async (run: () => Promise<unknown>, done: string): Promise<void> => {
		setBusy(true);
		setProblem("");
		try {
			await run();
			toast(done);
			wrote();
		} catch (failed) {
			setProblem(sentence(failed));
		}
		setBusy(false);
	};
	const fixed = Object.fromEntries(names.map((name) => {
		const field = fieldOf(entity, name);
		return field ? [name, typed(field, texts[name] ?? editable(field, line.values[name]))] : [name, ""];
	}).filter(([name]) => {
		const field = fieldOf(entity, name as string);
		return field && inForms(field);
	}));
	return <Panel title={<><span class="soft">{entity ? label(entity.label) : line.entity}</span> <Link to={`/records/${line.entity}/${line.id}`}>
		{titleOf(entity, { id: line.id, values: { ...line.now, ...line.values } })}</Link></>}
	aside={<span class="soft small num">{time(line.returned_at)} {line.reviewer}</span>}>
		<div class="stack">
			<Note tone="bad"><b>{t("退回理由:", "Why: ")}</b><span class="text">{line.reason}</span></Note>
			{!line.own && <Tag>{t("由本社区另一台电脑写入", "written by another computer of the community")}</Tag>}
			{line.deletes !== null && <p>{line.deletes ? t("想要删除这条记录。", "It wanted to delete this record.") : t("想要撤销删除。", "It wanted to take the deletion back.")}</p>}
			<div class="fields">
				{names.map((name) => {
					const field = fieldOf(entity, name);
					return field && inForms(field) ? <div key={name}>
						<FieldInput prefix={`fix-${line.line}`} field={field} text={texts[name] ?? editable(field, line.values[name])}
							onText={(text) => setTexts((all) => ({ ...all, [name]: text }))} />
						<span class="hint soft small">{t("现为", "now")}:{line.now[name] === null ? t("(空)", "(empty)") : <Shown field={field} value={line.now[name]} />}</span>
					</div> : null;
				})}
			</div>
			{problem && <Note tone="bad">{problem}</Note>}
			<div class="row">
				{names.length > 0 && <Button kind="primary" icon="send" disabled={busy} onClick={() => void send(
					() => post("/inbox/fix", { body: { line: line.line, values: fixed } }),
					t("已改正,下次交换时送出", "Corrected; it goes with the next exchange"))}>{t("改正并重新发送", "Correct and send again")}</Button>}
				<Button disabled={busy} onClick={() => void send(() => post("/inbox/dismiss", { body: { line: line.line } }),
					t("已放到一边", "Put aside"))}>{t("不再发送", "Do not send again")}</Button>
				<span class="mono soft small">{line.line}</span>
			</div>
		</div>
	</Panel>;
}

export function Inbox(): JSX.Element {
	const { value, problem, again } = useLoaded(() => get("/inbox"), [written.value]);
	return <>
		<div class="head"><h1>{t("退回的改动", "Returned changes")}</h1></div>
		<Problem of={problem} again={again} />
		{value && value.lines.length === 0 && <Panel bare><Empty title={t("没有被退回的改动", "Nothing was returned")}>
			<p>{t("区里退回的内容会连同理由出现在这里。", "What the district returns appears here, with its reason.")}</p></Empty></Panel>}
		<div class="stack">{value?.lines.map((line) => <Returned key={line.line} line={line} />)}</div>
	</>;
}
