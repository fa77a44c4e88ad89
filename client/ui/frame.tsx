/* frame.tsx -- what stands around every screen: where one is, how far the sending is. */
import { signal } from "@preact/signals";
import type { ComponentChildren, JSX } from "preact";
import { useEffect } from "preact/hooks";
import { count, label, language, number, t, time } from "../common/i18n";
import { Icon, type IconName } from "../common/icons";
import { model } from "../common/model";
import { Toasts } from "../common/pieces";
import { Link, path } from "../common/router";
import { community, counts, reachable, session, status, task } from "./state";

const open = signal(false);

/* ---- the badge ------------------------------------------------------------ */

interface Standing {
	tone: "plain" | "good" | "warn" | "bad";
	icon: IconName;
	words: string;
}

export function standing(): Standing {
	const now = status.value;
	if (task.value?.running && (task.value.kind === "sync" || task.value.kind === "carry")) {
		return { tone: "plain", icon: "sync", words: t("正在交换", "Exchanging") };
	}
	if (reachable.value === false) {
		return { tone: "bad", icon: "unknown", words: t("程序没有回应", "The program does not answer") };
	}
	if (!now) {
		return { tone: "plain", icon: "unknown", words: t("情况未知", "Not known") };
	}
	const left = now.pending_lines + now.unsent_lines;
	if (left > 0) {
		return { tone: "warn", icon: "send", words: t(`${number(left)} 处未送达`, `${count(left, "", "change", "changes")} not sent`) };
	}
	if (!now.last_exchange) {
		return { tone: "plain", icon: "unknown", words: t("还没有交换过", "No exchange yet") };
	}
	return { tone: "good", icon: "check", words: t("全部已送达", "All sent") };
}

function Badge(): JSX.Element {
	const now = standing();
	return <Link to="/sending" class={`badge ${now.tone}`}>
		<Icon name={now.icon} /><span>{now.words}</span>
		{status.value?.last_exchange ? <small class="num">{t("上次", "last")} {time(status.value.last_exchange)}</small> : null}
	</Link>;
}

/* ---- the way around -------------------------------------------------------- */

function Item({ to, icon, words, n, calls }: { to: string; icon?: IconName; words: string; n?: number; calls?: boolean }): JSX.Element {
	const here = to === "/" ? path.value === "/" : path.value === to || path.value.startsWith(`${to}/`);
	return <Link to={to} aria-current={here ? "page" : undefined}>
		{icon && <Icon name={icon} />}<span>{words}</span>
		{n !== undefined && n > 0 && <span class={`n${calls ? " calls" : ""}`}>{number(n)}</span>}
	</Link>;
}

/* Screens that other files add, between the records and the rest. */
export interface NavItem {
	to: string;
	icon: IconName;
	words: () => string;
}
export const moreItems: NavItem[] = [];

function Nav(): JSX.Element {
	const now = status.value;
	const entities = model.value?.entities ?? [];
	return <nav class={`nav${open.value ? " open" : ""}`} aria-label={t("导航", "Navigation")} id="nav"
		onClick={() => {
			open.value = false;
		}}>
		<ul>
			<li><Item to="/" icon="home" words={t("待办", "To do")} /></li>
			<li><Item to="/sending" icon="send" words={t("发送", "Sending")} n={now ? now.pending_lines + now.unsent_lines : 0} /></li>
			<li><Item to="/inbox" icon="inbox" words={t("退回", "Returned")} n={now?.returned_lines} calls /></li>
			<li><Item to="/conflicts" icon="split" words={t("冲突", "Conflicts")} n={now?.open_conflicts} calls /></li>
			{moreItems.map((item) => <li key={item.to}><Item to={item.to} icon={item.icon} words={item.words()} /></li>)}
			<li><Item to="/settings" icon="gear" words={t("设置", "Settings")} /></li>
		</ul>
		<h2>{t("记录", "Records")}</h2>
		<ul>
			{entities.filter((entity) => !entity.district_writes).map((entity) =>
				<li class="entity" key={entity.name}>
					<Item to={`/records/${entity.name}`} words={label(entity.label)} n={counts.value[entity.name]} /></li>)}
		</ul>
		<h2>{t("由区里维护", "Kept by the district")}</h2>
		<ul>
			{entities.filter((entity) => entity.district_writes).map((entity) =>
				<li class="entity" key={entity.name}>
					<Item to={`/records/${entity.name}`} words={label(entity.label)} n={counts.value[entity.name]} /></li>)}
		</ul>
	</nav>;
}

export function LanguageSwitch(): JSX.Element {
	return <button type="button" class="button quiet tiny" lang={language.value === "zh" ? "en" : "zh-CN"}
		onClick={() => {
			language.value = language.value === "zh" ? "en" : "zh";
		}}>{language.value === "zh" ? "English" : "中文"}</button>;
}

export function Frame({ children }: { children: ComponentChildren }): JSX.Element {
	const name = session.value?.name ?? community.value;
	useEffect(() => {
		document.title = name ? `${name} · ${t("邻里", "linli")}` : t("邻里", "linli");
	}, [name, language.value]);
	return <>
		<a class="skip" href="#main">{t("跳到内容", "Skip to content")}</a>
		<div class="frame">
			<header class="top">
				<button type="button" class="button quiet menu-button" aria-expanded={open.value} aria-controls="nav"
					aria-label={t("菜单", "Menu")} onClick={() => {
						open.value = !open.value;
					}}><Icon name="menu" /></button>
				<Link to="/" class="brand">
					<span class="mark">{t("邻里", "linli")}</span>
					<span class="who">{name}</span>
					<span class="of">{session.value?.federation}</span>
				</Link>
				<span class="spring" />
				<Badge />
				<LanguageSwitch />
			</header>
			<Nav />
			<div class={`veil${open.value ? " open" : ""}`} onClick={() => {
				open.value = false;
			}} />
			<main class="main" id="main" tabIndex={-1}>{children}</main>
		</div>
		<Toasts />
	</>;
}
