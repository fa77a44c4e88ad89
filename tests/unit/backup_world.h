/*
 * backup_world.h -- a small federation with files beside it, for tests of
 * backups and restores.
 */
#ifndef LINLI_TEST_BACKUP_WORLD_H
#define LINLI_TEST_BACKUP_WORLD_H

#include "federation.h"
#include "linli/backup.h"

/* A federation of two, and names in its folder. */
struct world {
	char *folder;
	struct node *district, *a;
	char paths[8][256]; /* of path_in(), used in turn */
	unsigned next;
};

const char *path_in(struct world *world, const char *name);
void record_dispute(struct node *node, const char *day);
void pack(struct node *node);
void world_make(struct world *world);
void world_end(struct world *world);
/* How many entries ${folder} has that begin with ${prefix}. */
int entries(const char *folder, const char *prefix);
bool exists(const char *path);
void read_whole(struct buf *out, const char *path);
void write_whole(const char *path, const void *data, size_t len);
void back_up(struct node *node, const char *path);
/* What "key age" prints, into ${path}. */
void write_identity(struct node *node, const char *path);
bool restore_as(struct restore_request request, const char *home, const char *passphrase,
	struct restored *out, struct err *err);
bool restore_into(const char *home, const char *file, const char *identity, struct restored *out,
	struct err *err);
struct node *open_home(const char *home);
/* Nothing of a node is in ${home}, not even half. */
void assert_no_node(const char *home);

#endif
