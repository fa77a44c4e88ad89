-- schema.sql -- the engine's own tables; docs/architecture.md, "The store".
-- The tables of a model's entities are made by schema.c:
--   rec_<entity>(rid INTEGER PRIMARY KEY, id UNIQUE, community TEXT, alive,
--                <one column per field>, merge BLOB)
-- and the view <entity> of its living records, without rid, alive, merge.
-- Chains and records are numbered locally; the numbers never leave a node.

-- Small facts: name, federation, incarnation, next record number, clock.
CREATE TABLE fact (name TEXT PRIMARY KEY, value) WITHOUT ROWID;

-- Git objects by SHA-1 name, as the deflate stream that came in a pack.
CREATE TABLE object (
	number INTEGER PRIMARY KEY,
	oid BLOB NOT NULL UNIQUE,
	type INTEGER NOT NULL,
	size INTEGER NOT NULL,          -- inflated
	deflated BLOB NOT NULL
);

-- Attachments: the blob object that holds the bytes with this SHA-256.
CREATE TABLE file (
	sha256 BLOB PRIMARY KEY,
	oid BLOB NOT NULL
) WITHOUT ROWID;

CREATE TABLE chain (
	number INTEGER PRIMARY KEY,
	name TEXT NOT NULL UNIQUE,
	community TEXT NOT NULL,        -- of its device; 'district'
	head INTEGER NOT NULL,          -- seq of the newest bundle, 0 for none
	hash BLOB,                      -- SHA-256 of its commit
	oid BLOB                        -- its commit's object
);

-- One bundle of a chain.  lines = applied + waiting + returned, always.
CREATE TABLE slot (
	chain INTEGER NOT NULL,
	seq INTEGER NOT NULL,
	hash BLOB NOT NULL,
	objects BLOB NOT NULL,          -- names: commit, tree, changes.jsonl, [files/, its files]
	bytes INTEGER NOT NULL,         -- of their deflate streams
	lines INTEGER NOT NULL,
	applied INTEGER NOT NULL,
	waiting INTEGER NOT NULL,
	returned INTEGER NOT NULL,
	made_s INTEGER NOT NULL,
	received_ms INTEGER NOT NULL,
	told INTEGER NOT NULL,          -- 0: its receipt does not say this yet
	PRIMARY KEY (chain, seq)
) WITHOUT ROWID;

CREATE INDEX slot_hash ON slot (hash);
CREATE INDEX slot_untold ON slot (chain) WHERE told = 0;
CREATE INDEX slot_waiting ON slot (chain, waiting) WHERE waiting > 0;

-- Lines that are not applied; linli/review.h.
CREATE TABLE held (
	chain INTEGER NOT NULL,
	seq INTEGER NOT NULL,
	n INTEGER NOT NULL,
	state INTEGER NOT NULL,         -- enum line_state: waiting or returned
	reasons INTEGER NOT NULL,       -- bits of enum hold_reason that no verdict has lifted
	entity TEXT NOT NULL,
	id BLOB NOT NULL,               -- of the record
	t INTEGER NOT NULL,             -- the line's clock
	PRIMARY KEY (chain, seq, n)
) WITHOUT ROWID;
CREATE INDEX held_record ON held (entity, id);

-- Records that are not here, to which a line refers: applied ones (waits 0), so
-- that they can be held when the record is, and waiting ones (waits 1).
CREATE TABLE refers (
	entity TEXT NOT NULL,
	id BLOB NOT NULL,
	chain INTEGER NOT NULL,
	seq INTEGER NOT NULL,
	n INTEGER NOT NULL,
	waits INTEGER NOT NULL,
	PRIMARY KEY (entity, id, chain, seq, n)
) WITHOUT ROWID;

-- Bundles that must come before others that were offered.
CREATE TABLE gap (
	chain TEXT PRIMARY KEY,
	seq INTEGER NOT NULL,
	since_ms INTEGER NOT NULL
) WITHOUT ROWID;

-- What the maker of chain@seq had merged of other, from then on.
CREATE TABLE seen (
	chain INTEGER NOT NULL,
	other INTEGER NOT NULL,
	seq INTEGER NOT NULL,
	upto INTEGER NOT NULL,
	PRIMARY KEY (chain, other, seq)
) WITHOUT ROWID;

-- Lines that are applied and do not count for their record, since it was
-- handed over: linli/move.h.
CREATE TABLE apart (
	entity TEXT NOT NULL,
	id BLOB NOT NULL,               -- of the record
	chain INTEGER NOT NULL,
	seq INTEGER NOT NULL,
	n INTEGER NOT NULL,
	PRIMARY KEY (entity, id, chain, seq, n)
) WITHOUT ROWID;

-- What is still to be written about moves and merged duplicates (move_private.h).
CREATE TABLE move_work (
	kind INTEGER NOT NULL,
	entity TEXT NOT NULL,
	id BLOB NOT NULL,
	chain INTEGER NOT NULL,         -- the line, or zeros
	seq INTEGER NOT NULL,
	n INTEGER NOT NULL,
	PRIMARY KEY (kind, entity, id, chain, seq, n)
) WITHOUT ROWID;

-- What came in handovers: the values at that time, and the lines behind them.
CREATE TABLE handover (
	entity TEXT NOT NULL,
	id BLOB NOT NULL,
	giver TEXT NOT NULL,
	summary TEXT NOT NULL,          -- a canonical line; '' for no values
	written INTEGER NOT NULL,       -- are the values in lines of our own?
	PRIMARY KEY (entity, id, giver)
) WITHOUT ROWID;
CREATE TABLE handover_line (
	entity TEXT NOT NULL,
	id BLOB NOT NULL,
	line TEXT NOT NULL,             -- its name
	giver TEXT NOT NULL,
	text TEXT NOT NULL,             -- the canonical line
	PRIMARY KEY (entity, id, line)
) WITHOUT ROWID;

-- Own lines, merged here, not signed yet; seq and n are those they will have.
CREATE TABLE draft (
	chain INTEGER NOT NULL,
	seq INTEGER NOT NULL,
	n INTEGER NOT NULL,
	line TEXT NOT NULL,
	PRIMARY KEY (chain, seq, n)
) WITHOUT ROWID;

-- Drafts that were issued again: what they had seen is in seen already.
CREATE TABLE reissued (
	chain INTEGER NOT NULL,
	seq INTEGER NOT NULL,
	PRIMARY KEY (chain, seq)
) WITHOUT ROWID;

-- The lines of such drafts as they were, until they are signed.
CREATE TABLE reissued_line (
	chain INTEGER NOT NULL,
	seq INTEGER NOT NULL,
	n INTEGER NOT NULL,
	from_chain INTEGER NOT NULL,
	from_seq INTEGER NOT NULL,
	from_n INTEGER NOT NULL,
	seen_seq INTEGER NOT NULL,      -- the place of from_chain whose Seen they had
	after INTEGER NOT NULL,         -- and up to where they had seen from_chain
	fork_t INTEGER NOT NULL,        -- of their branch; 0: of none
	text TEXT NOT NULL,
	PRIMARY KEY (chain, seq, n)
) WITHOUT ROWID;

-- Bundles that gave way to another branch of their chain; linli/forks.h.
CREATE TABLE branch (
	oid BLOB PRIMARY KEY,           -- of the commit
	chain INTEGER NOT NULL,
	seq INTEGER NOT NULL,
	hash BLOB NOT NULL,             -- SHA-256 of the commit
	objects BLOB NOT NULL,          -- as in slot
	lines INTEGER NOT NULL,
	made_s INTEGER NOT NULL,
	aside_ms INTEGER NOT NULL,
	own INTEGER NOT NULL,           -- its lines were issued again
	fork_seq INTEGER NOT NULL,      -- the first place of the branch
	fork_t INTEGER NOT NULL         -- no line of either branch is older
) WITHOUT ROWID;
CREATE INDEX branch_hash ON branch (hash);

-- Records of such a branch that were issued again under another id.
CREATE TABLE renumbered (
	fork_t INTEGER NOT NULL,        -- names the branch
	entity TEXT NOT NULL,
	id BLOB NOT NULL,
	new_id BLOB NOT NULL,
	PRIMARY KEY (fork_t, entity, id)
) WITHOUT ROWID;

-- Other bundles than those here: one row for each chain and device that named it.
CREATE TABLE fork (
	chain TEXT NOT NULL,
	named_by TEXT NOT NULL,         -- '': the bundle came itself
	seq INTEGER NOT NULL,
	held BLOB,                      -- hash of the bundle here, NULL for none
	other BLOB NOT NULL,            -- hash, or its first 8 bytes
	follow INTEGER NOT NULL,        -- the other branch is to be merged here
	found_ms INTEGER NOT NULL,
	settled_ms INTEGER,             -- NULL: open
	PRIMARY KEY (chain, named_by)
) WITHOUT ROWID;

-- Repairs of own chains.
CREATE TABLE repair (
	number INTEGER PRIMARY KEY,
	at_ms INTEGER NOT NULL,
	chain TEXT NOT NULL,
	seq INTEGER NOT NULL,
	bundles INTEGER NOT NULL,
	lines INTEGER NOT NULL,
	renumbered INTEGER NOT NULL,
	lines_left INTEGER NOT NULL,
	incarnation INTEGER NOT NULL
);

-- Fields between whose values a rule decided, or a person should.
CREATE TABLE conflict (
	entity TEXT NOT NULL,
	rid INTEGER NOT NULL,
	field TEXT NOT NULL,            -- '' for the deletion
	open INTEGER NOT NULL,
	community TEXT NOT NULL,
	PRIMARY KEY (entity, rid, field)
) WITHOUT ROWID;
CREATE INDEX conflict_open ON conflict (community) WHERE open = 1;

-- Rises with every transaction that changed records of that kind and place.
CREATE TABLE touched (
	entity TEXT NOT NULL,
	community TEXT NOT NULL,
	version INTEGER NOT NULL,
	PRIMARY KEY (entity, community)
) WITHOUT ROWID;

-- Counted figures of a community; a cell is stale when one of the entities
-- that its measure reads was touched after version.
CREATE TABLE cell (
	number INTEGER PRIMARY KEY,
	measure TEXT NOT NULL,
	community TEXT NOT NULL,
	period TEXT NOT NULL,
	version INTEGER NOT NULL,
	UNIQUE (period, measure, community) -- all of a period are read at once
);
CREATE INDEX cell_measure ON cell (measure, community);
CREATE TABLE cell_value (
	cell INTEGER NOT NULL,
	breakdown TEXT NOT NULL,        -- '' for none, else '=' and its text
	value BLOB NOT NULL,            -- what is told apart: key or number; '' for a sum
	total INTEGER NOT NULL,         -- of a sum, else 0
	rows INTEGER NOT NULL,          -- of the measure that are alike
	PRIMARY KEY (cell, breakdown, value)
) WITHOUT ROWID;

-- Entities whose cells are brought up to date record by record (follow.h): all that
-- follow one are true of state version but for what was touched since.
CREATE TABLE followed (
	entity TEXT PRIMARY KEY,
	rid INTEGER NOT NULL,           -- records beyond are newer
	version INTEGER NOT NULL
) WITHOUT ROWID;

-- Erased records: of what they have in the community's own scope only deletions are
-- kept; common/store/erasing.h.
CREATE TABLE erased (
	entity TEXT NOT NULL,
	id TEXT NOT NULL,
	unmerged INTEGER NOT NULL,      -- 0: its lines are still in it
	PRIMARY KEY (entity, id)
) WITHOUT ROWID;

-- Lines that are named as erased, by their bundle's hash, and a line that does so.
CREATE TABLE erased_line (
	bundle BLOB NOT NULL,
	n INTEGER NOT NULL,
	chain INTEGER NOT NULL,
	seq INTEGER NOT NULL,
	line INTEGER NOT NULL,
	PRIMARY KEY (bundle, n)
) WITHOUT ROWID;

-- Lines of erased records whose bodies are still here.
CREATE TABLE erase_due (
	chain INTEGER NOT NULL,
	seq INTEGER NOT NULL,
	n INTEGER NOT NULL,
	entity TEXT NOT NULL,
	id TEXT NOT NULL,
	PRIMARY KEY (chain, seq, n)
) WITHOUT ROWID;

-- What other nodes have signed that they hold.
CREATE TABLE known (
	device TEXT NOT NULL,
	chain TEXT NOT NULL,
	seq INTEGER NOT NULL,
	hash BLOB NOT NULL,
	PRIMARY KEY (device, chain)
) WITHOUT ROWID;

-- Sealed bundles of communities' own scopes, passed on unread.
CREATE TABLE relay (
	number INTEGER PRIMARY KEY,
	name TEXT NOT NULL UNIQUE,
	sender TEXT NOT NULL,
	recipient TEXT NOT NULL,
	life INTEGER NOT NULL,
	chain TEXT NOT NULL,
	first INTEGER NOT NULL,
	last INTEGER NOT NULL,
	received_ms INTEGER NOT NULL,
	sealed BLOB NOT NULL
);

-- What devices last signed that they hold of their communities' own scopes: one
-- list for each of their incarnations that is still heard of.
CREATE TABLE own_list (
	device TEXT NOT NULL,
	incarnation INTEGER NOT NULL,
	heard_ms INTEGER NOT NULL,
	list TEXT NOT NULL,
	PRIMARY KEY (device, incarnation)
) WITHOUT ROWID;

-- Sealed files of others and for others, kept to be handed on (linli/pouch.h).
CREATE TABLE pouch (
	name TEXT PRIMARY KEY,          -- of the file, as on a stick
	sender TEXT NOT NULL,           -- the device that handed it in, or this one
	received_ms INTEGER NOT NULL,
	lines INTEGER NOT NULL,         -- of a list of heads of our own: changes beside it
	digest BLOB,                    -- and what it was made of
	data BLOB NOT NULL
);
-- What was handed to whom, and by whom, and when.
CREATE TABLE custody (
	number INTEGER PRIMARY KEY,
	at_ms INTEGER NOT NULL,
	given INTEGER NOT NULL,         -- 1: by this node, 0: to it
	peer TEXT NOT NULL,             -- device
	writer TEXT NOT NULL,           -- device
	audience TEXT NOT NULL,         -- community, or 'district'
	token TEXT NOT NULL,
	files INTEGER NOT NULL,
	bytes INTEGER NOT NULL,
	lines INTEGER NOT NULL,         -- -1: not known
	receipt TEXT NOT NULL           -- signed by who took it
);

-- Uploads that have not come to their end, and what became of those that have.
CREATE TABLE upload (
	number INTEGER PRIMARY KEY,
	name TEXT NOT NULL UNIQUE,
	device TEXT NOT NULL,           -- whose it is
	length INTEGER NOT NULL,        -- of the whole
	come INTEGER NOT NULL,          -- bytes that are here
	expires_ms INTEGER NOT NULL,
	metadata TEXT NOT NULL,         -- as its sender gave it
	result TEXT                     -- once it was taken in; then its bytes are gone
);
CREATE TABLE upload_piece (
	upload INTEGER NOT NULL,
	start INTEGER NOT NULL,
	bytes BLOB NOT NULL,
	PRIMARY KEY (upload, start)
) WITHOUT ROWID;

-- What was refused, in bounded space.
CREATE TABLE quarantine (
	number INTEGER PRIMARY KEY,
	received_ms INTEGER NOT NULL,
	source TEXT NOT NULL,
	what TEXT NOT NULL,
	code TEXT NOT NULL,
	reason TEXT NOT NULL,
	size INTEGER NOT NULL,
	data BLOB NOT NULL
);

-- The district's open invitations.
CREATE TABLE invitation (
	name TEXT PRIMARY KEY,          -- first 16 hex of SHA-256 of the secret
	community TEXT NOT NULL,
	secret BLOB NOT NULL,
	expires_ms INTEGER NOT NULL,
	used_by TEXT                    -- device
) WITHOUT ROWID;

-- What was done at the district, by whom and when; linli/audit.h.
CREATE TABLE audit (
	number INTEGER PRIMARY KEY,     -- from 1, without gaps
	at_ms INTEGER NOT NULL,
	actor TEXT NOT NULL,
	event TEXT NOT NULL,
	detail TEXT NOT NULL,           -- canonical JSON object
	hash BLOB NOT NULL              -- SHA-256 of the hash before and this row
);

-- People who use the district's server, and what they show it.
CREATE TABLE "user" (
	name TEXT PRIMARY KEY,
	role TEXT NOT NULL,
	created_ms INTEGER NOT NULL,
	disabled_ms INTEGER,            -- NULL: not
	public_key BLOB                 -- that signs verdicts; NULL: none
) WITHOUT ROWID;
-- Devices that are a user's own, whose lines they must not judge.
CREATE TABLE user_device (
	"user" TEXT NOT NULL,
	device TEXT NOT NULL,
	PRIMARY KEY ("user", device)
) WITHOUT ROWID;
CREATE TABLE token (
	hash BLOB PRIMARY KEY,          -- SHA-256 of the token, which is kept nowhere
	"user" TEXT NOT NULL,
	created_ms INTEGER NOT NULL,
	expires_ms INTEGER NOT NULL,
	last_used_ms INTEGER,
	revoked INTEGER NOT NULL
) WITHOUT ROWID;
