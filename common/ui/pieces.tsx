/* pieces.tsx -- the small things that every screen is made of. */
import { signal } from "@preact/signals";
import type { ComponentChildren, JSX } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { sentence } from "./api";
import { Icon, type IconName } from "./icons";
import { t } from "./i18n";

/* ---- telling --------------------------------------------------------- */

export type Tone = "plain" | "good" | "warn" | "bad";
const noteIcons: { [tone in Tone]: IconName } = { plain: "info", good: "check", warn: "alert", bad: "alert" };

export function Note({ tone = "plain", children }: { tone?: Tone; children: ComponentChildren }): JSX.Element {
	return <div class={`note ${tone}`} role={tone === "bad" ? "alert" : undefined}>
		<Icon name={noteIcons[tone]} /><div>{children}</div>
	</div>;
}

export function Tag({ tone = "plain", icon, children }: { tone?: Tone | "accent"; icon?: IconName;
	children: ComponentChildren }): JSX.Element {
	return <span class={`tag ${tone}`}>{icon && <Icon name={icon} />}{children}</span>;
}

export function Empty({ title, children }: { title: string; children?: ComponentChildren }): JSX.Element {
	return <div class="empty"><h2>{title}</h2>{children}</div>;
}

export function Panel({ title, aside, children, bare = false }: { title?: ComponentChildren; aside?: ComponentChildren;
	children: ComponentChildren; bare?: boolean }): JSX.Element {
	return <section class="panel">
		{title !== undefined && <header><h2>{title}</h2><span class="spring" />{aside}</header>}
		{bare ? children : <div class="body">{children}</div>}
	</section>;
}

interface Toast {
	id: number;
	words: string;
	action?: { words: string; run: () => void };
}
const toasts = signal<Toast[]>([]);
let nextToast = 1;

/* A word at the foot of the page; with an action it stays for ten seconds. */
export function toast(words: string, action?: Toast["action"]): void {
	const one: Toast = { id: nextToast++, words, action };
	toasts.value = [...toasts.value.slice(-2), one];
	setTimeout(() => {
		toasts.value = toasts.value.filter((other) => other.id !== one.id);
	}, action ? 10000 : 4000);
}

export function Toasts(): JSX.Element {
	return <div class="toasts" role="status" aria-live="polite">
		{toasts.value.map((one) => <div class="toast" key={one.id}>
			<span>{one.words}</span>
			{one.action && <button type="button" onClick={() => {
				toasts.value = toasts.value.filter((other) => other.id !== one.id);
				one.action?.run();
			}}>{one.action.words}</button>}
		</div>)}
	</div>;
}

/* ---- asking ---------------------------------------------------------- */

type ButtonProps = { icon?: IconName; kind?: "primary" | "danger" | "quiet" | "plain"; tiny?: boolean;
	children?: ComponentChildren } & Omit<JSX.IntrinsicElements["button"], "icon">;

export function Button({ icon, kind = "plain", tiny, children, class: more, ...rest }: ButtonProps): JSX.Element {
	return <button type="button" {...rest}
		class={`button ${kind}${tiny ? " tiny" : ""}${typeof more === "string" ? ` ${more}` : ""}`}>
		{icon && <Icon name={icon} />}{children}
	</button>;
}

/* A button with something that opens below it, and closes by Escape or elsewhere. */
export function Pop({ words, children, on = false, right = false, icon = "down", label }: { words: ComponentChildren;
	children: ComponentChildren; on?: boolean; right?: boolean; icon?: IconName; label?: string }): JSX.Element {
	const [open, setOpen] = useState(false);
	const box = useRef<HTMLDivElement>(null);
	useEffect(() => {
		if (!open) {
			return undefined;
		}
		const outside = (event: Event): void => {
			if (!box.current?.contains(event.target as Node)) {
				setOpen(false);
			}
		};
		const escape = (event: KeyboardEvent): void => {
			if (event.key === "Escape") {
				setOpen(false);
				box.current?.querySelector("button")?.focus();
			}
		};
		document.addEventListener("pointerdown", outside);
		document.addEventListener("focusin", outside);
		document.addEventListener("keydown", escape);
		return () => {
			document.removeEventListener("pointerdown", outside);
			document.removeEventListener("focusin", outside);
			document.removeEventListener("keydown", escape);
		};
	}, [open]);
	return <div class="pop-box" ref={box}>
		<button type="button" class={`chip${on ? " on" : ""}`} aria-expanded={open} aria-label={label}
			onClick={() => setOpen(!open)}>
			<span class="words">{words}</span><Icon name={icon} />
		</button>
		{open && <div class={`pop${right ? " right" : ""}`}>{children}</div>}
	</div>;
}

/* ---- what comes from the program ------------------------------------- */

export interface Loaded<T> {
	value: T | null;
	problem: unknown;
	again: () => void;
}

/* Ask once, and again whenever ${deps} change; what comes too late is dropped. */
export function useLoaded<T>(ask: () => Promise<T>, deps: unknown[]): Loaded<T> {
	const [state, setState] = useState<{ value: T | null; problem: unknown }>({ value: null, problem: null });
	const [round, setRound] = useState(0);
	useEffect(() => {
		let late = false;
		ask().then(
			(value) => !late && setState({ value, problem: null }),
			(problem: unknown) => !late && setState((before) => ({ value: before.value, problem })));
		return () => {
			late = true;
		};
	}, [...deps, round]);
	return { ...state, again: () => setRound(round + 1) };
}

export function Problem({ of, again }: { of: unknown; again?: () => void }): JSX.Element | null {
	if (!of) {
		return null;
	}
	return <Note tone="bad">
		<div class="row"><span>{sentence(of)}</span>
			{again && <Button tiny onClick={again}>{t("重试", "Try again")}</Button>}</div>
	</Note>;
}
