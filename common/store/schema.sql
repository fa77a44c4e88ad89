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
	PRIMARY KEY (chain, seq)
) WITHOUT ROWID;

-- What the maker of chain@seq had merged of other, from then on.
CREATE TABLE seen (
	chain INTEGER NOT NULL,
	other INTEGER NOT NULL,
	seq INTEGER NOT NULL,
	upto INTEGER NOT NULL,
	PRIMARY KEY (chain, other, seq)
) WITHOUT ROWID;

-- Own lines, merged here, not signed yet; seq and n are those they will have.
CREATE TABLE draft (
	chain INTEGER NOT NULL,
	seq INTEGER NOT NULL,
	n INTEGER NOT NULL,
	line TEXT NOT NULL,
	PRIMARY KEY (chain, seq, n)
) WITHOUT ROWID;

-- Fields between whose values a rule decided, or a person should.
CREATE TABLE conflict (
	entity TEXT NOT NULL,
	rid INTEGER NOT NULL,
	field TEXT NOT NULL,            -- '' for the deletion
	open INTEGER NOT NULL,
	community TEXT NOT NULL,
	PRIMARY KEY (entity, rid, field)
) WITHOUT ROWID;

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
CREATE TABLE cell_value (
	cell INTEGER NOT NULL,
	position INTEGER NOT NULL,
	breakdown,                      -- NULL: none
	value,                          -- number; key for distinct measures
	PRIMARY KEY (cell, position)
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
	chain TEXT NOT NULL,
	first INTEGER NOT NULL,
	last INTEGER NOT NULL,
	received_ms INTEGER NOT NULL,
	sealed BLOB NOT NULL
);

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
	disabled_ms INTEGER             -- NULL: not
) WITHOUT ROWID;
CREATE TABLE token (
	hash BLOB PRIMARY KEY,          -- SHA-256 of the token, which is kept nowhere
	"user" TEXT NOT NULL,
	created_ms INTEGER NOT NULL,
	expires_ms INTEGER NOT NULL,
	last_used_ms INTEGER,
	revoked INTEGER NOT NULL
) WITHOUT ROWID;
