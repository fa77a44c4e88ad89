/* icons.tsx -- line drawings of our own, 24 by 24; always beside a word or with a label. */
import type { JSX } from "preact";

const drawings = {
	home: "M4 11l8-7 8 7M6 9.5V20h12V9.5M10 20v-6h4v6",
	list: "M8 6h12M8 12h12M8 18h12M4 6h.01M4 12h.01M4 18h.01",
	send: "M4 12l16-8-6 16-3-7z",
	inbox: "M4 13l2-8h12l2 8v6H4zM4 13h5a3 3 0 006 0h5",
	split: "M12 20v-7M12 13L6 5M12 13l6-8M6 9V5h4M18 9V5h-4",
	gear: "M12 9a3 3 0 100 6 3 3 0 000-6zM12 3v3M12 18v3M3 12h3M18 12h3M5.6 5.6l2.1 2.1M16.3 16.3l2.1 2.1M5.6 18.4l2.1-2.1M16.3 7.7l2.1-2.1",
	search: "M10.5 4a6.5 6.5 0 100 13 6.5 6.5 0 000-13zM15.5 15.5L20 20",
	plus: "M12 5v14M5 12h14",
	check: "M5 12.5l4.5 4.5L19 7.5",
	cross: "M6 6l12 12M18 6L6 18",
	alert: "M12 4l9 16H3zM12 10v4M12 17h.01",
	info: "M12 3a9 9 0 100 18 9 9 0 000-18zM12 11v5M12 8h.01",
	clock: "M12 3a9 9 0 100 18 9 9 0 000-18zM12 7v5l3 3",
	unknown: "M12 3a9 9 0 100 18 9 9 0 000-18zM9.5 9.5a2.5 2.5 0 115 0c0 1.7-2.5 2-2.5 3.8M12 17h.01",
	sync: "M4 11a8 8 0 0114-4l2 2M20 5v4h-4M20 13a8 8 0 01-14 4l-2-2M4 19v-4h4",
	stick: "M8 10h8v8a4 4 0 01-8 0zM9.5 10V4h5v6",
	menu: "M4 7h16M4 12h16M4 17h16",
	down: "M6 9l6 6 6-6",
	up: "M6 15l6-6 6 6",
	trash: "M5 7h14M9 7V4h6v3M7 7l1 13h8l1-13",
	pen: "M4 20l1-4L16 5l3 3L8 19z",
	copy: "M8 8h11v12H8zM5 16V4h11",
	lock: "M6 11h12v9H6zM8.5 11V8a3.5 3.5 0 017 0v3",
	columns: "M4 5h16v14H4zM10 5v14M15 5v14",
	back: "M14 6l-6 6 6 6",
	undo: "M9 7L4 12l5 5M4 12h10a6 6 0 016 6",
	shield: "M12 3l8 3v6c0 5-3.5 8-8 9-4.5-1-8-4-8-9V6z",
} as const;

export type IconName = keyof typeof drawings;

export function Icon({ name }: { name: IconName }): JSX.Element {
	return <svg class="icon" viewBox="0 0 24 24" aria-hidden="true" focusable="false">
		<path d={drawings[name]} />
	</svg>;
}
