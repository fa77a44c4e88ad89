/* stage.c -- see stage.h. */
#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "folder.h"
#include "stage.h"

const char *const stage_node_files[] = { STAGE_STORE, STAGE_STORE "-wal", STAGE_STORE "-shm",
	STAGE_KEY, STAGE_INCARNATION, NULL };

/* What SQLite and struct env leave behind when they are interrupted. */
static const char *const leftovers[] = { STAGE_STORE "-journal",
	STAGE_INCARNATION ENV_TEMPORARY_SUFFIX, NULL };

static void remove_all(const char *folder, const char *const *names)
{
	struct buf path = { 0 };
	struct err ignored;

	for (; *names != NULL; names++) {
		if (folder_path(&path, folder, *names, &ignored)) {
			unlink(buf_str(&path));
		}
	}
	buf_clear(&path);
}

void stage_remove(const struct buf *stage)
{
	if (stage->len != 0) {
		remove_all(buf_str(stage), stage_node_files);
		remove_all(buf_str(stage), leftovers);
		rmdir(buf_str(stage));
	}
}

bool stage_make(struct buf *stage, const char *home, const char *name, struct err *err)
{
	if (!folder_path(stage, home, name, err)) {
		return false;
	}
	stage_remove(stage); /* of one that was interrupted */
	return mkdir(buf_str(stage), 0700) == 0 || err_errno(err, "creating %s", buf_str(stage));
}

struct checking {
	const struct archive_watch *watch;
	char first_problem[ERR_DETAIL_BYTES / 2];
};

static void note_problem(void *ctx, const char *text)
{
	struct checking *checking = ctx;

	if (checking->first_problem[0] == '\0') {
		strncpy(checking->first_problem, text, sizeof(checking->first_problem) - 1);
	}
}

static void note_progress(void *ctx, uint64_t done, uint64_t total)
{
	const struct checking *checking = ctx;

	if (checking->watch->progress != NULL) {
		checking->watch->progress(checking->watch->ctx, BACKUP_CHECKING, done, total);
	}
}

bool stage_verify(struct node **out, struct check_report *report, const struct buf *stage,
	const struct node_options *options, const struct archive_watch *watch, struct err *err)
{
	struct checking checking = { .watch = watch };
	struct node_options beside = *options;
	struct node *node = NULL;

	*out = NULL;
	beside.home = buf_str(stage);
	if (!node_open(&node, &beside, err) ||
		!chains_check(node, report, note_problem, note_progress, &checking, err)) {
		goto out;
	}
	if (report->problems != 0) {
		err_set(err, ERR_STORE,
			ERR_BOTH("副本有 %" PRIu64 " 处问题,第一处:%s",
				"problems in the copy, and the first: %" PRIu64 ", %s"),
			report->problems, checking.first_problem, report->problems,
			checking.first_problem);
		goto out;
	}
	*out = node;
	node = NULL;
out:
	node_close(node);
	return *out != NULL;
}
