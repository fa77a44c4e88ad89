/* start.tsx -- before there are records to show: the first-run guide, and the lock. */
import type { ComponentChildren, JSX } from "preact";
import { useEffect, useState } from "preact/hooks";
import { get, post, sentence, type Invitation } from "../common/api";
import { t, time } from "../common/i18n";
import { Icon } from "../common/icons";
import { Button, Note, Panel, toast, Toasts } from "../common/pieces";
import { LanguageSwitch } from "./frame";
import { readSession, readTask, session, task } from "./state";

function Welcome({ children, title }: { children: ComponentChildren; title: string }): JSX.Element {
	useEffect(() => {
		document.title = t("邻里", "linli");
	});
	return <main class="welcome" id="main">
		<div class="head"><span class="brand"><span class="mark">{t("邻里", "linli")}</span></span><span class="spring" /><LanguageSwitch /></div>
		<Panel><div class="stack"><h1>{title}</h1>{children}</div></Panel>
		<Toasts />
	</main>;
}

/* ---- locked ------------------------------------------------------------------- */

function Unlock({ title, children }: { title: string; children: ComponentChildren }): JSX.Element {
	const [passphrase, setPassphrase] = useState("");
	const [problem, setProblem] = useState("");
	return <Welcome title={title}>
		{children}
		<form class="stack" onSubmit={(event) => {
			event.preventDefault();
			post("/session", { body: { passphrase } }).then(() => {
				setPassphrase("");
				return readSession();
			}).catch((failed: unknown) => setProblem(sentence(failed)));
		}}>
			<div class="field"><label for="passphrase">{t("口令", "Passphrase")}</label>
				<input class="input" id="passphrase" type="password" autocomplete="current-password" value={passphrase}
					onInput={(event) => setPassphrase(event.currentTarget.value)} /></div>
			{problem && <Note tone="bad">{problem}</Note>}
			<div><button class="button primary" type="submit" disabled={!passphrase}>{t("解锁", "Unlock")}</button></div>
		</form>
	</Welcome>;
}

function Reopen({ locked }: { locked: boolean }): JSX.Element {
	return <Welcome title={locked ? t("页面已锁定", "The page is locked") : t("请重新打开", "Please open it again")}>
		<p>{locked ? t("有一段时间没有使用,页面自动锁定了。没有保存的内容已留作草稿。", "It was not used for a while and locked itself. What was not saved is kept as a draft.")
			: t("这个地址已经用过,或页面在别处打开了。", "This address was used already, or the page was opened elsewhere.")}</p>
		<p>{t("请再次点击“邻里”图标,或运行:", "Click the linli icon again, or run:")} <span class="mono">linli open</span></p>
	</Welcome>;
}

/* ---- joining ------------------------------------------------------------------- */

function Steps({ at }: { at: number }): JSX.Element {
	const words = [t("邀请", "Invitation"), t("核对", "Look over"), t("加入", "Join")];
	return <ol class="steps">{words.map((one, index) => <li key={one} class={index < at ? "done" : ""}
		aria-current={index === at ? "step" : undefined}><b>{index < at ? <Icon name="check" /> : index + 1}</b>{one}</li>)}</ol>;
}

function GiveInvitation({ found }: { found: (text: string, invitation: Invitation) => void }): JSX.Element {
	const [text, setText] = useState("");
	const [problem, setProblem] = useState("");
	const read = (given: string): void => {
		setText(given);
		post("/join/read", { body: { invitation: given } }).then((invitation) => found(given, invitation),
			(failed: unknown) => setProblem(sentence(failed)));
	};
	return <>
		<p>{t("区里会给您一份邀请:一个文件,或一段文字。", "The district gives you an invitation: a file, or some text.")}</p>
		<div class="field"><label for="invitation-file">{t("邀请文件(也可以在 U 盘上)", "The invitation file (also on a stick)")}</label>
			<input class="input" id="invitation-file" type="file" onChange={(event) => {
				const file = event.currentTarget.files?.[0];
				if (file && file.size <= 65536) {
					void file.text().then(read);
				} else if (file) {
					setProblem(t("这个文件太大,不是邀请。", "This file is too large to be an invitation."));
				}
			}} /></div>
		<div class="field"><label for="invitation-text">{t("或粘贴邀请的文字", "Or paste its text")}</label>
			<textarea class="input mono" id="invitation-text" rows={5} value={text} onInput={(event) => setText(event.currentTarget.value)} /></div>
		{problem && <Note tone="bad">{problem}</Note>}
		<div><Button kind="primary" disabled={!text.trim()} onClick={() => read(text)}>{t("下一步", "Next")}</Button></div>
	</>;
}

function LookOver({ text, invitation, back }: { text: string; invitation: Invitation; back: () => void }): JSX.Element {
	const [passphrase, setPassphrase] = useState("");
	const [again, setAgain] = useState("");
	const [folder, setFolder] = useState("");
	const [problem, setProblem] = useState("");
	const [code, setCode] = useState("");
	const different = passphrase !== again;
	const join = (run: () => Promise<unknown>): void => {
		setProblem("");
		run().catch((failed: unknown) => setProblem(sentence(failed)));
	};
	if (code) {
		return <><Note tone="good">{t("申请已写好,请带到区里;带回答复后在设置中放入。", "The request is written. Take it to the district; give the answer in the settings.")}</Note>
			<Code code={code} /><div><Button kind="primary" onClick={() => void readSession()}>{t("进入", "Go in")}</Button></div></>;
	}
	return <>
		<dl class="facts">
			<dt>{t("社区", "Community")}</dt><dd><b>{invitation.name}</b> ({invitation.community})</dd>
			<dt>{t("街道", "Street")}</dt><dd>{invitation.street}</dd>
			<dt>{t("加入", "Joins")}</dt><dd>{invitation.federation}</dd>
			<dt>{t("服务器", "Server")}</dt><dd class="mono">{invitation.url || t("没有,用文件办理", "none: by files")}</dd>
			<dt>{t("邀请有效至", "Good until")}</dt><dd class="num">{time(invitation.expires)}</dd>
		</dl>
		<div class="fields">
			<div class="field"><label for="new-passphrase">{t("给密钥设口令(可不设)", "A passphrase for the key (optional)")}</label>
				<input class="input" id="new-passphrase" type="password" autocomplete="new-password" value={passphrase} onInput={(event) => setPassphrase(event.currentTarget.value)} /></div>
			<div class="field"><label for="new-passphrase-again">{t("再输一遍", "Once more")}</label>
				<input class="input" id="new-passphrase-again" type="password" autocomplete="new-password" value={again} onInput={(event) => setAgain(event.currentTarget.value)} />
				{different && again && <span class="problem">{t("两次不一样", "They differ")}</span>}</div>
		</div>
		<p class="soft small">{t("设了口令,每次打开都要输入;忘记后谁也找不回来。", "With one it is asked each time; a forgotten one cannot be brought back.")}</p>
		{problem && <Note tone="bad">{problem}</Note>}
		{invitation.url ? <div class="row">
			<Button kind="primary" disabled={different} onClick={() => join(async () => {
				task.value = (await post("/join", { body: { invitation: text, passphrase } })).task;
				void readTask();
				await readSession();
			})}>{t("联网加入", "Join over the network")}</Button>
			<Button onClick={back}>{t("上一步", "Back")}</Button></div> : <div><Button onClick={back}>{t("上一步", "Back")}</Button></div>}
		<details open={!invitation.url}><summary>{t("没有网络:写申请文件", "Without a network: write a request file")}</summary>
			<div class="stack">
				<div class="field"><label for="request-folder">{t("写到哪个文件夹(如 U 盘)", "Into which folder (such as a stick)")}</label>
					<input class="input" id="request-folder" value={folder} placeholder="/media/…" onInput={(event) => setFolder(event.currentTarget.value)} /></div>
				<div><Button disabled={different || !folder.trim()} onClick={() => join(async () => {
					setCode((await post("/join/offline", { body: { invitation: text, passphrase, folder: folder.trim() } })).short_code);
				})}>{t("写申请文件", "Write the request")}</Button></div>
			</div>
		</details>
	</>;
}

function Code({ code }: { code: string }): JSX.Element {
	return <div><p>{t("请在电话里与区里核对这个号码:", "Compare this code with the district over the phone:")}</p>
		<p class="code">{code}</p></div>;
}

function Joining(): JSX.Element {
	useEffect(() => void readTask(), []);
	return <Welcome title={t("正在加入", "Joining")}><Steps at={2} />
		<div class="bar unknown" role="progressbar" aria-label={t("进度", "Progress")}><span /></div>
		<p class="soft" aria-live="polite">{task.value?.stage ?? t("正在连接区服务器…", "Connecting to the district…")}</p></Welcome>;
}

function Guide(): JSX.Element {
	const [given, setGiven] = useState<{ text: string; invitation: Invitation } | null>(null);
	const failed = task.value && !task.value.running && task.value.kind === "join" ? task.value.error : null;
	return <Welcome title={t("欢迎使用邻里", "Welcome to linli")}>
		<Steps at={given ? 1 : 0} />
		{failed && <Note tone="bad">{t("没有加入成功:", "Joining did not succeed: ")}{failed.sentence}</Note>}
		{given ? <LookOver {...given} back={() => setGiven(null)} />
			: <GiveInvitation found={(text, invitation) => setGiven({ text, invitation })} />}
	</Welcome>;
}

/* The short code is read out once, right after joining. */
export async function greet(): Promise<void> {
	const key = await get("/key").catch(() => null);
	if (key) {
		toast(t(`已加入。核对码 ${key.short_code}`, `Joined. Short code ${key.short_code}`));
	}
}

export function Start(): JSX.Element {
	const now = session.value;
	switch (now?.state) {
	case "join":
		return <Guide />;
	case "joining":
		return <Joining />;
	case "passphrase":
		return <Unlock title={t("请输入口令", "The passphrase, please")}><p>{t("这台电脑的密钥有口令保护。", "This computer's key is protected.")}</p></Unlock>;
	case "locked":
		return now.passphrase ? <Unlock title={t("页面已锁定", "The page is locked")}><p>{t("有一段时间没有使用,页面自动锁定了。", "It was not used for a while and locked itself.")}</p></Unlock>
			: <Reopen locked />;
	case "broken":
		return <Welcome title={t("记录打不开", "The records cannot be opened")}><Note tone="bad">{now.problem}</Note>
			<p>{t("请运行 linli check,或联系区里。", "Run linli check, or ask the district.")}</p></Welcome>;
	default:
		return <Reopen locked={false} />;
	}
}
