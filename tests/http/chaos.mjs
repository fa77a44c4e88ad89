// chaos.mjs -- a line that is bad in a way that can be repeated: a TCP proxy.
//
//   node chaos.mjs PORT [--seed N] [--delay MS] [--rate BYTES_A_SECOND]
//        [--cut BYTES] [--swap ONE_IN] [--swallow]
//
// Listens at a free port of 127.0.0.1, which it prints, and passes on to PORT;
// prints "under way" once 4 kB of one connection have gone up.
// --cut: each connection ends, both ways at once, after that many bytes, more or
// less by chance.  --swap: one piece in so many changes places with the next.
// --swallow: uploads are answered as if they had arrived, and do not; a check
// of what arrived must find that out.
import net from 'node:net'

const options = { seed: 1, delay: 0, rate: 0, cut: 0, swap: 0, swallow: false }
const [port, ...rest] = process.argv.slice(2)
for (let i = 0; i < rest.length; i++) {
	const name = rest[i].replace(/^--/, '')
	if (!(name in options)) {
		console.error(`no such option: ${rest[i]}`)
		process.exit(2)
	}
	options[name] = name === 'swallow' ? true : Number(rest[++i])
}

// mulberry32: the same seed, the same weather.
let state = options.seed >>> 0
function chance() {
	state = (state + 0x6d2b79f5) >>> 0
	let t = state
	t = Math.imul(t ^ (t >>> 15), t | 1)
	t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
	return ((t ^ (t >>> 14)) >>> 0) / 4294967296
}

const wait = ms => new Promise(resolve => setTimeout(resolve, ms))

function pass(from, to, line, upwards) {
	let held = null
	let up = 0
	let busy = Promise.resolve()
	const write = async piece => {
		for (let at = 0; at < piece.length && !line.over; at += 1024) {
			const part = piece.subarray(at, Math.min(at + 1024, piece.length, at + line.left))
			if (options.rate) {
				await wait((part.length * 1000) / options.rate)
			}
			to.write(part)
			line.left -= part.length
			up += upwards ? part.length : 0
			if (up >= 4096 && up - part.length < 4096) {
				console.log('under way')
			}
			if (line.left <= 0) {
				line.end()
			}
		}
	}
	const take = async piece => {
		if (options.delay) {
			await wait(chance() * options.delay)
		}
		if (held) {
			const before = held
			held = null
			await write(piece)
			await write(before)
		} else if (options.swap && chance() < 1 / options.swap) {
			held = piece
			await wait(20)
			if (held) {
				const late = held
				held = null
				await write(late)
			}
		} else {
			await write(piece)
		}
	}
	from.on('data', piece => {
		if (options.swallow && line.swallowed(piece, from)) {
			return
		}
		// Two at once, so that one may overtake the other.
		busy = options.swap ? Promise.all([busy, take(piece)]) : busy.then(() => take(piece))
	})
	from.on('end', () => busy.then(() => to.end()))
	from.on('error', () => line.end())
}

const server = net.createServer(client => {
	const district = net.connect(Number(port), '127.0.0.1')
	const line = {
		over: false,
		left: options.cut ? Math.round(options.cut * (0.5 + chance())) : Infinity,
		skip: 0,
		end() {
			if (!this.over) {
				this.over = true
				// What was passed on arrives; then there is nothing more.
				client.end()
				district.end()
				setTimeout(() => (client.destroy(), district.destroy()), 50)
			}
		},
		swallowed(piece, from) {
			if (from !== client) {
				return false
			}
			if (this.skip > 0) {
				this.skip -= piece.length
			} else {
				const text = piece.toString('latin1')
				const length = /^POST \/api\/v1\/uploads [^]*\r\nUpload-Length: (\d+)\r\n/i.exec(text)
				if (!length) {
					return false
				}
				this.length = Number(length[1])
				this.skip = text.indexOf('\r\n\r\n') + 4 + this.length - piece.length
			}
			if (this.skip <= 0) {
				const body = '{"schema":1,"taken":{"bundles":1,"lines":1,"bytes":1},' +
					'"duplicates":0,"refused":[]}'
				client.write(`HTTP/1.1 201 Created\r\nUpload-Offset: ${this.length}\r\n` +
					'Tus-Resumable: 1.0.0\r\nContent-Type: application/json\r\n' +
					`Content-Length: ${body.length}\r\n\r\n${body}`)
			}
			return true
		},
	}
	client.on('error', () => line.end())
	district.on('error', () => line.end())
	pass(client, district, line, true)
	pass(district, client, line, false)
})
server.listen(0, '127.0.0.1', () => console.log(server.address().port))
