/* disk.c -- see disk.h. */
#include "disk.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define MACHINES 128
#define VOLUMES 512

struct inode {
	int references;
	bool folder;
	uint8_t *data;
	size_t size, room;
	/* By sector: what the platter holds where that is not what data shows. */
	uint8_t **saved;
	size_t saved_room;
	size_t kept_size; /* on the platter */
};

struct name {
	char text[DISK_NAME_BYTES]; /* within the volume */
	struct inode *inode;
};

/* One change of names that may be undone: NULL where there was nothing. */
struct change {
	char text[2][DISK_NAME_BYTES]; /* the second "" unless it is a rename */
	struct inode *before[2];
};

struct volume {
	char name[DISK_NAME_BYTES];
	struct name *names; /* in order */
	size_t count, room;
	struct change *journal;
	size_t changes, journal_room;
};

static struct volume *volumes[VOLUMES];
static size_t volume_count;

static struct machine {
	uint64_t done, die_at, fail_at;
	bool dead;
} machines[MACHINES];
static int actor = -1;

static void *must(void *memory)
{
	assert(memory != NULL);
	return memory;
}

/* ---- machines ------------------------------------------------------- */

void disk_act_as(int machine)
{
	assert(machine < MACHINES);
	actor = machine;
}

int disk_actor(void)
{
	return actor;
}

void disk_kill_after(int machine, uint64_t operations)
{
	machines[machine].die_at = operations == 0 ? 0 : machines[machine].done + operations;
}

void disk_fail_after(int machine, uint64_t operations)
{
	machines[machine].fail_at = operations == 0 ? 0 : machines[machine].done + operations;
}

bool disk_is_dead(int machine)
{
	return machines[machine].dead;
}

bool disk_has_failed(int machine)
{
	return machines[machine].fail_at != 0 && machines[machine].done >= machines[machine].fail_at;
}

void disk_revive(int machine)
{
	machines[machine] = (struct machine){ .done = machines[machine].done };
}

uint64_t disk_operations(int machine)
{
	return machines[machine].done;
}

/* May the actor change something?  0 or an errno. */
static int operation(void)
{
	struct machine *machine = actor < 0 ? NULL : &machines[actor];

	if (machine == NULL) {
		return 0;
	}
	if (machine->dead) {
		return EIO;
	}
	machine->done++;
	if (machine->done == machine->die_at) {
		machine->dead = true;
		return EIO;
	}
	return machine->done == machine->fail_at ? ENOSPC : 0;
}

/* ---- inodes --------------------------------------------------------- */

static struct inode *inode_new(bool folder)
{
	struct inode *inode = must(calloc(1, sizeof(*inode)));

	inode->folder = folder;
	return inode;
}

static struct inode *hold(struct inode *inode)
{
	if (inode != NULL) {
		inode->references++;
	}
	return inode;
}

static void forget_saved(struct inode *inode)
{
	size_t i;

	for (i = 0; i < inode->saved_room; i++) {
		free(inode->saved[i]);
	}
	free(inode->saved);
	inode->saved = NULL;
	inode->saved_room = 0;
}

static void release(struct inode *inode)
{
	if (inode != NULL && --inode->references == 0) {
		forget_saved(inode);
		free(inode->data);
		free(inode);
	}
}

static void resize(struct inode *inode, size_t size)
{
	size_t room = inode->room;

	assert(size <= DISK_FILE_MAX_BYTES);
	if (size > room) {
		room = room == 0 ? 4096 : room;
		while (room < size) {
			room *= 2;
		}
		inode->data = must(realloc(inode->data, room));
		inode->room = room;
	}
	if (size > inode->size) {
		memset(inode->data + inode->size, 0, size - inode->size);
	}
	inode->size = size;
}

/* Keep the sector as the platter has it, before it is changed. */
static void save_sector(struct inode *inode, size_t sector)
{
	size_t at = sector * DISK_SECTOR, room, len;

	if (sector >= inode->saved_room) {
		room = (sector + 64) & ~(size_t)63;
		inode->saved = must(realloc(inode->saved, room * sizeof(*inode->saved)));
		memset(inode->saved + inode->saved_room, 0,
			(room - inode->saved_room) * sizeof(*inode->saved));
		inode->saved_room = room;
	}
	if (inode->saved[sector] == NULL) {
		inode->saved[sector] = must(calloc(1, DISK_SECTOR));
		if (at < inode->size) {
			len = inode->size - at < DISK_SECTOR ? inode->size - at : DISK_SECTOR;
			memcpy(inode->saved[sector], inode->data + at, len);
		}
	}
}

static void save_range(struct inode *inode, size_t from, size_t to)
{
	size_t sector;

	for (sector = from / DISK_SECTOR; sector * DISK_SECTOR < to; sector++) {
		save_sector(inode, sector);
	}
}

size_t disk_size(const struct inode *inode)
{
	return inode->size;
}

size_t disk_read(const struct inode *inode, void *out, size_t len, size_t offset)
{
	size_t have = offset < inode->size ? inode->size - offset : 0;

	len = len < have ? len : have;
	if (len != 0) {
		memcpy(out, inode->data + offset, len);
	}
	return len;
}

int disk_write(struct inode *inode, const void *data, size_t len, size_t offset)
{
	int failed = operation();

	/* Of the write at which a machine dies a part is done: by lot, later. */
	if (failed != 0 && (failed != EIO || machines[actor].done != machines[actor].die_at)) {
		return failed;
	}
	if (len > DISK_FILE_MAX_BYTES || offset > DISK_FILE_MAX_BYTES - len) {
		return EFBIG;
	}
	save_range(inode, offset, offset + len);
	if (offset + len > inode->size) {
		resize(inode, offset + len);
	}
	memcpy(inode->data + offset, data, len);
	return failed;
}

int disk_truncate(struct inode *inode, size_t size)
{
	int failed = operation();

	if (failed != 0) {
		return failed;
	}
	if (size < inode->size) {
		save_range(inode, size, inode->size);
	}
	resize(inode, size);
	return 0;
}

int disk_sync(struct inode *inode)
{
	int failed = operation();

	if (failed == 0) {
		forget_saved(inode);
		inode->kept_size = inode->size;
	}
	return failed;
}

/* The file after a power failure. */
static void mix(struct inode *inode, struct chance *chance)
{
	size_t shown = inode->size, size = shown, sector, at, len;
	/* A whole loss, no loss and a mixture are all likely. */
	uint64_t mode = chance_below(chance, 4);

	if (inode->folder) {
		return;
	}
	if (mode == 0) {
		size = inode->kept_size;
	} else if (mode >= 2 && shown > inode->kept_size) {
		size = inode->kept_size + chance_below(chance, shown - inode->kept_size + 1);
	} else if (mode >= 2) {
		size = chance_one_in(chance, 2) ? shown : inode->kept_size;
	}
	resize(inode, size);
	for (sector = 0; sector < inode->saved_room; sector++) {
		at = sector * DISK_SECTOR;
		if (inode->saved[sector] == NULL || at >= size ||
			(at < shown && mode != 0 && (mode == 1 || chance_one_in(chance, 2)))) {
			continue;
		}
		len = size - at < DISK_SECTOR ? size - at : DISK_SECTOR;
		memcpy(inode->data + at, inode->saved[sector], len);
	}
	forget_saved(inode);
	inode->kept_size = inode->size;
}

/* ---- names ---------------------------------------------------------- */

bool disk_path(const char *path)
{
	return strncmp(path, DISK_ROOT, sizeof(DISK_ROOT) - 1) == 0;
}

/* The volume of ${path}; *name is what follows, "" for the volume itself. */
static struct volume *split(const char *path, const char **name)
{
	char text[DISK_NAME_BYTES];
	const char *slash;
	size_t len;

	assert(disk_path(path));
	path += sizeof(DISK_ROOT) - 1;
	slash = strchr(path, '/');
	len = slash != NULL ? (size_t)(slash - path) : strlen(path);
	assert(len < sizeof(text));
	memcpy(text, path, len);
	text[len] = '\0';
	*name = slash != NULL ? slash + 1 : path + len;
	assert(strlen(*name) < DISK_NAME_BYTES);
	return disk_find_volume(text);
}

/* Where ${text} stands or would stand. */
static size_t place_of(const struct volume *volume, const char *text, bool *found)
{
	size_t low = 0, high = volume->count;

	while (low < high) {
		size_t middle = (low + high) / 2;
		int order = strcmp(volume->names[middle].text, text);

		if (order == 0) {
			*found = true;
			return middle;
		}
		if (order < 0) {
			low = middle + 1;
		} else {
			high = middle;
		}
	}
	*found = false;
	return low;
}

static struct inode *look_up(const struct volume *volume, const char *text)
{
	bool found;
	size_t at = place_of(volume, text, &found);

	return found ? volume->names[at].inode : NULL;
}

/* Let ${text} name ${inode}, NULL for nothing. */
static void set_name(struct volume *volume, const char *text, struct inode *inode)
{
	bool found;
	size_t at = place_of(volume, text, &found);

	hold(inode);
	if (found && inode != NULL) {
		release(volume->names[at].inode);
		volume->names[at].inode = inode;
	} else if (found) {
		release(volume->names[at].inode);
		volume->count--;
		memmove(&volume->names[at], &volume->names[at + 1],
			(volume->count - at) * sizeof(volume->names[0]));
	} else if (inode != NULL) {
		if (volume->count == volume->room) {
			volume->room = volume->room == 0 ? 16 : volume->room * 2;
			volume->names = must(realloc(volume->names,
				volume->room * sizeof(volume->names[0])));
		}
		memmove(&volume->names[at + 1], &volume->names[at],
			(volume->count - at) * sizeof(volume->names[0]));
		strcpy(volume->names[at].text, text);
		volume->names[at].inode = inode;
		volume->count++;
	}
}

/* Note in the journal what one or two names stood for. */
static void note(struct volume *volume, const char *first, const char *second)
{
	struct change *change;

	if (volume->changes == volume->journal_room) {
		volume->journal_room = volume->journal_room == 0 ? 16 : volume->journal_room * 2;
		volume->journal = must(realloc(volume->journal,
			volume->journal_room * sizeof(*change)));
	}
	change = &volume->journal[volume->changes++];
	memset(change, 0, sizeof(*change));
	strcpy(change->text[0], first);
	strcpy(change->text[1], second);
	change->before[0] = hold(look_up(volume, first));
	change->before[1] = second[0] != '\0' ? hold(look_up(volume, second)) : NULL;
}

static void forget_change(struct change *change)
{
	release(change->before[0]);
	release(change->before[1]);
}

/* The folder that ${text} stands in: its length. */
static size_t folder_length(const char *text)
{
	const char *slash = strrchr(text, '/');

	return slash != NULL ? (size_t)(slash - text) : 0;
}

int disk_open(struct inode **out, const char *path, unsigned flags)
{
	const char *name;
	struct volume *volume = split(path, &name);
	struct inode *inode = volume != NULL ? look_up(volume, name) : NULL;
	int failed = 0;

	*out = NULL;
	if (volume == NULL || (inode == NULL && (flags & DISK_CREATE) == 0)) {
		return ENOENT;
	}
	if (inode != NULL && (flags & DISK_EXCLUSIVE) != 0) {
		return EEXIST;
	}
	if (inode == NULL) {
		failed = operation();
		if (failed != 0) {
			return failed;
		}
		inode = inode_new(false);
		note(volume, name, "");
		set_name(volume, name, inode);
	} else if ((flags & DISK_TRUNCATE) != 0 && inode->size != 0) {
		failed = disk_truncate(inode, 0);
	}
	if (failed == 0) {
		*out = hold(inode);
	}
	return failed;
}

void disk_close(struct inode *inode)
{
	release(inode);
}

bool disk_exists(const char *path)
{
	const char *name;
	struct volume *volume = split(path, &name);

	return volume != NULL && (name[0] == '\0' || look_up(volume, name) != NULL);
}

bool disk_is_folder(const char *path)
{
	const char *name;
	struct volume *volume = split(path, &name);
	struct inode *inode = volume != NULL ? look_up(volume, name) : NULL;

	return volume != NULL && (name[0] == '\0' || (inode != NULL && inode->folder));
}

int disk_make_folder(const char *path)
{
	const char *name;
	struct volume *volume = split(path, &name);
	int failed;

	if (volume == NULL) {
		return ENOENT;
	}
	if (name[0] == '\0' || look_up(volume, name) != NULL) {
		return EEXIST;
	}
	failed = operation();
	if (failed == 0) {
		note(volume, name, "");
		set_name(volume, name, inode_new(true));
	}
	return failed;
}

int disk_unlink(const char *path)
{
	const char *name;
	struct volume *volume = split(path, &name);
	int failed;

	if (volume == NULL || look_up(volume, name) == NULL) {
		return ENOENT;
	}
	failed = operation();
	if (failed == 0) {
		note(volume, name, "");
		set_name(volume, name, NULL);
	}
	return failed;
}

int disk_rename(const char *from, const char *to)
{
	const char *old, *new;
	struct volume *volume = split(from, &old), *other = split(to, &new);
	struct inode *inode = volume != NULL ? look_up(volume, old) : NULL;
	int failed;

	if (inode == NULL) {
		return ENOENT;
	}
	if (volume != other) {
		return EXDEV;
	}
	failed = operation();
	if (failed == 0) {
		note(volume, old, new);
		hold(inode);
		set_name(volume, old, NULL);
		set_name(volume, new, inode);
		release(inode);
	}
	return failed;
}

int disk_sync_folder(const char *path)
{
	const char *name;
	struct volume *volume = split(path, &name);
	size_t i, kept = 0, len = strlen(name);
	int failed = operation();

	if (failed != 0 || volume == NULL) {
		return failed;
	}
	if (len != 0 && name[len - 1] == '/') {
		len--;
	}
	for (i = 0; i < volume->changes; i++) {
		struct change *change = &volume->journal[i];

		if (folder_length(change->text[0]) == len &&
			strncmp(change->text[0], name, len) == 0) {
			forget_change(change);
		} else {
			volume->journal[kept++] = *change;
		}
	}
	volume->changes = kept;
	return 0;
}

int disk_list(struct buf *out, const char *path)
{
	const char *name;
	struct volume *volume = split(path, &name);
	size_t i, len = strlen(name);

	if (!disk_is_folder(path)) {
		return ENOENT;
	}
	for (i = 0; i < volume->count; i++) {
		const char *text = volume->names[i].text;

		if (len != 0 && (strncmp(text, name, len) != 0 || text[len] != '/')) {
			continue;
		}
		text += len != 0 ? len + 1 : 0;
		if (strchr(text, '/') == NULL) {
			buf_add(out, text, strlen(text) + 1);
		}
	}
	return 0;
}

/* ---- volumes -------------------------------------------------------- */

struct volume *disk_find_volume(const char *name)
{
	size_t i;

	for (i = 0; i < volume_count; i++) {
		if (strcmp(volumes[i]->name, name) == 0) {
			return volumes[i];
		}
	}
	return NULL;
}

struct volume *disk_volume(const char *name)
{
	struct volume *volume = disk_find_volume(name);

	if (volume == NULL) {
		assert(volume_count < VOLUMES && strlen(name) < DISK_NAME_BYTES);
		volume = must(calloc(1, sizeof(*volume)));
		strcpy(volume->name, name);
		volumes[volume_count++] = volume;
	}
	return volume;
}

static void empty(struct volume *volume)
{
	size_t i;

	for (i = 0; i < volume->changes; i++) {
		forget_change(&volume->journal[i]);
	}
	for (i = 0; i < volume->count; i++) {
		release(volume->names[i].inode);
	}
	volume->changes = volume->count = 0;
}

void disk_drop(struct volume *volume)
{
	size_t i;

	for (i = 0; i < volume_count && volumes[i] != volume; i++) {
	}
	assert(i < volume_count);
	volumes[i] = volumes[--volume_count];
	empty(volume);
	free(volume->names);
	free(volume->journal);
	free(volume);
}

void disk_drop_all(void)
{
	while (volume_count != 0) {
		disk_drop(volumes[volume_count - 1]);
	}
	memset(machines, 0, sizeof(machines));
	actor = -1;
}

/* Another inode with the same content, all of it on the platter. */
static struct inode *twin(const struct inode *source)
{
	struct inode *inode = inode_new(source->folder);

	if (source->size != 0) {
		resize(inode, source->size);
		memcpy(inode->data, source->data, source->size);
	}
	inode->kept_size = inode->size;
	return inode;
}

void disk_copy(struct volume *to, const struct volume *from)
{
	size_t i;

	empty(to);
	for (i = 0; i < from->count; i++) {
		set_name(to, from->names[i].text, twin(from->names[i].inode));
	}
}

void disk_sync_all(struct volume *volume)
{
	size_t i;

	for (i = 0; i < volume->changes; i++) {
		forget_change(&volume->journal[i]);
	}
	volume->changes = 0;
	for (i = 0; i < volume->count; i++) {
		forget_saved(volume->names[i].inode);
		volume->names[i].inode->kept_size = volume->names[i].inode->size;
	}
}

void disk_copy_file(struct volume *to, const struct volume *from, const char *name)
{
	const struct inode *source = look_up(from, name);

	set_name(to, name, source != NULL ? twin(source) : NULL);
}

void disk_lose_power(struct volume *volume, struct chance *chance)
{
	size_t keep = chance_below(chance, volume->changes + 1), i;

	while (volume->changes > keep) {
		struct change *change = &volume->journal[--volume->changes];

		for (i = 0; i < 2; i++) {
			if (change->text[i][0] != '\0') {
				set_name(volume, change->text[i], change->before[i]);
			}
		}
		forget_change(change);
	}
	while (volume->changes > 0) {
		forget_change(&volume->journal[--volume->changes]);
	}
	for (i = 0; i < volume->count; i++) {
		mix(volume->names[i].inode, chance);
	}
}

size_t disk_names(const struct volume *volume, char ***out)
{
	size_t i;

	*out = must(calloc(volume->count + 1, sizeof(char *)));
	for (i = 0; i < volume->count; i++) {
		(*out)[i] = must(strdup(volume->names[i].text));
	}
	return volume->count;
}

size_t disk_bytes(const struct volume *volume)
{
	size_t i, bytes = 0;

	for (i = 0; i < volume->count; i++) {
		bytes += volume->names[i].inode->size;
	}
	return bytes;
}
