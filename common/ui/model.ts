/* model.ts -- what can be recorded, and how its values are read. */
import { signal } from "@preact/signals";
import { get, type Entity, type Field, type FullRecord, type Model, type Row, type Value } from "./api";
import { label, language, number, t } from "./i18n";

export const model = signal<Model | null>(null);

export async function loadModel(): Promise<void> {
	model.value = await get("/model");
}

export function entityOf(name: string): Entity | undefined {
	return model.value?.entities.find((one) => one.name === name);
}

export function fieldOf(entity: Entity | undefined, name: string): Field | undefined {
	return entity?.fields.find((one) => one.name === name);
}

export function memberLabel(field: Field, name: string): string {
	const member = field.members.find((one) => one.name === name);
	return member ? label(member.label) : name;
}

const hundredths = (n: number): string => {
	const whole = Math.trunc(Math.abs(n) / 100);
	const rest = String(Math.abs(n) % 100).padStart(2, "0");
	return `${n < 0 ? "-" : ""}${number(whole)}.${rest}`;
};

/* 万元 as people write large sums. */
export function money(fen: number): string {
	if (Math.abs(fen) >= 1e6 && fen % 1e4 === 0) {
		const wan = (fen / 1e6).toFixed(2).replace(/\.?0+$/, "");
		return language.value === "zh" ? `${wan} 万元` : `¥${hundredths(fen)}`;
	}
	return language.value === "zh" ? `${hundredths(fen)} 元` : `¥${hundredths(fen)}`;
}

/* Square centimetres as square metres, exactly. */
export function area(cm2: number): string {
	const whole = Math.trunc(cm2 / 10000);
	const rest = String(cm2 % 10000).padStart(4, "0").replace(/00$/, "");
	return `${number(whole)}.${rest} ㎡`;
}

function one(field: Field, value: Value): string {
	switch (field.type) {
	case "boolean":
		return value === true ? t("是", "yes") : t("否", "no");
	case "enum":
		return memberLabel(field, String(value));
	case "money":
		return typeof value === "number" ? money(value) : String(value);
	case "area":
		return typeof value === "number" ? area(value) : String(value);
	case "integer":
		return typeof value === "number"
			? `${field.name.includes("decade") ? value : number(value)}${field.unit ? ` ${field.unit}` : ""}`
			: String(value);
	case "file":
		return String(value).slice(0, 12);
	default:
		return String(value);
	}
}

/* A value for people; ${title} is what a reference leads to. */
export function show(field: Field, value: unknown, title?: string): string {
	if (value === undefined || value === null || value === "") {
		return "";
	}
	if (field.type === "reference" && title !== undefined) {
		return title;
	}
	if (Array.isArray(value)) {
		return value.map((element) => one(field, element as Value)).join(t("、", ", "));
	}
	return one(field, value as Value);
}

export function cell(field: Field, row: Row | FullRecord): string {
	return show(field, row.values[field.name], row.titles[field.name]);
}

/* What a record is called. */
export function titleOf(entity: Entity | undefined, row: { id: string; values: { [name: string]: unknown };
	titles?: { [name: string]: string } }): string {
	const named = entity?.title ? row.values[entity.title] : undefined;
	if (typeof named === "string" && named) {
		return named;
	}
	const parts = (entity?.fields ?? [])
		.map((field) => show(field, row.values[field.name], row.titles?.[field.name]))
		.filter((text) => text && text.length < 40);
	return parts.slice(0, 2).join(" · ") || row.id;
}

/* The text that a form begins with; bare numbers are yuan and square metres there. */
export function editable(field: Field, value: unknown): string | string[] {
	if (Array.isArray(value)) {
		return value as string[];
	}
	if (value === undefined || value === null) {
		return field.rule === "union" ? [] : "";
	}
	if (field.type === "money" && typeof value === "number") {
		return hundredths(value).replace(/,/g, "").replace(/\.00$/, "");
	}
	if (field.type === "area" && typeof value === "number") {
		return area(value).replace(/[,㎡ ]/g, "").replace(/\.00$/, "");
	}
	return String(value);
}

/* And as the program reads it. */
export function typed(field: Field, text: string | string[]): string | string[] {
	if (typeof text !== "string") {
		return text;
	}
	const bare = text.trim();
	if (/^-?[\d.,,]+$/.test(bare)) {
		if (field.type === "money") {
			return `${bare}元`;
		}
		if (field.type === "area") {
			return `${bare}平方米`;
		}
	}
	return field.type === "text" ? text : bare;
}

/* Who will ever be able to read it. */
export function scopeWords(scope: string): string {
	switch (scope) {
	case "community":
		return t("仅本社区", "this community only");
	case "district":
		return t("本社区和区里", "this community and the district");
	default:
		return t("全区各社区", "every community");
	}
}
