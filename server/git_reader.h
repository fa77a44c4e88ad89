/*
 * git_reader.h -- the ledger to stock git, for reading: /ledger.git over
 * "smart HTTP".
 *
 * Whoever has a token may clone and fetch; nobody may push.  What is shown:
 * linli/clone.h; what is spoken: common/git/uploadpack.h.
 */
#ifndef LINLID_GIT_READER_H
#define LINLID_GIT_READER_H

#include "access.h"

#define GIT_READER_PREFIX "/ledger.git/"

struct git_reader;

/* ${node} and ${access} are borrowed until git_reader_close(*out). */
MUST_CHECK bool git_reader_open(struct git_reader **out, struct node *node,
	struct access *access, struct err *err);
void git_reader_close(struct git_reader *reader); /* NULL is accepted */

bool git_reader_serves(const char *path);
void git_reader_answer(struct git_reader *reader, struct front_job *job);

#endif
