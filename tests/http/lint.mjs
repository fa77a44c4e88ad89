// lint.mjs -- FILE.yaml as Redocly's rules see it; problems go to stderr.
import openapi from '@redocly/openapi-core'

const { createConfig, formatProblems, getTotals, lint } = openapi
const config = await createConfig({
	extends: ['recommended-strict'],
	rules: {
		'info-license': 'off', // as long as the project has none that is public
		'no-server-example.com': 'off', // each district has its own
		'operation-4xx-response': 'off', // "default" says what errors look like
	},
})
const problems = await lint({ ref: process.argv[2], config })
const totals = getTotals(problems)
if (totals.errors + totals.warnings !== 0) {
	formatProblems(problems, { format: 'stylish', totals, version: '1' })
	process.exit(1)
}
console.log('no problems')
