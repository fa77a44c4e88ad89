/* records.tsx -- the screens of records, as a community sees them. */
import type { JSX } from "preact";
import { useEffect } from "preact/hooks";
import { get, type Entity, type FullRecord, type Values } from "../common/api";
import { label, t } from "../common/i18n";
import { entityOf, titleOf } from "../common/model";
import { Empty, Problem, useLoaded } from "../common/pieces";
import { RecordForm } from "../common/records/form";
import { RecordList } from "../common/records/list";
import { RecordView } from "../common/records/record";
import { Link, query } from "../common/router";
import { community, session, wrote } from "./state";

const base = (entity: Entity): string => `/records/${entity.name}`;

/* Ours to write: not the district's, not another community's. */
function canWrite(entity: Entity, record: FullRecord): boolean {
	return !entity.district_writes && (record.community === "" || record.community === community.value);
}

function Unknown({ name }: { name: string }): JSX.Element {
	return <Empty title={t(`没有“${name}”这类记录`, `There is no such kind of record: ${name}`)}>
		<Link to="/" class="button">{t("回到待办", "Back to the start")}</Link></Empty>;
}

export function Records({ name }: { name: string }): JSX.Element {
	const entity = entityOf(name);
	return entity ? <RecordList entity={entity} place={{ base: base(entity), canAdd: !entity.district_writes,
		community: entity.district_writes ? undefined : community.value }} /> : <Unknown name={name} />;
}

export function RecordShown({ name, id }: { name: string; id: string }): JSX.Element {
	const entity = entityOf(name);
	useEffect(wrote, [id]); /* whatever led here may have written */
	return entity ? <RecordView entity={entity} id={id} base={base(entity)} device={session.value?.device ?? ""}
		canWrite={(record) => canWrite(entity, record)} /> : <Unknown name={name} />;
}

/* A new record begins empty, with what the address gives (?compound=…), or as a copy (?copy=ID). */
export function RecordNew({ name }: { name: string }): JSX.Element {
	const entity = entityOf(name);
	const copy = query.value.get("copy");
	const { value: original, problem } = useLoaded(async () => copy
		? get("/records/{entity}/{id}", { params: { entity: name, id: copy } }) : null, [name, copy]);
	if (!entity || entity.district_writes) {
		return <Unknown name={name} />;
	}
	if (copy && !original) {
		return <Problem of={problem} />;
	}
	const begin: Values = {};
	for (const field of entity.fields) {
		const given = query.value.get(field.name);
		if (original && field.name !== entity.title && field.rule !== "sum") {
			begin[field.name] = original.values[field.name];
		} else if (given !== null) {
			begin[field.name] = given;
		}
	}
	return <>
		<div class="head">
			<div class="crumb"><Link to={base(entity)}>{label(entity.label)}</Link></div>
			<h1>{t("新建", "New")} · {label(entity.label)}</h1>
			{original && <span class="soft">{t(`复制自“${titleOf(entity, original)}”`, `a copy of “${titleOf(entity, original)}”`)}</span>}
		</div>
		<RecordForm key={`${name}-${copy ?? ""}`} entity={entity} record={null} begin={begin} titles={original?.titles} base={base(entity)} />
	</>;
}

export function RecordEdit({ name, id }: { name: string; id: string }): JSX.Element {
	const entity = entityOf(name);
	const { value: record, problem, again } = useLoaded(() =>
		get("/records/{entity}/{id}", { params: { entity: name, id } }), [name, id]);
	if (!entity) {
		return <Unknown name={name} />;
	}
	if (!record) {
		return <Problem of={problem} again={again} />;
	}
	return <>
		<div class="head">
			<div class="crumb"><Link to={base(entity)}>{label(entity.label)}</Link> / <Link to={`${base(entity)}/${id}`}>{titleOf(entity, record)}</Link></div>
			<h1>{t("修改", "Edit")} · {titleOf(entity, record)}</h1>
		</div>
		<RecordForm entity={entity} record={record} base={base(entity)} />
	</>;
}
