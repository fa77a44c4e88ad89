/* i18n.ts -- Chinese first, English by a switch: both stand where they are used. */
import { effect, signal } from "@preact/signals";
import type { Label } from "./api";

export type Language = "zh" | "en";

const KEY = "linli-language";

function remembered(): Language {
	try {
		return localStorage.getItem(KEY) === "en" ? "en" : "zh";
	} catch {
		return "zh";
	}
}

export const language = signal<Language>(remembered());

effect(() => {
	document.documentElement.lang = language.value === "zh" ? "zh-CN" : "en";
	try {
		localStorage.setItem(KEY, language.value);
	} catch {
		/* a browser that keeps nothing asks again next time */
	}
});

/* The text that the reader understands. */
export function t(zh: string, en: string): string {
	return language.value === "zh" ? zh : en;
}

export function label(both: Label): string {
	return language.value === "zh" ? both.zh : both.en;
}

/* "3 条记录", "3 records", "1 record" */
export function count(n: number, zh: string, one: string, many: string): string {
	return language.value === "zh" ? `${number(n)} ${zh}` : `${number(n)} ${n === 1 ? one : many}`;
}

export function number(n: number): string {
	return n.toLocaleString(language.value === "zh" ? "zh-CN" : "en-GB");
}

const pad = (n: number): string => String(n).padStart(2, "0");

/* "2026-11-24 10:32" as the clock on the wall says it; "今天 10:32" today. */
export function time(ms: number | null | undefined): string {
	if (!ms) {
		return "–";
	}
	const at = new Date(ms);
	const clock = `${pad(at.getHours())}:${pad(at.getMinutes())}`;
	const day = `${at.getFullYear()}-${pad(at.getMonth() + 1)}-${pad(at.getDate())}`;
	return at.toDateString() === new Date().toDateString()
		? `${t("今天", "today")} ${clock}` : `${day} ${clock}`;
}

export function today(): string {
	const at = new Date();
	return `${at.getFullYear()}-${pad(at.getMonth() + 1)}-${pad(at.getDate())}`;
}

export function bytes(n: number): string {
	for (const [size, unit] of [[1e9, "GB"], [1e6, "MB"], [1e3, "KB"]] as const) {
		if (n >= size) {
			return `${(n / size).toFixed(n >= 10 * size ? 0 : 1)} ${unit}`;
		}
	}
	return `${n} B`;
}
