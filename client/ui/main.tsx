/* main.tsx -- the community's page. */
import "../common/style.css";
import { render, type JSX } from "preact";
import { t } from "../common/i18n";
import { Empty, Toasts } from "../common/pieces";
import { find, Link, type Route } from "../common/router";
import { Conflicts } from "./conflicts";
import { Frame } from "./frame";
import { Home } from "./home";
import { Inbox } from "./inbox";
import { RecordEdit, RecordNew, RecordShown, Records } from "./records";
import { Sending } from "./sending";
import { Settings } from "./settings";
import { Start } from "./start";
import { begin, session } from "./state";

const routes: Route[] = [
	{ pattern: "/", view: () => <Home /> },
	{ pattern: "/records/:entity", view: (at) => <Records key={at.entity} name={at.entity ?? ""} /> },
	{ pattern: "/records/:entity/new", view: (at) => <RecordNew name={at.entity ?? ""} /> },
	{ pattern: "/records/:entity/:id", view: (at) => <RecordShown name={at.entity ?? ""} id={at.id ?? ""} /> },
	{ pattern: "/records/:entity/:id/edit", view: (at) => <RecordEdit name={at.entity ?? ""} id={at.id ?? ""} /> },
	{ pattern: "/sending", view: () => <Sending /> },
	{ pattern: "/inbox", view: () => <Inbox /> },
	{ pattern: "/conflicts", view: () => <Conflicts /> },
	{ pattern: "/settings", view: () => <Settings /> },
];

function Page(): JSX.Element {
	if (session.value === null) {
		return <Toasts />;
	}
	if (session.value.state !== "ready") {
		return <Start />;
	}
	return <Frame>{find(routes) ?? <Empty title={t("没有这个页面", "There is no such page")}>
		<Link to="/" class="button">{t("回到待办", "Back to the start")}</Link></Empty>}</Frame>;
}

const root = document.getElementById("page");
if (root) {
	void begin().then(() => render(<Page />, root));
}
