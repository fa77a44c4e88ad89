/* stages.h -- the progress of a backup or a restore, stage by stage. */
#ifndef LINLI_CLI_STAGES_H
#define LINLI_CLI_STAGES_H

#include "linli/backup.h"
#include "progress.h"

struct stages {
	const struct env *env;
	struct progress progress;
	bool begun;
	enum backup_stage stage;
};

void stages_begin(struct stages *stages, const struct env *env);
/* What backup_make() and restore_run() call; ${ctx} is the struct stages. */
void stages_update(void *ctx, enum backup_stage stage, uint64_t done, uint64_t total);
void stages_end(struct stages *stages);

#endif
