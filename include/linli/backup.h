/*
 * backup.h -- a node in one sealed file, and a home folder from such a file.
 *
 * A backup holds the store and the device's key, as they lay in the home,
 * sealed with age to the device itself and to whom else is named.  It
 * counts as one only after it was read back from the disk, opened, and every
 * signature and record in it verified.  Whoever can open it can act as the
 * device, unless its key has a passphrase.  Format: docs/format.md, "Backup
 * file".
 */
#ifndef LINLI_BACKUP_H
#define LINLI_BACKUP_H

#include "linli/chains.h"

#define BACKUP_MAX_RECIPIENTS 16 /* besides the device */
#define BACKUP_MAX_IDENTITIES 16
#define BACKUP_MAX_KEEP 10000
#define BACKUP_SUFFIX ".age"
#define BACKUP_NAME_BYTES 96 /* of a file in a folder of backups, with the NUL */

enum backup_stage {
	BACKUP_COPYING,   /* bytes of the store */
	BACKUP_SEALING,   /* bytes */
	BACKUP_OPENING,   /* bytes of the sealed file */
	BACKUP_CHECKING,  /* bundles and records */
	BACKUP_STAGES
};

/* ---- making one ----------------------------------------------------- */

struct backup_request {
	const char *path;           /* a new file */
	const char *const *to;      /* further recipients, "age1…" */
	size_t to_count;            /* BACKUP_MAX_RECIPIENTS at most */
	const char *passphrase;     /* of device.key; NULL: it has none */
	/* ${total} is 0 where it is not known.  NULL: nobody is told. */
	void (*progress)(void *ctx, enum backup_stage stage, uint64_t done, uint64_t total);
	void *ctx;
};

struct backup_made {
	uint64_t bytes;             /* of the file */
	char sha256[65];            /* of the file */
	uint64_t store_bytes;
	size_t recipients;          /* with the device itself */
	struct check_report report; /* of the trial restore */
	struct head *heads;         /* what is in it; released by backup_made_clear() */
	size_t head_count;
};
void backup_made_clear(struct backup_made *made);

/*
 * Sign what is not signed yet, write the backup and verify it.  The file has
 * its name only when that has succeeded; on failure there is none, and what
 * was needed on the way (as much room as the store takes, in the home) is
 * given back, now or by the next backup.  At the district the audit log and
 * the next receipts say so.
 * Fails with ERR_EXISTS, ERR_FORMAT (a recipient), ERR_DISK_FULL, ERR_BUSY
 * (another backup of this home runs), ERR_STORE (the copy is not sound).
 */
MUST_CHECK bool backup_make(struct node *node, const struct backup_request *request,
	struct backup_made *out, struct err *err);
/* Look only whether it could be begun: as backup_make() fails. */
MUST_CHECK bool backup_rehearse(struct node *node, const struct backup_request *request,
	struct backup_made *out, struct err *err);

/*
 * The name of a backup of ${node} made now, in a folder of backups:
 * linli-<community>-<device>-<YYYYMMDD>-<HHMMSS>.age, by China's time.
 */
void backup_name(struct node *node, char out[BACKUP_NAME_BYTES]);
/*
 * Of the backups of ${node}'s device in ${folder} remove all but the newest
 * ${keep}, 1 at least, by their names; ${made}, the one just verified, stays
 * whatever its name.  Others' files are not looked at.  ${removed} is told each.
 */
MUST_CHECK bool backup_prune(struct node *node, const char *folder, const char *made,
	uint32_t keep, bool (*removed)(void *ctx, const char *name, struct err *err), void *ctx,
	struct err *err);

/* ---- a home from one ------------------------------------------------ */

struct restore_request {
	const char *file;             /* a backup, or a plain copy of a store */
	const char *identity;         /* file: age identities or a device.key; NULL: the home's key */
	const char *key;              /* device.key for a plain copy; NULL: the home's */
	const struct node_options *options; /* the home, and the passphrase of the key */
	bool district;                /* whose backup it must be */
	bool replace;                 /* what is in the home is moved aside */
	bool dry_run;                 /* verify only */
	void (*progress)(void *ctx, enum backup_stage stage, uint64_t done, uint64_t total);
	void *ctx;
};

struct restored {
	bool sealed;                /* it was a backup, not a plain copy */
	int64_t made_ms;            /* when; 0: a plain copy does not say */
	struct check_report report;
	uint32_t incarnation;       /* that it goes on under */
	struct buf aside;           /* where the home's files were moved; empty: there were none */
	bool older_key;             /* it is of before the key in the home was changed */
	/* Could be compared with what was there: is anything active again? */
	bool compared;
	struct buf users, devices;  /* each ended by a NUL */
};
void restored_clear(struct restored *restored);

/*
 * Verify the file beside the home, from its signatures up, and only then put
 * it in place, under a new incarnation.  Whatever fails, and wherever it is
 * cut off, the home has what it had, or can be restored again, and nothing of
 * it is lost.
 * Fails with ERR_EXISTS (there are records and ${replace} is not set),
 * ERR_KEY, ERR_SEALED, ERR_HASH, ERR_FORMAT, ERR_STORE, ERR_SCOPE (a community's
 * for the district, or the other way round), ERR_FEDERATION, ERR_BUSY.
 */
MUST_CHECK bool restore_run(
	struct restored *out, const struct restore_request *request, struct err *err);

#endif
