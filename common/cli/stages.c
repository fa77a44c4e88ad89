/* stages.c -- see stages.h. */
#include <string.h>

#include "stages.h"

static const struct phrase phrases[BACKUP_STAGES] = {
	[BACKUP_COPYING] = { "复制", "Copying" },
	[BACKUP_SEALING] = { "加密", "Sealing" },
	[BACKUP_OPENING] = { "解密", "Opening" },
	[BACKUP_CHECKING] = { "验证", "Checking" },
};

void stages_begin(struct stages *stages, const struct env *env)
{
	memset(stages, 0, sizeof(*stages));
	stages->env = env;
}

void stages_update(void *ctx, enum backup_stage stage, uint64_t done, uint64_t total)
{
	struct stages *stages = ctx;
	struct progress_counts counts = { .records = 0 };

	if (!stages->begun || stages->stage != stage) {
		stages_end(stages);
		progress_begin(&stages->progress, stages->env, phrases[stage]);
		stages->begun = true;
		stages->stage = stage;
	}
	if (stage == BACKUP_CHECKING) {
		counts.records = done;
		counts.records_total = total;
	} else {
		counts.bytes = done;
		counts.bytes_total = total;
	}
	progress_update(&stages->progress, &counts);
}

void stages_end(struct stages *stages)
{
	if (stages->begun) {
		progress_end(&stages->progress);
		stages->begun = false;
	}
}
