/* sync.h -- what the parts of a sync share; see linli/exchange.h. */
#ifndef LINLI_EXCHANGE_SYNC_H
#define LINLI_EXCHANGE_SYNC_H

#include "heads.h"
#include "linli/forks.h"
#include "peer.h"
#include "refusals.h"
#include "rest.h"

/* Of bundles in one message: less where the line is slow, so that little is
 * lost when it is cut. */
#define SYNC_FIRST_FILE_BYTES (64 * 1024)
#define SYNC_LEAST_FILE_BYTES (32 * 1024)
#define SYNC_FAST_MS 5000
#define SYNC_SLOW_MS 30000

/* One file that was sent; counted when it is acknowledged. */
struct sent_file {
	struct sent_range *ranges; /* owned */
	size_t count;
	struct tally tally;
	bool counted;
};

struct sync {
	struct node *node;
	const struct sync_options *options; /* may be NULL */
	struct sync_result *result;
	struct peer peer;
	struct sync_progress progress;
	size_t file_bytes;

	char nonce[HEADS_NONCE_TEXT_BYTES]; /* what the server's next list is to be made for */

	/* From the last exchange of heads. */
	struct heads *theirs;
	json_t *reply;         /* the whole of it */
	struct heads **others; /* of the community's devices, other computers; verified */
	size_t other_count;

	struct sent_file *files; /* owned */
	size_t file_count;
	bool moved; /* something went either way since the last exchange */
	bool looked_up, looked_down; /* for what an earlier sync has left (rest.h) */
};

/* Tell how far it is; false: the user has had enough. */
MUST_CHECK bool sync_report(
	struct sync *sync, enum sync_stage stage, uint64_t done, uint64_t total, struct err *err);
/* A message with a file of bundles took that long. */
void sync_adapt(struct sync *sync, int64_t took_ms);

/* ---- sync_files.c -------------------------------------------------- */

/*
 * Bring the server ${file}; on success ${sync}->peer.reply says what became of
 * it, as the reply to POST bundles does.  ${begun}: a part may be there already.
 */
MUST_CHECK bool sync_send_file(struct sync *sync, struct view file, bool begun, struct err *err);
/*
 * GET ${path} with ${rest}->query into ${rest}->file, of which the beginning may be here.
 * ${keep}: what has come is kept in the home folder if the rest does not come.
 */
MUST_CHECK bool sync_get_file(
	struct sync *sync, const char *path, bool keep, struct rest_download *rest, struct err *err);

/* ---- common_place.c ------------------------------------------------ */

/*
 * *out: up to which bundle of ${chain}, ${upto} at most, both sides hold the same.
 * Fails as the line does, or with what is wrong about the server's bundles.
 */
MUST_CHECK bool sync_common_place(struct sync *sync, const struct chain_name *chain, uint32_t upto,
	uint32_t *out, struct err *err);

/* ---- sync_chains.c ------------------------------------------------- */

/* Get the trust records beyond those here, without knowing what there is. */
MUST_CHECK bool sync_fetch_trust(struct sync *sync, struct err *err);
MUST_CHECK bool sync_download(struct sync *sync, struct err *err);
MUST_CHECK bool sync_upload(struct sync *sync, struct err *err);
/* Count what ${sync}->theirs acknowledges; ${last}: also files in part. */
MUST_CHECK bool sync_count_sent(struct sync *sync, bool last, struct err *err);
void sync_files_clear(struct sync *sync);

/* ---- sync_trust.c -------------------------------------------------- */

/*
 * Bring the district those of its own trust records that it has lost.
 * *brought: there were such, and it has taken them.
 */
MUST_CHECK bool sync_bring_trust(struct sync *sync, bool *brought, struct err *err);

/* ---- sync_relay.c -------------------------------------------------- */

MUST_CHECK bool sync_relay_send(struct sync *sync, struct err *err);
MUST_CHECK bool sync_relay_fetch(struct sync *sync, struct err *err);

#endif
