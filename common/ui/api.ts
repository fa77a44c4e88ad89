/* api.ts -- the program behind the page: typed by docs/page-api.yaml. */
import type { components, paths } from "../generated/page-api";
import { signal } from "@preact/signals";
import { language } from "./i18n";

type Schemas = components["schemas"];
export type Label = Schemas["Label"];
export type Session = Schemas["Session"];
export type Model = Schemas["Model"];
export type Entity = Schemas["Entity"];
export type Field = Schemas["Field"];
export type Member = Schemas["Member"];
export type Status = Schemas["Status"];
export type Row = Schemas["Row"];
export type RecordList = Schemas["RecordList"];
export type Facets = Schemas["Facets"];
export type FullRecord = Schemas["Record"];
export type Line = Schemas["Line"];
export type Change = Schemas["Change"];
export type Conflict = Schemas["Conflict"];
export type Edited = Schemas["Edited"];
export type Draft = Schemas["Draft"];
export type Outbox = Schemas["Outbox"];
export type Bundle = Schemas["Bundle"];
export type Stick = Schemas["Stick"];
export type Task = Schemas["Task"];
export type InboxLine = Schemas["InboxLine"];
export type Invitation = Schemas["Invitation"];
export type Value = string | number | boolean | string[];
export type Values = { [field: string]: Value | undefined };

type Method = "get" | "post" | "put" | "delete";
/* What an operation answers. */
type Answer<P extends keyof paths, M extends Method> = paths[P][M] extends
	{ responses: { 200: { content: { "application/json": infer A } } } } ? A : never;

export class Failure extends Error {
	constructor(readonly status: number, readonly code: string, readonly sentence: string,
		readonly reason: string | null) {
		super(sentence);
	}
}

/* Does the program answer?  Until it has been asked, nobody knows. */
export const reachable = signal<boolean | null>(null);
/* Told when a request comes back with "no session". */
export const signedOut = signal(0);

async function failure(answer: Response): Promise<Failure> {
	const said = await answer.json().catch(() => null) as Schemas["Error"] | null;
	const error = said?.error;
	if (answer.status === 401) {
		signedOut.value++;
	}
	return new Failure(answer.status, error?.code ?? "unknown",
		error?.sentence ?? `HTTP ${answer.status}`, error?.reason ?? null);
}

/* {name} in a path, taken from ${params}. */
function fill(path: string, params: { [name: string]: string }): string {
	return path.replace(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(params[name] ?? ""));
}

export interface Asked {
	params?: { [name: string]: string };
	query?: URLSearchParams | { [name: string]: string | number | undefined };
	body?: unknown;
	bytes?: ArrayBuffer;
	signal?: AbortSignal;
}

function search(query: Asked["query"]): string {
	if (!query) {
		return "";
	}
	const all = query instanceof URLSearchParams ? query : new URLSearchParams(
		Object.entries(query).filter(([, value]) => value !== undefined)
			.map(([name, value]) => [name, String(value)]));
	const text = all.toString();
	return text ? `?${text}` : "";
}

export async function ask<P extends keyof paths, M extends Method>(method: M, path: P,
	asked: Asked = {}): Promise<Answer<P, M>> {
	let answer: Response;
	const headers: { [name: string]: string } = { "Accept-Language": language.value };
	if (asked.body !== undefined) {
		headers["Content-Type"] = "application/json";
	} else if (asked.bytes) {
		headers["Content-Type"] = "application/octet-stream";
	}
	try {
		answer = await fetch(`/page/v1${fill(path, asked.params ?? {})}${search(asked.query)}`, {
			method: method.toUpperCase(),
			headers,
			body: asked.body !== undefined ? JSON.stringify(asked.body) : asked.bytes,
			signal: asked.signal,
			credentials: "same-origin",
			cache: "no-store",
		});
	} catch (problem) {
		if (asked.signal?.aborted) {
			throw problem;
		}
		reachable.value = false;
		throw new Failure(0, "unreachable", language.value === "zh"
			? "程序没有回应:它可能已经关闭,请重新打开。"
			: "The program does not answer: it may have been closed. Open it again.", null);
	}
	reachable.value = true;
	if (!answer.ok) {
		throw await failure(answer);
	}
	return await answer.json() as Answer<P, M>;
}

export const get = <P extends keyof paths>(path: P, asked?: Asked) => ask("get", path, asked);
export const post = <P extends keyof paths>(path: P, asked?: Asked) => ask("post", path, asked);
export const put = <P extends keyof paths>(path: P, asked?: Asked) => ask("put", path, asked);
export const remove = <P extends keyof paths>(path: P, asked?: Asked) => ask("delete", path, asked);

/* What went wrong, for a person. */
export function sentence(problem: unknown): string {
	if (problem instanceof Failure) {
		return problem.reason ? `${problem.sentence}(${problem.reason})` : problem.sentence;
	}
	return String(problem);
}
