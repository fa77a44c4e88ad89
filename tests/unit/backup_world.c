/* backup_world.c -- see backup_world.h. */
#include "backup_world.h"

#include <dirent.h>
#include <sys/stat.h>

#include "age.h"

const char *path_in(struct world *world, const char *name)
{
	char *path = world->paths[world->next++ % 8];

	snprintf(path, sizeof(world->paths[0]), "%s/%s", world->folder, name);
	return path;
}

void record_dispute(struct node *node, const char *day)
{
	char word[32];

	snprintf(word, sizeof(word), "opened_on=%s", day);
	PUT(node, "dispute", NULL, NULL, "category=noise", word, "outcome=open");
}

void pack(struct node *node)
{
	struct tally tally;
	struct err err = { 0 };

	assert_ok(outbox_pack(node, &tally, &err), &err);
}

void world_make(struct world *world)
{
	memset(world, 0, sizeof(*world));
	world->folder = scratch_folder();
	world->district = found_district(world->folder);
	world->a = join_community(world->folder, "a", world->district, "zhizunong", "知足弄社区");
	record_dispute(world->a, "2024-01-01");
	pack(world->a);
	give_all(world->a, world->district);
}

void world_end(struct world *world)
{
	node_close(world->a);
	node_close(world->district);
	scratch_remove(world->folder);
}

int entries(const char *folder, const char *prefix)
{
	DIR *dir = opendir(folder);
	struct dirent *entry;
	int count = 0;

	assert_non_null(dir);
	while ((entry = readdir(dir)) != NULL) {
		count += entry->d_name[0] != '.' &&
			strncmp(entry->d_name, prefix, strlen(prefix)) == 0;
	}
	closedir(dir);
	return count;
}

bool exists(const char *path)
{
	struct stat st;

	return lstat(path, &st) == 0;
}

void read_whole(struct buf *out, const char *path)
{
	struct err err = { 0 };

	buf_reset(out);
	assert_ok(env_system()->read_file(NULL, out, path, 1 << 28, &err), &err);
}

void write_whole(const char *path, const void *data, size_t len)
{
	struct err err = { 0 };

	assert_ok(
		env_system()->write_file(NULL, path, (struct view){ data, len }, true, &err), &err);
}

void back_up(struct node *node, const char *path)
{
	const struct backup_request request = { .path = path };
	struct backup_made made;
	struct err err = { 0 };

	assert_ok(backup_make(node, &request, &made, &err), &err);
	assert_true(made.bytes > made.store_bytes);
	backup_made_clear(&made);
}

void write_identity(struct node *node, const char *path)
{
	char text[AGE_IDENTITY_TEXT_BYTES];
	struct age_identity identity;

	age_identity_of(&identity, node_key(node));
	age_identity_print(text, &identity);
	write_whole(path, text, strlen(text));
}

bool restore_as(struct restore_request request, const char *home, const char *passphrase,
	struct restored *out, struct err *err)
{
	const struct node_options options = {
		.env = env_system(), .home = home, .passphrase = passphrase
	};

	request.options = &options;
	return restore_run(out, &request, err);
}

bool restore_into(const char *home, const char *file, const char *identity, struct restored *out,
	struct err *err)
{
	return restore_as((struct restore_request){ .file = file, .identity = identity }, home,
		NULL, out, err);
}

struct node *open_home(const char *home)
{
	const struct node_options options = { .env = env_system(), .home = home };
	struct node *node = NULL;
	struct err err = { 0 };

	assert_ok(node_open(&node, &options, &err), &err);
	return node;
}

void assert_no_node(const char *home)
{
	char path[300];

	snprintf(path, sizeof(path), "%s/store.db", home);
	assert_false(exists(path));
	snprintf(path, sizeof(path), "%s/device.key", home);
	assert_false(exists(path));
	if (exists(home)) {
		assert_int_equal(entries(home, "restoring"), 0);
	}
}
