/*
 * list.tsx -- the records of an entity: searched, narrowed by chips, sorted;
 * all of that stands in the address.  Only the rows in sight are asked for
 * and drawn, so that a hundred thousand scroll like ten.
 */
import { signal } from "@preact/signals";
import type { JSX } from "preact";
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import { get, type Entity, type Facets, type Field, type Row } from "../api";
import { count, label, number, t } from "../i18n";
import { Icon } from "../icons";
import { cell, memberLabel, titleOf } from "../model";
import { Empty, Pop, Problem } from "../pieces";
import { go, Link, query, setQuery } from "../router";

const PAGE = 100; /* rows asked for at once */
const CARDS_BELOW = 560; /* pixels: two lines a record instead of a table */

/* Which columns a person wants of an entity; kept by whoever sets ${keepColumns}. */
export const columnChoice = signal<{ [entity: string]: string[] }>({});
export let keepColumns: (entity: string, columns: string[]) => void = () => undefined;
export function onColumns(keep: typeof keepColumns): void {
	keepColumns = keep;
}

export interface Place {
	community?: string; /* whose records; absent: everybody's */
	base: string; /* "/records/club": a record is below it */
	canAdd: boolean;
}

/* The query that goes to the program, without the window. */
function asked(place: Place): URLSearchParams {
	const sent = new URLSearchParams();
	for (const [name, value] of query.value) {
		if (name === "q" || name === "deleted" || name.startsWith("f.")) {
			sent.append(name, value);
		} else if (name === "sort") {
			sent.set("sort", value.replace(/^-/, ""));
			if (value.startsWith("-")) {
				sent.set("desc", "1");
			}
		}
	}
	if (!query.value.has("sort")) {
		sent.set("desc", "1"); /* the newest first */
	}
	if (place.community) {
		sent.set("community", place.community);
	}
	return sent;
}

/* ---- rows ------------------------------------------------------------ */

interface Rows {
	total: number | null;
	row: (index: number) => Row | undefined;
	want: (from: number, to: number) => void;
	problem: unknown;
	again: () => void;
}

/* Pages of rows of one query; pages that are out of sight long are forgotten. */
function useRows(entity: string, sent: string): Rows {
	const [, redraw] = useState(0);
	const [round, setRound] = useState(0);
	const state = useMemo(() => ({ pages: new Map<number, Row[] | null>(), total: null as number | null,
		problem: null as unknown, stop: new AbortController() }), [entity, sent, round]);
	useEffect(() => () => state.stop.abort(), [state]);
	const load = (page: number): void => {
		if (state.pages.has(page)) {
			return;
		}
		state.pages.set(page, null);
		const window = new URLSearchParams(sent);
		window.set("offset", String(page * PAGE));
		window.set("limit", String(PAGE));
		get("/records/{entity}", { params: { entity }, query: window, signal: state.stop.signal }).then(
			(answer) => {
				state.pages.set(page, answer.records);
				state.total = answer.total;
				state.problem = null;
				if (state.pages.size > 30) {
					const first = state.pages.keys().next().value;
					if (first !== undefined && first !== page) {
						state.pages.delete(first);
					}
				}
				redraw((n) => n + 1);
			},
			(problem: unknown) => {
				if (!state.stop.signal.aborted) {
					state.pages.delete(page);
					state.problem = problem;
					redraw((n) => n + 1);
				}
			});
	};
	useEffect(() => load(0), [state]);
	return {
		total: state.total,
		problem: state.problem,
		row: (index) => state.pages.get(Math.floor(index / PAGE))?.[index % PAGE],
		want: (from, to) => {
			for (let page = Math.floor(from / PAGE); page <= Math.floor(to / PAGE); page++) {
				load(page);
			}
		},
		again: () => setRound((n) => n + 1),
	};
}

/* ---- the grid -------------------------------------------------------- */

const isNumber = (field: Field): boolean =>
	["integer", "money", "area"].includes(field.type) && field.rule !== "union";

function widthOf(field: Field, first: boolean): string {
	if (first) {
		return "minmax(200px, 2fr)";
	}
	return isNumber(field) || field.type === "date" || field.type === "boolean"
		? "minmax(110px, .8fr)" : "minmax(130px, 1.2fr)";
}

/* Without a choice of the person's: the title first, then what tells most. */
function defaultColumns(entity: Entity): string[] {
	const telling = (field: Field): number =>
		field.name === entity.title ? 100 : field.type === "file" || field.name === entity.community ? -1 :
			field.required ? 50 : field.type === "enum" || field.type === "reference" ? 30 :
				field.type === "date" ? 25 : field.type === "text" ? 5 : 15;
	return entity.fields.filter((field) => telling(field) >= 0)
		.map((field, at) => ({ name: field.name, weight: telling(field) - at / 100 }))
		.sort((a, b) => b.weight - a.weight).slice(0, 7).map((one) => one.name);
}

function Head({ fields, template }: { fields: Field[]; template: string }): JSX.Element {
	const sort = query.value.get("sort") ?? "";
	return <div class="grid-head" role="row" style={{ gridTemplateColumns: template }}>
		{fields.map((field) => {
			const up = sort === field.name;
			const down = sort === `-${field.name}`;
			return <div role="columnheader" key={field.name} class={isNumber(field) ? "num" : ""}
				aria-sort={up ? "ascending" : down ? "descending" : undefined}>
				<button type="button" onClick={() => setQuery((next) => {
					if (down) {
						next.delete("sort");
					} else {
						next.set("sort", up ? `-${field.name}` : field.name);
					}
				})}>{label(field.label)}{(up || down) && <Icon name={up ? "up" : "down"} />}</button>
			</div>;
		})}
	</div>;
}

function Cells({ entity, row, fields, to, cards }: { entity: Entity; row: Row | undefined; fields: Field[];
	to: string; cards: boolean }): JSX.Element {
	if (!row) {
		return <span role="cell"><span class="ghost" /></span>;
	}
	if (cards) {
		const rest = fields.filter((field) => field.name !== entity.title)
			.map((field) => cell(field, row)).filter(Boolean).slice(0, 4).join(" · ");
		return <span role="cell"><Link to={to}>{titleOf(entity, row)}</Link><br />
			<span class="soft small">{rest || row.id}</span></span>;
	}
	return <>{fields.map((field, at) => {
		const text = cell(field, row);
		return <span role="cell" key={field.name} class={isNumber(field) ? "num" : ""} title={text}>
			{at === 0 ? <Link to={to}>{text || titleOf(entity, row)}</Link> : text}
		</span>;
	})}</>;
}

function Grid({ entity, rows, fields, base }: { entity: Entity; rows: Rows; fields: Field[]; base: string }): JSX.Element {
	const box = useRef<HTMLDivElement>(null);
	const [view, setView] = useState({ from: 0, to: 30, cards: false });
	const height = view.cards ? 64 : 36;
	const look = (): void => {
		const at = box.current;
		if (at) {
			const cards = at.clientWidth < CARDS_BELOW;
			const tall = cards ? 64 : 36;
			const from = Math.max(0, Math.floor(at.scrollTop / tall) - 8);
			const to = from + Math.ceil(at.clientHeight / tall) + 16;
			setView((before) => before.from === from && before.to === to && before.cards === cards
				? before : { from, to, cards });
		}
	};
	useEffect(() => {
		look();
		const watcher = new ResizeObserver(look);
		if (box.current) {
			watcher.observe(box.current);
		}
		return () => watcher.disconnect();
	}, []);
	const total = rows.total ?? 0;
	const last = Math.min(view.to, total);
	rows.want(view.from, Math.max(view.from, last - 1));
	const template = view.cards ? "minmax(0, 1fr)" : fields.map((field, at) => widthOf(field, at === 0)).join(" ");
	const shown = [];
	for (let index = view.from; index < last; index++) {
		const row = rows.row(index);
		const to = row ? `${base}/${row.id}` : "";
		shown.push(<div key={index} class="grid-row" role="row" aria-rowindex={index + 2}
			style={{ top: `${index * height}px`, gridTemplateColumns: template }}
			onClick={(event) => {
				if (to && !(event.target as Element).closest("a") && !getSelection()?.toString()) {
					go(to);
				}
			}}>
			<Cells entity={entity} row={row} fields={fields} to={to} cards={view.cards} />
		</div>);
	}
	return <div class={`grid${view.cards ? " cards" : ""}`} ref={box} onScroll={look} role="table" tabIndex={0}
		aria-rowcount={total + 1} aria-label={label(entity.label)}
		style={{ height: `${total * height + (view.cards ? 2 : 54)}px` }}>
		{!view.cards && <Head fields={fields} template={template} />}
		<div class="grid-body" role="rowgroup" style={{ height: `${total * height}px` }}>{shown}</div>
	</div>;
}

/* ---- chips ----------------------------------------------------------- */

function valueWords(field: Field, value: string, title: string | null): string {
	if (value === "") {
		return t("(空)", "(none)");
	}
	if (field.type === "boolean") {
		return value === "true" ? t("是", "yes") : t("否", "no");
	}
	return field.type === "enum" ? memberLabel(field, value) : title ?? value;
}

function toggle(field: string, value: string): void {
	setQuery((next) => {
		const had = next.getAll(`f.${field}`);
		next.delete(`f.${field}`);
		for (const one of had.includes(value) ? had.filter((other) => other !== value) : [...had, value]) {
			next.append(`f.${field}`, one);
		}
	});
}

function Chip({ field, values }: { field: Field; values: Facets["facets"][number]["values"] }): JSX.Element {
	const chosen = query.value.getAll(`f.${field.name}`);
	const words = chosen.map((value) =>
		valueWords(field, value, values.find((one) => one.value === value)?.title ?? null));
	const n = values.filter((one) => chosen.includes(one.value)).reduce((sum, one) => sum + one.count, 0);
	return <Pop on={chosen.length > 0} words={chosen.length
		? `${label(field.label)}:${words.join(t("、", ", "))} ${number(n)}` : label(field.label)}>
		{values.map((one) => <label key={one.value}>
			<input type="checkbox" checked={chosen.includes(one.value)}
				onChange={() => toggle(field.name, one.value)} />
			<span>{valueWords(field, one.value, one.title)}</span><span class="n">{number(one.count)}</span>
		</label>)}
	</Pop>;
}

function Chips({ entity, facets }: { entity: Entity; facets: Facets | null }): JSX.Element {
	const narrowed = [...query.value.keys()].some((name) => name.startsWith("f.") || name === "q");
	return <>
		{facets?.facets.map((facet) => {
			const field = entity.fields.find((one) => one.name === facet.field);
			/* One value alone, or every record another, narrows nothing. */
			const useful = facet.values.length > 1 || query.value.has(`f.${facet.field}`);
			return field && useful && field.name !== entity.community
				? <Chip key={facet.field} field={field} values={facet.values} /> : null;
		})}
		{narrowed && <button type="button" class="button quiet tiny" onClick={() => setQuery((next) => {
			for (const name of [...next.keys()]) {
				if (name.startsWith("f.") || name === "q") {
					next.delete(name);
				}
			}
		})}>{t("全部清除", "Clear all")}</button>}
	</>;
}

function Columns({ entity, chosen }: { entity: Entity; chosen: string[] }): JSX.Element {
	return <Pop right words={t("列", "Columns")} icon="columns">
		{entity.fields.filter((field) => field.type !== "file").map((field) => <label key={field.name}>
			<input type="checkbox" checked={chosen.includes(field.name)} onChange={() => {
				const next = chosen.includes(field.name)
					? chosen.filter((name) => name !== field.name) : [...chosen, field.name];
				if (next.length) {
					columnChoice.value = { ...columnChoice.value, [entity.name]: next };
					keepColumns(entity.name, next);
				}
			}} />
			<span>{label(field.label)}</span>
		</label>)}
	</Pop>;
}

/* ---- search ---------------------------------------------------------- */

function Search({ entity }: { entity: Entity }): JSX.Element {
	const [text, setText] = useState(query.value.get("q") ?? "");
	const timer = useRef(0);
	useEffect(() => setText(query.value.get("q") ?? ""), [query.value.get("q")]);
	const words = t("搜索:文字或拼音首字母", "Search: text, or pinyin initials");
	return <div class="search">
		<Icon name="search" />
		<input class="input" type="search" value={text} placeholder={words}
			aria-label={`${words} (${label(entity.label)})`}
			onInput={(event) => {
				const value = event.currentTarget.value;
				setText(value);
				clearTimeout(timer.current);
				timer.current = window.setTimeout(() => setQuery((next) =>
					value.trim() ? next.set("q", value.trim()) : next.delete("q")), 200);
			}} />
	</div>;
}

/* ---- the screen ------------------------------------------------------ */

export function RecordList({ entity, place }: { entity: Entity; place: Place }): JSX.Element {
	const sent = asked(place);
	const rows = useRows(entity.name, sent.toString());
	const [facets, setFacets] = useState<Facets | null>(null);
	const narrow = new URLSearchParams(sent);
	narrow.delete("sort");
	narrow.delete("desc");
	const narrowText = narrow.toString();
	useEffect(() => {
		const stop = new AbortController();
		get("/facets/{entity}", { params: { entity: entity.name }, query: new URLSearchParams(narrowText),
			signal: stop.signal }).then(setFacets, () => undefined);
		return () => stop.abort();
	}, [entity.name, narrowText]);
	const chosen = columnChoice.value[entity.name] ?? defaultColumns(entity);
	const fields = chosen.map((name) => entity.fields.find((field) => field.name === name))
		.filter((field): field is Field => field !== undefined);
	const deleted = query.value.has("deleted");
	return <>
		<div class="head">
			<h1>{label(entity.label)}{deleted && ` · ${t("回收站", "Trash")}`}</h1>
			<span class="soft num" aria-live="polite">{rows.total === null ? "" : count(rows.total, "条", "record", "records")}</span>
			<span class="spring" />
			{place.canAdd && <Link class="button quiet" to={deleted ? place.base : `${place.base}?deleted=1`}>
				<Icon name={deleted ? "back" : "trash"} />{deleted ? t("返回列表", "Back to the list") : t("回收站", "Trash")}</Link>}
			{place.canAdd && <Link class="button primary" to={`${place.base}/new`}>
				<Icon name="plus" />{t("新建", "New")}</Link>}
		</div>
		<Problem of={rows.problem} again={rows.again} />
		<section class="panel">
			<div class="tools">
				<Search entity={entity} />
				<Chips entity={entity} facets={facets} />
				<span class="spring" />
				<Columns entity={entity} chosen={chosen} />
			</div>
			{rows.total === 0
				? <Nothing entity={entity} place={place} deleted={deleted} narrowed={narrowText.includes("q=") || narrowText.includes("f.")} />
				: <Grid key={entity.name + sent.toString()} entity={entity} rows={rows} fields={fields} base={place.base} />}
		</section>
	</>;
}

function Nothing({ entity, place, deleted, narrowed }: { entity: Entity; place: Place; deleted: boolean;
	narrowed: boolean }): JSX.Element {
	if (narrowed) {
		return <Empty title={t("没有符合条件的记录", "No record fits")}>
			<p>{t("换个词,或去掉一些条件。", "Try another word, or take a filter away.")}</p></Empty>;
	}
	if (deleted) {
		return <Empty title={t("回收站是空的", "The trash is empty")} />;
	}
	return <Empty title={t(`还没有“${entity.label.zh}”`, `No ${entity.label.en.toLowerCase()} yet`)}>
		{place.canAdd && <Link class="button primary" to={`${place.base}/new`}>
			<Icon name="plus" />{t("新建第一条", "Make the first")}</Link>}
	</Empty>;
}
