/* router.tsx -- where one is, is in the address: path and query. */
import { computed, signal } from "@preact/signals";
import type { ComponentChildren, JSX } from "preact";

const here = (): string => location.pathname + location.search;

export const address = signal(here());
export const path = computed(() => address.value.split("?")[0] ?? "/");
export const query = computed(() => new URLSearchParams(address.value.split("?")[1] ?? ""));

/* Asked before an address is left; false keeps it. */
let guard: (() => boolean) | null = null;
export function guardLeaving(ask: (() => boolean) | null): void {
	guard = ask;
}

addEventListener("popstate", () => {
	address.value = here();
});
addEventListener("beforeunload", (event) => {
	if (guard && !guard()) {
		event.preventDefault();
	}
});

export function go(to: string): void {
	if (to !== address.value) {
		history.pushState(null, "", to);
		address.value = here();
		scrollTo(0, 0);
	}
}

/* Another query at the same place, without a step for the back button. */
export function setQuery(change: (query: URLSearchParams) => void): void {
	const next = new URLSearchParams(query.value);
	change(next);
	const text = next.toString();
	history.replaceState(null, "", text ? `${path.value}?${text}` : path.value);
	address.value = here();
}

/* What stands for :names in ${pattern}, or null. */
export function match(pattern: string, at: string): { [name: string]: string } | null {
	const wanted = pattern.split("/");
	const parts = at.split("/");
	const found: { [name: string]: string } = {};
	if (wanted.length !== parts.length) {
		return null;
	}
	for (let i = 0; i < wanted.length; i++) {
		const want = wanted[i] ?? "";
		const part = parts[i] ?? "";
		if (want.startsWith(":") && part) {
			try {
				found[want.slice(1)] = decodeURIComponent(part);
			} catch {
				return null;
			}
		} else if (want !== part) {
			return null;
		}
	}
	return found;
}

export interface Route {
	pattern: string; /* "/records/:entity/:id" */
	view: (params: { [name: string]: string }) => JSX.Element;
}

export function find(routes: Route[]): JSX.Element | null {
	for (const route of routes) {
		const params = match(route.pattern, path.value);
		if (params) {
			return route.view(params);
		}
	}
	return null;
}

type LinkProps = { to: string; children: ComponentChildren } &
	Omit<JSX.HTMLAttributes<HTMLAnchorElement>, "href" | "onClick">;

export function Link({ to, children, ...rest }: LinkProps): JSX.Element {
	return <a {...rest} href={to} onClick={(event) => {
		if (event.button === 0 && !event.ctrlKey && !event.metaKey && !event.shiftKey) {
			event.preventDefault();
			go(to);
		}
	}}>{children}</a>;
}
