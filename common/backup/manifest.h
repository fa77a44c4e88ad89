/*
 * manifest.h -- the first member of a backup: whose it is, of when, and what
 * the others hold.  One text for one value (docs/format.md, "Backup file").
 */
#ifndef LINLI_BACKUP_MANIFEST_H
#define LINLI_BACKUP_MANIFEST_H

#include "linli/names.h"
#include "sha256.h"

#define MANIFEST_NAME "manifest"
#define MANIFEST_MAX_BYTES 1024

/* The members behind it, in this order. */
enum manifest_file { MANIFEST_STORE, MANIFEST_KEY, MANIFEST_FILES };
/* "store.db", "device.key"; static. */
const char *manifest_file_name(enum manifest_file file);
/* The most that such a file may have. */
uint64_t manifest_file_max(enum manifest_file file);

struct manifest {
	struct device_id federation, device;
	char community[SLUG_TEXT_BYTES]; /* DISTRICT_SLUG of the district's */
	uint32_t incarnation;
	int64_t made_ms; /* by its maker's clock */
	struct {
		uint64_t bytes;
		uint8_t sha256[SHA256_BYTES];
	} files[MANIFEST_FILES];
};

void manifest_print(struct buf *out, const struct manifest *manifest);
/* Of untrusted text.  ERR_FORMAT unless it is what the writer writes; ERR_TOO_LARGE, ERR_NOMEM. */
MUST_CHECK bool manifest_parse(struct manifest *out, struct view text, struct err *err);

#endif
