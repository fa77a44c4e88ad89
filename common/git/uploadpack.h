/*
 * uploadpack.h -- what git asks of a server it fetches from, and how it is
 * answered: the words of the protocol, without any objects.
 *
 * Each request stands for itself, as over HTTP ("stateless"): git repeats
 * what it has said.  Versions 0 and 2.  What was not offered is not taken:
 * no shallow or partial clones, no thin packs.  Every reader here gets a
 * stranger's bytes.  Source: git's gitprotocol-http(5), gitprotocol-pack(5),
 * gitprotocol-v2(5); what of it is spoken: docs/exchange.md, "Stock git".
 */
#ifndef LINLI_UPLOADPACK_H
#define LINLI_UPLOADPACK_H

#include "git.h"
#include "ledger.h"

#define UPLOAD_MAX_WANTS 16384
#define UPLOAD_MAX_HAVES 32768
#define UPLOAD_MAX_PREFIXES 1024
#define UPLOAD_BODY_MAX_BYTES (16 * 1024 * 1024) /* unpacked */

/*
 * Append the reply to GET info/refs?service=git-upload-pack.  ${agent}: how
 * the server calls itself, "linli/0.1.0".
 */
void upload_advertise(struct buf *out, const struct ledger_refs *refs, const char *agent,
	bool version_2);

enum upload_command {
	UPLOAD_NOTHING, /* git only looks whether it would be let in */
	UPLOAD_LS_REFS, /* version 2 */
	UPLOAD_FETCH
};

struct upload_request {
	enum upload_command command;
	bool version_2;

	/* UPLOAD_FETCH; the names lie in the arena. */
	const struct oid *wants, *haves;
	size_t want_count, have_count;
	bool done;          /* wants the pack now, whatever was found */
	bool flushed;       /* version 0: the list of haves ended for this time */
	bool detailed;      /* version 0: wants to hear of each common commit */
	size_t band_bytes;  /* of data in a line of the side band; 0: none is wanted */

	/* UPLOAD_LS_REFS */
	bool symrefs;
	const struct view *prefixes; /* borrowed from the body */
	size_t prefix_count;         /* 0: all */
};

/*
 * Read the body of POST git-upload-pack; what it says lies in ${arena} and
 * in ${body}.  Fails with ERR_FORMAT, ERR_TOO_LARGE, ERR_NOMEM.
 */
MUST_CHECK bool upload_parse(struct upload_request *out, struct arena *arena, struct view body,
	struct err *err);

/* Append the reply to UPLOAD_LS_REFS. */
void upload_list(struct buf *out, const struct ledger_refs *refs,
	const struct upload_request *request);

/*
 * Append what comes before the pack, or instead of it.  ${common}: those of
 * the haves that are here, in their order.  ${ready}: each thing that is
 * wanted has a common commit.  *pack: the pack follows, in a side band of
 * ${request}->band_bytes, and then upload_finish().
 */
void upload_acknowledge(struct buf *out, const struct upload_request *request,
	const struct oid *common, size_t count, bool ready, bool *pack);
/* What comes behind the pack. */
void upload_finish(struct buf *out, const struct upload_request *request);

/* Append a line that makes git stop and show ${sentence}. */
void upload_refuse(struct buf *out, const char *sentence);

#endif
