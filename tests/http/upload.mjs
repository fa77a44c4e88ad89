// upload.mjs -- a foreign uploader: tus-js-client sends FILE to URL with the
// session in the environment's TOKEN.
//
//   node upload.mjs URL FILE CHUNK_BYTES [--stop-after BYTES]
//
// --stop-after: give up there and print where the upload is; run again with
// that address in the environment's UPLOAD it goes on.
import fs from 'node:fs'
import tus from 'tus-js-client'

const [url, file, chunk, , stopAfter] = process.argv.slice(2)
const bytes = fs.readFileSync(file)
let first = -1

const upload = new tus.Upload(bytes, {
	endpoint: url,
	uploadUrl: process.env.UPLOAD || null,
	chunkSize: Number(chunk),
	retryDelays: [0, 100, 500, 1000],
	headers: { Authorization: `Bearer ${process.env.TOKEN}` },
	metadata: { filename: 'records.bundle' },
	uploadDataDuringCreation: process.env.WITH_CREATION === '1',
	onError(error) {
		console.error(String(error))
		process.exit(1)
	},
	onChunkComplete(size, accepted) {
		first = first < 0 ? accepted - size : first
		if (stopAfter && accepted >= Number(stopAfter) && accepted < bytes.length) {
			upload.abort(false).then(() => {
				console.log(JSON.stringify({ url: upload.url, accepted }))
				process.exit(0)
			})
		}
	},
	onSuccess() {
		console.log(JSON.stringify({ url: upload.url, accepted: bytes.length, first }))
	},
})
upload.start()
