/* sending.tsx -- what will be sent and who will read it; by network or by stick; what came of it. */
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { get, post, sentence, type Bundle, type Outbox, type Task } from "../common/api";
import { bytes, count, label, number, t, time } from "../common/i18n";
import { Icon } from "../common/icons";
import { entityOf, fieldOf, scopeWords } from "../common/model";
import { Button, Empty, Note, Panel, Problem, Tag, toast, useLoaded } from "../common/pieces";
import { Link } from "../common/router";
import { Shown } from "../common/titles";
import { session, startTask, status, stopTask, task, written, wrote } from "./state";

/* ---- how far it is, and what came of it ------------------------------------ */

function Running({ now }: { now: Task }): JSX.Element {
	const share = now.records_total > 0 ? Math.min(100, 100 * now.records / now.records_total) : null;
	return <div class="stack" aria-live="polite">
		<div class="row"><b>{now.stage ?? t("正在连接", "Connecting")}</b>
			<span class="num soft">
				{now.records > 0 || now.records_total > 0 ? `${number(now.records)}${now.records_total ? ` / ${number(now.records_total)}` : ""} ${t("个数据包", "bundles")} · ` : ""}
				{bytes(now.bytes)}{now.bytes_rate > 0 ? ` · ${bytes(now.bytes_rate)}/${t("秒", "s")}` : ""}
				{now.seconds_left !== null ? ` · ${t(`约剩 ${now.seconds_left} 秒`, `about ${now.seconds_left} s left`)}` : ""}
			</span><span class="spring" />
			<Button tiny disabled={now.stopping} onClick={() => void stopTask()}>
				{now.stopping ? t("正在停止…", "Stopping…") : t("停止", "Stop")}</Button>
		</div>
		<div class={`bar${share === null ? " unknown" : ""}`} role="progressbar" aria-label={t("进度", "Progress")}
			aria-valuenow={share ?? undefined} aria-valuemin={0} aria-valuemax={100}>
			<span style={share === null ? {} : { width: `${share}%` }} /></div>
	</div>;
}

function Outcome({ now }: { now: Task }): JSX.Element {
	const result = now.result;
	const error = now.error ?? result?.error ?? null;
	const refused = result?.refused ?? [];
	const when = time(now.ended);
	return <div class="stack" role="status">
		{error ? <Note tone={error.code === "cancelled" ? "warn" : "bad"}>
			<b>{when}</b> {error.sentence}</Note>
			: <Note tone={refused.length ? "warn" : "good"}>
				<b>{when}</b> {now.kind === "carry" ? t("已写入并核对,可以安全移除。", "Written and verified: safe to remove. ") : t("交换完成。", "The exchange is done. ")}
				{result?.sent && t(`送出 ${number(result.sent.lines)} 处改动(${number(result.sent.bundles)} 个数据包),`, `Sent ${count(result.sent.lines, "", "change", "changes")}, `)}
				{result?.received && t(`收到 ${number(result.received.lines)} 处改动(${number(result.received.bundles)} 个数据包)。`, `received ${count(result.received.lines, "", "change", "changes")}.`)}
			</Note>}
		{error && result?.sent && (result.sent.lines > 0 || (result.received?.lines ?? 0) > 0) && <p class="soft">
			{t(`在此之前已送出 ${number(result.sent.lines)} 处、收到 ${number(result.received?.lines ?? 0)} 处改动,不会丢失。`,
				`Before that ${number(result.sent.lines)} changes were sent and ${number(result.received?.lines ?? 0)} received; none of them is lost.`)}</p>}
		{refused.map((one) => <Note tone="warn" key={one.what}>{t("未接收", "Refused")} <span class="mono">{one.what}</span></Note>)}
		{(result?.said ?? []).map((line) => <p class="soft small text" key={line}>{line}</p>)}
	</div>;
}

/* ---- the ways ----------------------------------------------------------------- */

function Stick({ busy }: { busy: boolean }): JSX.Element {
	const [folder, setFolder] = useState("");
	const { value, again } = useLoaded(() => get("/sticks"), [written.value]);
	const sticks = value?.sticks ?? [];
	return <div class="stack">
		{sticks.map((one) => <label class="row" key={one.folder}>
			<input type="radio" name="stick" checked={folder === one.folder} disabled={one.read_only}
				onChange={() => setFolder(one.folder)} />
			<Icon name="stick" /><span class="text">{one.folder}</span>
			<span class="soft small">{one.read_only ? t("只读", "read only") : t(`可用 ${bytes(one.free_bytes)}`, `${bytes(one.free_bytes)} free`)}</span>
		</label>)}
		<div class="field"><label for="folder">{sticks.length ? t("或填写文件夹", "Or a folder") : t("U 盘或文件夹的位置", "Where the stick or folder is")}</label>
			<input class="input" id="folder" value={folder} placeholder="/media/…" onInput={(event) => setFolder(event.currentTarget.value)} /></div>
		<div class="row">
			<Button icon="stick" disabled={busy || !folder.trim()} onClick={() => void begin("carry", folder.trim())}>
				{t("通过 U 盘交换", "Exchange by stick")}</Button>
			<Button kind="quiet" onClick={again}>{t("重新查找 U 盘", "Look for sticks again")}</Button>
		</div>
		<p class="soft small">{t("先读取盘上给本社区的内容,再写入区里还缺的;写入的内容加密,只有收件的一方能打开。",
			"First what lies there for this community is read, then what the district lacks is written, sealed for it alone.")}</p>
	</div>;
}

async function begin(kind: string, folder?: string): Promise<void> {
	try {
		await startTask(kind, folder);
	} catch (problem) {
		toast(sentence(problem));
	}
}

/* ---- what will be sent ----------------------------------------------------------- */

function Waiting({ outbox }: { outbox: Outbox }): JSX.Element {
	const [busy, setBusy] = useState(false);
	if (outbox.drafts.length === 0) {
		return <Empty title={t("没有等待签名的改动", "Nothing waits to be signed")}>
			{outbox.unsent_lines > 0 && <p>{t(`已签名、尚未送达的有 ${number(outbox.unsent_lines)} 处。`, `${count(outbox.unsent_lines, "", "signed change is", "signed changes are")} not sent yet.`)}</p>}</Empty>;
	}
	return <>
		<div class="scroller"><table class="table">
			<thead><tr><th>{t("记录", "Record")}</th><th>{t("改动", "Change")}</th><th>{t("谁能看到", "Who can read it")}</th></tr></thead>
			<tbody>{outbox.drafts.map((line) => {
				const entity = entityOf(line.entity);
				const put = Object.entries({ ...line.change.put, ...line.change.add, ...line.change.in, ...line.change.out })
					.filter(([name]) => name !== entity?.community);
				return <tr key={line.line}>
					<td><span class="soft small">{entity ? label(entity.label) : line.entity}</span><br />
						<Link to={`/records/${line.entity}/${line.id}`}>{line.title}</Link></td>
					<td>{line.change.del === true ? t("删除", "delete") : line.change.del === false ? t("撤销删除", "take the deletion back")
						: put.map(([name, value]) => {
							const field = fieldOf(entity, name);
							return <div key={name}><span class="soft">{field ? label(field.label) : name}</span> <span class="text">{field && value !== null ? <Shown field={field} value={value} /> : t("(清空)", "(emptied)")}</span></div>;
						})}</td>
					<td class="small">{scopeWords(line.scope)}</td>
				</tr>;
			})}</tbody>
		</table></div>
		<div class="save-bar"><Button disabled={busy} icon="pen" onClick={() => {
			setBusy(true);
			post("/outbox", { body: {} }).then(() => toast(t("已签名", "Signed")), (problem: unknown) => toast(sentence(problem)))
				.finally(() => {
					setBusy(false);
					wrote();
				});
		}}>{t("只签名,稍后发送", "Sign now, send later")}</Button>
			<span class="soft small">{t("交换时会自动签名。", "An exchange signs by itself.")}</span></div>
	</>;
}

function receiptTag(bundle: Bundle): JSX.Element {
	if (bundle.sent === undefined) {
		return <Tag>{t("仅本社区", "this community only")}</Tag>;
	}
	if (bundle.receipt?.state === "backed-up") {
		return <Tag tone="good" icon="shield">{t("区里已收存并备份", "kept and backed up")}</Tag>;
	}
	if (bundle.receipt) {
		return <Tag tone="good" icon="check">{t("区里已收存", "kept")}</Tag>;
	}
	return bundle.sent ? <Tag icon="send">{t("已送达,等回执", "sent, no receipt yet")}</Tag>
		: <Tag tone="warn" icon="clock">{t("未送达", "not sent")}</Tag>;
}

function Bundles(): JSX.Element {
	const { value, problem, again } = useLoaded(() => get("/bundles", { query: { limit: 200 } }), [written.value]);
	const own = (value?.bundles ?? []).filter((one) => one.device === session.value?.device);
	return <Panel title={t("已签名的数据包", "Signed bundles")} bare>
		<Problem of={problem} again={again} />
		{own.length === 0 ? <Empty title={t("还没有", "None yet")} /> : <ul class="list">{own.slice(0, 40).map((one) => <li key={one.bundle}>
			<div class="grow"><span class="text">{one.subject}</span>
				<div class="soft small num">{time(one.made)} · <span class="mono">{one.bundle}</span></div></div>
			{one.waiting > 0 || (one.receipt?.waiting ?? 0) > 0 ? <Tag tone="warn" icon="clock">{t(`${one.receipt?.waiting ?? one.waiting} 处待审`, `${one.receipt?.waiting ?? one.waiting} in review`)}</Tag> : null}
			{(one.receipt?.returned ?? 0) > 0 && <Tag tone="bad" icon="inbox">{t(`${one.receipt?.returned} 处退回`, `${one.receipt?.returned} returned`)}</Tag>}
			{receiptTag(one)}
		</li>)}</ul>}
	</Panel>;
}

export function Sending(): JSX.Element {
	const { value: outbox, problem, again } = useLoaded(() => get("/outbox"), [written.value]);
	const now = task.value && ["sync", "carry"].includes(task.value.kind) ? task.value : null;
	const busy = Boolean(task.value?.running);
	const url = session.value?.url;
	return <>
		<div class="head"><h1>{t("发送", "Sending")}</h1>
			<span class="soft">{status.value?.last_exchange ? t(`上次交换 ${time(status.value.last_exchange)}`, `last exchange ${time(status.value.last_exchange)}`) : t("还没有交换过", "no exchange yet")}</span></div>
		<div class="columns act-first">
			<div class="stack">
				<Panel title={t("将要送出", "Will be sent")} bare aside={outbox && <span class="soft num">{t(`${number(outbox.draft_lines)} 处未签名 · ${number(outbox.unsent_lines)} 处已签名未送达`, `${number(outbox.draft_lines)} unsigned · ${number(outbox.unsent_lines)} signed, not sent`)}</span>}>
					<Problem of={problem} again={again} />
					{outbox && <Waiting outbox={outbox} />}
				</Panel>
				<Bundles />
			</div>
			<div class="stack">
				{now && <Panel title={now.running ? t("正在交换", "Exchanging") : t("上次的结果", "What came of it")}>
					{now.running ? <Running now={now} /> : <Outcome now={now} />}</Panel>}
				<Panel title={t("联网交换", "By network")}>
					<div class="stack">
						{url ? <p class="soft small mono">{url}</p> : <Note>{t("不知道区服务器的地址,请用 U 盘。", "No server is known; use a stick.")}</Note>}
						<div><Button kind="primary" icon="sync" disabled={busy || !url} onClick={() => void begin("sync")}>{t("立即同步", "Sync now")}</Button></div>
					</div>
				</Panel>
				<Panel title={t("U 盘交换", "By stick")}><Stick busy={busy} /></Panel>
			</div>
		</div>
	</>;
}
