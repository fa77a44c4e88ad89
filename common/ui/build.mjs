// node build.mjs SOURCE BUILD: checks the pages' sources, bundles and
// compresses them to BUILD/dist/client and BUILD/dist/server.
//
// BUILD holds node_modules; the sources are linked into it, so that what they
// import is found there.  Types of the API are made from docs/page-api.yaml,
// names of the model's entities and fields from the built-in model.
import { spawnSync } from "node:child_process";
import fs from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import zlib from "node:zlib";

const [source, build] = process.argv.slice(2).map((folder) => path.resolve(folder));
const pages = ["client", "server"].filter((page) =>
	fs.existsSync(path.join(source, page, "ui", "index.html")));
const tool = createRequire(path.join(build, "package.json"));

process.chdir(build);
link();
fs.mkdirSync("generated", { recursive: true });
run("openapi-typescript", path.join(source, "docs/page-api.yaml"), "-o", "generated/page-api.ts");
fs.writeFileSync("generated/model-names.ts", modelNames());
fs.writeFileSync("tsconfig.json", JSON.stringify({
	extends: "./common/tsconfig.json",
	include: ["generated/*.ts", "common/**/*.ts", "common/**/*.tsx",
		...pages.flatMap((page) => [`${page}/**/*.ts`, `${page}/**/*.tsx`])],
}));
run("tsc", "-p", "tsconfig.json");

fs.rmSync("dist", { recursive: true, force: true });
for (const page of pages) {
	await bundle(page);
}
fs.writeFileSync("dist/built", "");

/* Run a tool; what it says is shown where it fails. */
function run(name, ...words) {
	const done = spawnSync(path.join(build, "node_modules", ".bin", name), words, { encoding: "utf8" });
	if (done.status !== 0) {
		process.stderr.write(`${done.stdout}${done.stderr}`);
		process.exit(1);
	}
}

function link() {
	for (const [name, folder] of [["common", "common/ui"], ["client", "client/ui"],
		["server", "server/ui"]]) {
		fs.rmSync(name, { force: true });
		fs.symlinkSync(path.join(source, folder), name);
	}
}

/* Unions of what the built-in model names, for the views that know some of it. */
function modelNames() {
	const model = JSON.parse(fs.readFileSync(path.join(source, "common/model/gongshu.json")));
	const union = (names) => names.map((name) => JSON.stringify(name)).join(" | ") || "never";
	const lines = ["/* Made by build.mjs from common/model/gongshu.json. */",
		`export type EntityName = ${union(model.entities.map((entity) => entity.name))};`,
		"export interface FieldNames {"];
	for (const entity of model.entities) {
		lines.push(`\t${entity.name}: ${union(entity.fields.map((field) => field.name))};`);
	}
	lines.push("}", "export interface MemberNames {");
	for (const entity of model.entities) {
		for (const field of entity.fields.filter((one) => one.members)) {
			lines.push(`\t"${entity.name}.${field.name}": ` +
				`${union(field.members.map((member) => member.name))};`);
		}
	}
	lines.push("}",
		`export type MeasureName = ${union(model.measures.map((one) => one.name))};`,
		`export type IndicatorName = ${union(model.indicators.map((one) => one.name))};`, "");
	return lines.join("\n");
}

async function bundle(page) {
	const esbuild = tool("esbuild");
	const out = path.join("dist", page, "assets");
	const result = await esbuild.build({
		entryPoints: { [page]: `${page}/main.tsx` },
		bundle: true,
		splitting: true,
		format: "esm",
		target: ["chrome87", "firefox78"],
		minify: true,
		charset: "utf8",
		legalComments: "none",
		jsx: "automatic",
		jsxImportSource: "preact",
		preserveSymlinks: true,
		entryNames: "[name]-[hash]",
		chunkNames: "[name]-[hash]",
		assetNames: "[name]-[hash]",
		outdir: out,
		metafile: true,
		logLevel: "warning",
	});
	const entry = Object.entries(result.metafile.outputs).find(([, one]) =>
		one.entryPoint === `${page}/main.tsx`);
	const html = fs.readFileSync(path.join(source, page, "ui", "index.html"), "utf8")
		.replace("{script}", `/assets/${path.basename(entry[0])}`)
		.replace("{style}", `/assets/${path.basename(entry[1].cssBundle)}`);
	fs.writeFileSync(path.join("dist", page, `${page}.html`), html);
	fs.writeFileSync(path.join("dist", `${page}.json`), JSON.stringify(firstLoad(page, result, entry)));
	licences(page);
	compress(path.join("dist", page));
}

/* What the browser needs before the page shows: the entry and what it imports at once. */
function firstLoad(page, result, entry) {
	const files = new Set([entry[0], entry[1].cssBundle]);
	const follow = (name) => {
		for (const one of result.metafile.outputs[name].imports) {
			if (one.kind === "import-statement" && !files.has(one.path)) {
				files.add(one.path);
				follow(one.path);
			}
		}
	};
	follow(entry[0]);
	return [...files, path.join("dist", page, `${page}.html`)]
		.map((file) => path.relative(path.join("dist", page), file));
}

/* The licences of what is bundled go with it. */
function licences(page) {
	const { dependencies } = JSON.parse(fs.readFileSync("package.json"));
	const names = [...Object.keys(dependencies), "@preact/signals-core"];
	const text = names.map((name) => {
		const folder = path.join("node_modules", name);
		const file = fs.readdirSync(folder).find((one) => /^licen[cs]e/i.test(one));
		return `${name}\n\n${fs.readFileSync(path.join(folder, file), "utf8")}`;
	});
	fs.writeFileSync(path.join("dist", page, "licences.txt"), text.join("\n\n----\n\n"));
}

function compress(folder) {
	for (const entry of fs.readdirSync(folder, { withFileTypes: true })) {
		const file = path.join(folder, entry.name);
		if (entry.isDirectory()) {
			compress(file);
		} else {
			fs.writeFileSync(`${file}.gz`, zlib.gzipSync(fs.readFileSync(file), { level: 9 }));
			fs.rmSync(file);
		}
	}
}
