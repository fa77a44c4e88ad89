/* settings.tsx -- this computer: language and look, its key, other computers, backup, check, lock. */
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { ask, get, remove, sentence } from "../common/api";
import { language, number, t, time, type Language } from "../common/i18n";
import { Button, Note, Panel, Problem, Tag, toast, useLoaded } from "../common/pieces";
import { prefer, preferences, readSession, session, startTask, stopTask, task, type Theme } from "./state";

function Choose<T extends string>({ name, legend, value, options, choose }: { name: string; legend: string; value: T;
	options: [T, string][]; choose: (value: T) => void }): JSX.Element {
	return <fieldset class="field"><legend>{legend}</legend><div class="choices">
		{options.map(([one, words]) => <label class="choice" key={one}>
			<input type="radio" name={name} checked={value === one} onChange={() => choose(one)} /><span>{words}</span></label>)}
	</div></fieldset>;
}

async function run(kind: string, folder?: string): Promise<void> {
	try {
		await startTask(kind, folder);
	} catch (problem) {
		toast(sentence(problem));
	}
}

function Backup(): JSX.Element {
	const [folder, setFolder] = useState("");
	const now = task.value?.kind === "backup" ? task.value : null;
	return <Panel title={t("备份", "Backup")}>
		<div class="stack">
			<p class="soft small">{t("把全部记录和密钥加密写成一个文件,读回来试恢复一次,核对无误才算完成。", "All records and the key are sealed into one file, read back and restored on trial; only then it is done.")}</p>
			<div class="field"><label for="backup-folder">{t("写到哪个文件夹", "Into which folder")}</label>
				<input class="input" id="backup-folder" value={folder} placeholder="/media/…" onInput={(event) => setFolder(event.currentTarget.value)} /></div>
			<div><Button icon="shield" disabled={!folder.trim() || task.value?.running} onClick={() => void run("backup", folder.trim())}>{t("立即备份", "Back up now")}</Button></div>
			{now?.running && <Note>{t("正在备份并核对…", "Backing up and verifying…")} <Button tiny onClick={() => void stopTask()}>{t("停止", "Stop")}</Button></Note>}
			{now && !now.running && (now.error ? <Note tone="bad">{time(now.ended)} {now.error.sentence}</Note>
				: <Note tone="good">{time(now.ended)} {t("备份完成并已核对:", "Backed up and verified: ")}<span class="mono">{now.result?.file}</span></Note>)}
		</div>
	</Panel>;
}

function Check(): JSX.Element {
	const now = task.value?.kind === "check" ? task.value : null;
	return <Panel title={t("检查", "Check")}>
		<div class="stack">
			<p class="soft small">{t("重新验证全部签名、记录和指标。", "Verifies every signature, record and figure again.")}</p>
			<div><Button icon="check" disabled={task.value?.running} onClick={() => void run("check")}>{t("开始检查", "Check now")}</Button></div>
			{now?.running && <Note>{t("正在检查…", "Checking…")} {number(now.records)}</Note>}
			{now && !now.running && (now.error || !now.result?.ok
				? <Note tone="bad">{time(now.ended)} {now.error?.sentence ?? t(`发现 ${now.result?.problem_count} 个问题,请联系区里。`, `${now.result?.problem_count} problems were found; please tell the district.`)}</Note>
				: <Note tone="good">{time(now.ended)} {t(`全部正确:${number(now.result.bundles ?? 0)} 个数据包,${number(now.result.records ?? 0)} 条记录。`, `All is right: ${number(now.result.bundles ?? 0)} bundles, ${number(now.result.records ?? 0)} records.`)}</Note>)}
		</div>
	</Panel>;
}

/* The district's answer to a request that was made without a network. */
export function Answer(): JSX.Element {
	const [problem, setProblem] = useState("");
	return <div class="stack">
		<p>{t("放入区里带回的答复文件:", "Give the answer that came back from the district:")}</p>
		<input type="file" class="input" aria-label={t("答复文件", "The answer file")} onChange={(event) => {
			const file = event.currentTarget.files?.[0];
			if (file) {
				void file.arrayBuffer().then((content) => ask("post", "/join/answer", { bytes: content })).then(
					() => readSession().then(() => toast(t("已登记", "Enrolled"))),
					(failed: unknown) => setProblem(sentence(failed)));
			}
		}} />
		{problem && <Note tone="bad">{problem}</Note>}
	</div>;
}

export function Settings(): JSX.Element {
	const key = useLoaded(() => get("/key"), []);
	const devices = useLoaded(() => get("/devices"), []);
	return <>
		<div class="head"><h1>{t("设置", "Settings")}</h1></div>
		<div class="columns">
			<div class="stack">
				{session.value?.enrolled === false && <Panel title={t("完成登记", "Finish the enrolment")}><Answer /></Panel>}
				<Panel title={t("显示", "Look")}>
					<div class="fields">
						<Choose name="language" legend={t("语言", "Language")} value={language.value}
							options={[["zh", "中文"], ["en", "English"]] as [Language, string][]} choose={(value) => {
								language.value = value;
							}} />
						<Choose name="theme" legend={t("明暗", "Light or dark")} value={preferences.value.theme ?? "auto"}
							options={[["auto", t("跟随系统", "As the system")], ["light", t("浅色", "Light")], ["dark", t("深色", "Dark")]] as [Theme, string][]}
							choose={(theme) => prefer({ theme })} />
					</div>
				</Panel>
				<Backup />
				<Check />
			</div>
			<div class="stack">
				<Panel title={t("本机", "This computer")}>
					<Problem of={key.problem} again={key.again} />
					<dl class="facts">
						<dt>{t("社区", "Community")}</dt><dd>{session.value?.name}</dd>
						<dt>{t("联盟", "Federation")}</dt><dd>{session.value?.federation}</dd>
						<dt>{t("核对码", "Short code")}</dt><dd class="num"><b>{key.value?.short_code}</b></dd>
						<dt>{t("设备", "Device")}</dt><dd class="mono">{session.value?.device}</dd>
						<dt>{t("记录在", "Records in")}</dt><dd class="mono">{devices.value?.home}</dd>
						<dt>{t("版本", "Version")}</dt><dd>{session.value?.version} · <a href="/licences.txt" target="_blank" rel="noreferrer">{t("所用的库", "libraries")}</a></dd>
					</dl>
				</Panel>
				<Panel title={t("本社区的电脑", "The community's computers")} bare>
					<ul class="list">{devices.value?.devices.map((one) => <li key={one.device}>
						<span class="mono grow">{one.device}</span>
						{one.own && <Tag tone="accent">{t("本机", "this one")}</Tag>}
						{one.revoked && <Tag tone="bad">{t("已停用", "ended")}</Tag>}</li>)}</ul>
				</Panel>
				<Panel title={t("离开", "Leave")}>
					<div class="stack"><p class="soft small">{t("锁定后要用口令,或重新运行 linli open 才能进入。", "After locking only the passphrase, or linli open again, lets one in.")}</p>
						<div><Button icon="lock" onClick={() => void remove("/session").then(() => readSession())}>{t("立即锁定", "Lock now")}</Button></div></div>
				</Panel>
			</div>
		</div>
	</>;
}
