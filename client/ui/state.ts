/* state.ts -- what every screen of the community's page looks at. */
import { computed, effect, signal } from "@preact/signals";
import { Failure, get, post, put, reachable, remove, signedOut, type Session, type Status, type Task } from "../common/api";
import { language } from "../common/i18n";
import { loadModel, model } from "../common/model";
import { columnChoice, onColumns } from "../common/records/list";
import { askTitlesAgain } from "../common/titles";

const STATUS_MS = 30000;
const TASK_MS = 400;

export const session = signal<Session | null>(null);
/* null: nobody knows, or not any more. */
export const status = signal<Status | null>(null);
export const task = signal<Task | null>(null);
export const counts = signal<{ [entity: string]: number }>({});
/* Grows with everything that was written, so that lists look again. */
export const written = signal(0);

export const community = computed(() => session.value?.community ?? "");

/* ---- coming in ---------------------------------------------------------- */

/* The token of the address is good once, and must not stay in it. */
async function useToken(): Promise<void> {
	const token = /#open=([0-9a-f]+)/.exec(location.hash)?.[1];
	if (token) {
		history.replaceState(null, "", location.pathname + location.search);
		await post("/session", { body: { token } }).catch(() => undefined);
	}
}

export async function readSession(): Promise<void> {
	const now = await get("/session");
	const was = session.value?.state;
	session.value = now;
	if (now.state === "ready" && was !== "ready") {
		await Promise.all([loadModel(), readPreferences()]);
		void readStatus();
		void readTask();
	}
}

export async function begin(): Promise<void> {
	await useToken();
	await readSession().catch(() => undefined);
	setInterval(() => void readStatus(), STATUS_MS);
	document.addEventListener("visibilitychange", () => {
		if (!document.hidden) {
			void readStatus();
		}
	});
	addEventListener("hashchange", () => void useToken().then(readSession));
}

effect(() => {
	if (signedOut.value > 0) {
		void readSession().catch(() => undefined);
	}
});

/* ---- how things stand ---------------------------------------------------- */

export async function readStatus(): Promise<void> {
	if (session.value?.state !== "ready" || document.hidden) {
		return;
	}
	try {
		status.value = await get("/status");
		const answer = await get("/counts", { query: { community: community.value } });
		counts.value = answer.counts;
	} catch {
		status.value = null;
	}
}

/* Something was written: everything that is counted may have changed. */
export function wrote(): void {
	written.value++;
	askTitlesAgain();
	void readStatus();
}

/* ---- work beside the page -------------------------------------------------- */

let polling = 0;

export async function readTask(): Promise<void> {
	clearTimeout(polling);
	try {
		const before = task.value;
		task.value = (await get("/task")).task;
		if (task.value?.running) {
			polling = window.setTimeout(() => void readTask(), TASK_MS);
		} else if (before?.running) {
			wrote();
			if (before.kind === "join") {
				await readSession();
			}
		}
	} catch (problem) {
		if (!(problem instanceof Failure) || problem.code !== "session") {
			polling = window.setTimeout(() => void readTask(), 4 * TASK_MS);
		}
	}
}

export async function startTask(kind: string, folder?: string): Promise<void> {
	task.value = (await post("/task", { body: { kind, folder } })).task;
	void readTask();
}

export async function stopTask(): Promise<void> {
	task.value = (await remove("/task")).task;
}

/* ---- how this person likes it --------------------------------------------- */

export type Theme = "auto" | "light" | "dark";
interface Preferences {
	theme?: Theme;
	columns?: { [entity: string]: string[] };
}
export const preferences = signal<Preferences>({});

async function readPreferences(): Promise<void> {
	const answer = await get("/preferences").catch(() => null);
	preferences.value = (answer?.preferences ?? {}) as Preferences;
	columnChoice.value = preferences.value.columns ?? {};
}

export function prefer(change: Preferences): void {
	preferences.value = { ...preferences.value, ...change };
	void put("/preferences", { body: { preferences: preferences.value } }).catch(() => undefined);
}

onColumns((entity, columns) =>
	prefer({ columns: { ...preferences.value.columns, [entity]: columns } }));

const dark = matchMedia("(prefers-color-scheme: dark)");
const systemDark = signal(dark.matches);
dark.addEventListener("change", () => {
	systemDark.value = dark.matches;
});
effect(() => {
	const theme = preferences.value.theme ?? "auto";
	document.documentElement.dataset.theme = theme === "auto" ? (systemDark.value ? "dark" : "light") : theme;
});
effect(() => {
	/* What the program says is in the reader's language, too. */
	if (language.value && session.peek()?.state === "ready" && model.peek()) {
		written.value = written.peek() + 1;
	}
});

export { reachable };
