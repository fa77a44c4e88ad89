// routes.mjs -- "METHOD /path" of each operation in FILE.yaml.
import openapi from '@redocly/openapi-core'

const { bundle, createConfig } = openapi
const config = await createConfig({})
const { parsed } = (await bundle({ ref: process.argv[2], config })).bundle
const methods = ['get', 'head', 'post', 'put', 'patch', 'delete', 'options']
for (const [path, item] of Object.entries(parsed.paths)) {
	for (const method of methods) {
		if (item[method]) {
			console.log(`${method.toUpperCase()} ${path}`)
		}
	}
}
