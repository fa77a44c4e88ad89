/* files.c -- attachments for those who make and read records; see linli/files.h. */
#include "linli/files.h"

#include "node_private.h"

bool files_keep(struct node *node, struct view data, char hex[65], struct err *err)
{
	if (data.len > FILES_MAX_BYTES) {
		return err_set(err, ERR_TOO_LARGE,
			ERR_BOTH("附件不能超过 16 MB", "an attachment has 16 MB at most"));
	}
	return file_keep(node, data, hex, err);
}

bool files_get(struct node *node, struct view hex, struct buf *out, struct err *err)
{
	enum git_type type;
	struct oid oid;

	return file_find(node, hex, &oid, err) && object_get(node, &oid, &type, out, err);
}
