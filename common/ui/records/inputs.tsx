/* inputs.tsx -- a field of a form, drawn from the model. */
import type { JSX } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { get, type Field, type Row } from "../api";
import { label, t } from "../i18n";
import { cell, entityOf, scopeWords, titleOf } from "../model";

export type Text = string | string[];

export interface InputProps {
	id: string;
	field: Field;
	text: Text;
	title?: string; /* of what a reference leads to now */
	invalid: boolean;
	describedBy: string;
	onText: (text: Text) => void;
}

interface Shared {
	id: string;
	"aria-invalid": "true" | undefined;
	"aria-describedby": string | undefined;
	"aria-required": "true" | undefined;
}

const shared = (props: InputProps): Shared => ({
	id: props.id,
	"aria-invalid": props.invalid ? "true" : undefined,
	"aria-describedby": props.describedBy || undefined,
	"aria-required": props.field.required ? "true" : undefined,
});

/* ---- texts and numbers ------------------------------------------------ */

const unitOf = (field: Field): string => field.type === "money" ? t("元", "yuan") :
	field.type === "area" ? t("平方米", "m²") : field.unit;

function Plain(props: InputProps): JSX.Element {
	const { field, text } = props;
	const unit = unitOf(field);
	const input = <input class="input" {...shared(props)}
		type={field.type === "date" ? "date" : "text"}
		inputMode={["integer", "money", "area"].includes(field.type) ? "decimal" : undefined}
		max={field.type === "date" ? "9999-12-31" : undefined}
		autocomplete="off" value={text as string}
		onInput={(event) => props.onText(event.currentTarget.value)} />;
	return unit ? <div class="with-unit">{input}<span>{unit}</span></div> : input;
}

/* A text may be a line or a page: the box grows with it. */
function Long(props: InputProps): JSX.Element {
	const box = useRef<HTMLTextAreaElement>(null);
	useEffect(() => {
		if (box.current) {
			box.current.style.height = "auto";
			box.current.style.height = `${Math.min(box.current.scrollHeight + 2, 360)}px`;
		}
	}, [props.text]);
	return <textarea class="input" rows={1} ref={box} {...shared(props)}
		value={props.text as string} onInput={(event) => props.onText(event.currentTarget.value)} />;
}

/* ---- choices ----------------------------------------------------------- */

function Truth(props: InputProps): JSX.Element {
	return <div class="choices" id={props.id}>
		{([["true", t("是", "Yes")], ["false", t("否", "No")], ["", t("未填", "Not given")]] as const).map(([value, words]) =>
			<label class="choice" key={value}>
				<input type="radio" name={props.id} checked={props.text === value} onChange={() => props.onText(value)} />
				<span>{words}</span>
			</label>)}
	</div>;
}

function Choice(props: InputProps): JSX.Element {
	return <select class="input" {...shared(props)} value={props.text as string}
		onChange={(event) => props.onText(event.currentTarget.value)}>
		<option value="">{props.field.required ? t("请选择", "Choose") : t("(空)", "(none)")}</option>
		{props.field.members.map((member) => <option key={member.name} value={member.name}>{label(member.label)}</option>)}
	</select>;
}

function Several(props: InputProps): JSX.Element {
	const chosen = Array.isArray(props.text) ? props.text : [];
	return <div class="choices" id={props.id}>
		{props.field.members.map((member) => <label class="choice" key={member.name}>
			<input type="checkbox" checked={chosen.includes(member.name)} onChange={() =>
				props.onText(chosen.includes(member.name)
					? chosen.filter((name) => name !== member.name) : [...chosen, member.name])} />
			<span>{label(member.label)}</span>
		</label>)}
	</div>;
}

/* ---- references -------------------------------------------------------- */

function useFound(entity: string, words: string, open: boolean): Row[] {
	const [rows, setRows] = useState<Row[]>([]);
	useEffect(() => {
		if (!open) {
			return undefined;
		}
		const stop = new AbortController();
		const timer = setTimeout(() => {
			get("/records/{entity}", { params: { entity }, query: { q: words || undefined, limit: 20, desc: 1 },
				signal: stop.signal }).then((answer) => setRows(answer.records), () => undefined);
		}, 120);
		return () => {
			clearTimeout(timer);
			stop.abort();
		};
	}, [entity, words, open]);
	return rows;
}

/* A record found by what it is called; arrows, Enter and Escape work. */
export function Reference(props: InputProps): JSX.Element {
	const entityName = props.field.reference ?? "";
	const entity = entityOf(entityName);
	const [words, setWords] = useState<string | null>(null); /* null: nothing is being typed */
	const [title, setTitle] = useState(props.title ?? "");
	const [at, setAt] = useState(0);
	const open = words !== null;
	const rows = useFound(entityName, words ?? "", open);
	const list = `${props.id}-list`;
	useEffect(() => {
		if (props.title !== undefined) {
			setTitle(props.title);
		}
	}, [props.title]);
	const choose = (row: Row | undefined): void => {
		if (row) {
			setTitle(titleOf(entity, row));
			props.onText(row.id);
		}
		setWords(null);
	};
	const key = (event: KeyboardEvent): void => {
		if (event.key === "ArrowDown" || event.key === "ArrowUp") {
			event.preventDefault();
			setWords(words ?? "");
			setAt(Math.max(0, Math.min(rows.length - 1, at + (event.key === "ArrowDown" ? 1 : -1))));
		} else if (event.key === "Enter" && open) {
			event.preventDefault();
			choose(rows[at]);
		} else if (event.key === "Escape" && open) {
			event.stopPropagation();
			setWords(null);
		}
	};
	return <div class="combo">
		<input class="input" {...shared(props)} role="combobox" autocomplete="off"
			aria-expanded={open} aria-controls={list} aria-autocomplete="list"
			aria-activedescendant={open && rows[at] ? `${list}-${at}` : undefined}
			placeholder={t("输入名称或拼音首字母查找", "Type a name to find it")}
			value={words ?? (props.text ? title || String(props.text) : "")}
			onFocus={(event) => event.currentTarget.select()}
			onInput={(event) => {
				setWords(event.currentTarget.value);
				setAt(0);
				if (!event.currentTarget.value) {
					props.onText("");
				}
			}}
			onClick={() => setWords(words ?? "")} onKeyDown={key} onBlur={() => setWords(null)} />
		{open && <ul role="listbox" id={list} aria-label={label(props.field.label)}>
			{rows.map((row, index) => {
				const rest = (entity?.fields ?? []).filter((field) => field.name !== entity?.title && field.type !== "file")
					.map((field) => cell(field, row)).filter(Boolean).slice(0, 3).join(" · ");
				return <li key={row.id} id={`${list}-${index}`} role="option" aria-selected={index === at}
					onPointerDown={(event) => {
						event.preventDefault();
						choose(row);
					}}>{titleOf(entity, row)}{rest && <small>{rest}</small>}</li>;
			})}
			{rows.length === 0 && <li role="option" aria-selected={false} aria-disabled="true">
				{t("没有找到", "Nothing found")}</li>}
		</ul>}
	</div>;
}

/* ---- the field ---------------------------------------------------------- */

function control(props: InputProps): JSX.Element {
	const { field } = props;
	if (field.rule === "union" && field.type === "enum") {
		return <Several {...props} />;
	}
	switch (field.type) {
	case "boolean":
		return <Truth {...props} />;
	case "enum":
		return <Choice {...props} />;
	case "reference":
		return <Reference {...props} />;
	case "text":
		return <Long {...props} />;
	default:
		return <Plain {...props} />;
	}
}

/* What the page cannot put into a field yet is not in its forms. */
export function inForms(field: Field): boolean {
	return field.type !== "file" && !(field.rule === "union" && field.type !== "enum");
}

export function FieldInput(props: Omit<InputProps, "id" | "invalid" | "describedBy"> & { prefix: string;
	problem?: string; doubt?: string }): JSX.Element {
	const { field, problem, doubt } = props;
	const id = `${props.prefix}-${field.name}`;
	const grouped = field.type === "boolean" || (field.rule === "union" && field.type === "enum");
	const hint = field.rule === "sum" ? t("累计数:各处填写的会相加", "A total: what is entered in several places adds up") : "";
	const said = [problem && `${id}-problem`, doubt && `${id}-doubt`, hint && `${id}-hint`].filter(Boolean).join(" ");
	const name = <>{label(field.label)}{field.required && <span class="required" aria-hidden="true">*</span>}
		<span class="scope" title={t("谁能看到", "Who can read it")}>{scopeWords(field.scope)}</span></>;
	const inner = control({ ...props, id, invalid: Boolean(problem), describedBy: said });
	const notes = <>
		{hint && <span class="hint" id={`${id}-hint`}>{hint}</span>}
		{problem && <span class="problem" id={`${id}-problem`} role="alert">{problem}</span>}
		{doubt && <span class="doubt" id={`${id}-doubt`}>{doubt}</span>}
	</>;
	return grouped
		? <fieldset class={`field${field.rule === "union" ? " wide" : ""}`} aria-describedby={said || undefined}>
			<legend>{name}</legend>{inner}{notes}</fieldset>
		: <div class="field"><label for={id}>{name}</label>{inner}{notes}</div>;
}
