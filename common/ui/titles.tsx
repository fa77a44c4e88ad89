/* titles.tsx -- what records are called, by their ids: asked for together, remembered for a while. */
import { signal } from "@preact/signals";
import type { JSX } from "preact";
import { useEffect } from "preact/hooks";
import { get, type Field } from "./api";
import { show } from "./model";

const AT_ONCE = 50;

const known = signal<{ [key: string]: string }>({});
const wanted = new Map<string, Set<string>>(); /* ids by entity */
let timer = 0;

function ask(): void {
	timer = 0;
	for (const [entity, ids] of wanted) {
		const some = [...ids].slice(0, AT_ONCE);
		some.forEach((id) => ids.delete(id));
		if (ids.size === 0) {
			wanted.delete(entity);
		} else {
			timer = window.setTimeout(ask);
		}
		get("/titles/{entity}", { params: { entity }, query: new URLSearchParams(some.map((id) => ["id", id])) })
			.then((answer) => {
				known.value = { ...known.value, ...Object.fromEntries(Object.entries(answer.titles)
					.map(([id, title]) => [`${entity}/${id}`, title])) };
			}, () => undefined);
	}
}

/* Titles may have changed: ask for those that are known again; until then they stand. */
export function askTitlesAgain(): void {
	for (const key of Object.keys(known.peek())) {
		const [entity, id] = key.split("/") as [string, string];
		wanted.set(entity, (wanted.get(entity) ?? new Set()).add(id));
	}
	timer = timer || window.setTimeout(ask);
}

export function useTitle(entity: string, id: string): string {
	const title = known.value[`${entity}/${id}`];
	useEffect(() => {
		if (title === undefined && id) {
			const ids = wanted.get(entity) ?? new Set();
			wanted.set(entity, ids.add(id));
			timer = timer || window.setTimeout(ask);
		}
	}, [entity, id, title]);
	return title ?? id;
}

export function Title({ entity, id }: { entity: string; id: string }): JSX.Element {
	return <>{useTitle(entity, id)}</>;
}

/* A value for people, whatever it is; a reference by its record's title. */
export function Shown({ field, value }: { field: Field; value: unknown }): JSX.Element {
	if (field.type === "reference" && field.reference && typeof value === "string" && value) {
		return <Title entity={field.reference} id={value} />;
	}
	return <>{show(field, value)}</>;
}
