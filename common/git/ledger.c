/* ledger.c -- export to a bare git repository; see ledger.h. */
#include <dirent.h>
#include <errno.h>
#include <string.h>

#include <git2.h>

#include "fail.h"
#include "ledger.h"

/* An object still to be looked at. */
struct step {
	git_oid oid;
	git_object_t type; /* commit or tree */
};

struct export {
	git_repository *repo;  /* sees its own objects and the store's */
	git_odb *own;          /* only the repository's own */
	git_packbuilder *pack; /* what is missing */
	struct odb_failure failure;
	struct buf todo; /* of struct step: a stack */
	const struct ledger_progress *progress;
	bool stopped; /* by ${progress} */
};

static bool failed(struct err *err, const struct export *export, int result, const char *doing)
{
	if (export->stopped) {
		return err_set(err, ERR_CANCELLED, "%s", doing);
	}
	return odb_failed(err, &export->failure, result, doing);
}

/* Is ${dir} absent, or a folder with nothing in it? */
static bool check_empty(const char *dir, struct err *err)
{
	DIR *folder = opendir(dir);
	struct dirent *entry;
	bool empty = true;

	if (folder == NULL) {
		return errno == ENOENT || err_errno(err, "opening %s", dir);
	}
	while (empty && (entry = readdir(folder)) != NULL) {
		empty = strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0;
	}
	closedir(folder);
	return empty || err_set(err, ERR_EXISTS,
		"%s is neither empty nor a bare git repository", dir);
}

static bool open_repository(git_repository **out, const char *dir, struct err *err)
{
	git_repository_init_options options = {
		.version = GIT_REPOSITORY_INIT_OPTIONS_VERSION,
		.flags = GIT_REPOSITORY_INIT_BARE | GIT_REPOSITORY_INIT_MKPATH |
			GIT_REPOSITORY_INIT_NO_REINIT,
		.initial_head = "main",
	};
	int result = git_repository_open_bare(out, dir);

	if (result == 0) {
		return true;
	}
	if (result != GIT_ENOTFOUND) {
		return git_failed(err, result, ERR_IO, "opening the repository");
	}
	if (!check_empty(dir, err)) {
		return false;
	}
	result = git_repository_init_ext(out, dir, &options);
	return result == 0 || git_failed(err, result, ERR_IO, "creating the repository");
}

static int on_progress(int stage, uint32_t current, uint32_t total, void *payload)
{
	struct export *export = payload;

	(void)stage;
	if (export->progress != NULL &&
		!export->progress->report(export->progress->ctx, current, total)) {
		export->stopped = true;
		return GIT_EUSER;
	}
	return 0;
}

static bool open_export(struct export *export, const char *dir,
	const struct object_source *source, struct err *err)
{
	struct buf path = { 0 };
	git_odb *odb = NULL;
	bool ok = false;
	int result;

	if (!open_repository(&export->repo, dir, err)) {
		return false;
	}
	buf_printf(&path, "%sobjects", git_repository_path(export->repo));
	if (!buf_ok(&path, err)) {
		goto out;
	}
	if ((result = git_odb_open(&export->own, buf_str(&path))) != 0 ||
		(result = git_repository_odb(&odb, export->repo)) != 0) {
		git_failed(err, result, ERR_IO, "opening the repository's objects");
		goto out;
	}
	if (!odb_attach(odb, source, &export->failure, err)) {
		goto out;
	}
	if ((result = git_packbuilder_new(&export->pack, export->repo)) != 0 ||
		(result = git_packbuilder_set_callbacks(export->pack, on_progress, export)) != 0) {
		git_failed(err, result, ERR_INTERNAL, "opening a pack");
		goto out;
	}
	ok = true;
out:
	git_odb_free(odb);
	buf_clear(&path);
	return ok;
}

/* Put an object into the pack if the repository lacks it; *fresh says so. */
static bool add(struct export *export, const git_oid *oid, bool *fresh, struct err *err)
{
	size_t before = git_packbuilder_object_count(export->pack);
	int result;

	*fresh = false;
	if (git_odb_exists_ext(export->own, oid, GIT_ODB_LOOKUP_NO_REFRESH)) {
		return true;
	}
	result = git_packbuilder_insert(export->pack, oid, NULL);
	if (result != 0) {
		return failed(err, export, result, "collecting objects");
	}
	*fresh = git_packbuilder_object_count(export->pack) != before;
	return true;
}

/* The same, and remember to look at what it refers to. */
static bool visit(struct export *export, const git_oid *oid, git_object_t type, struct err *err)
{
	struct step step = { .oid = *oid, .type = type };
	bool fresh;

	if (!add(export, oid, &fresh, err)) {
		return false;
	}
	if (fresh && type != GIT_OBJECT_BLOB) {
		buf_add(&export->todo, &step, sizeof(step));
	}
	return buf_ok(&export->todo, err);
}

static bool expand_commit(struct export *export, const git_oid *oid, struct err *err)
{
	git_commit *commit = NULL;
	unsigned i;
	bool ok = false;
	int result = git_commit_lookup(&commit, export->repo, oid);

	if (result != 0) {
		return failed(err, export, result, "reading a commit");
	}
	if (!visit(export, git_commit_tree_id(commit), GIT_OBJECT_TREE, err)) {
		goto out;
	}
	for (i = 0; i < git_commit_parentcount(commit); i++) {
		if (!visit(export, git_commit_parent_id(commit, i), GIT_OBJECT_COMMIT, err)) {
			goto out;
		}
	}
	ok = true;
out:
	git_commit_free(commit);
	return ok;
}

static bool expand_tree(struct export *export, const git_oid *oid, struct err *err)
{
	git_tree *tree = NULL;
	size_t i;
	bool ok = false;
	int result = git_tree_lookup(&tree, export->repo, oid);

	if (result != 0) {
		return failed(err, export, result, "reading a tree");
	}
	for (i = 0; i < git_tree_entrycount(tree); i++) {
		const git_tree_entry *entry = git_tree_entry_byindex(tree, i);
		git_object_t type = git_tree_entry_type(entry);

		if (type != GIT_OBJECT_TREE && type != GIT_OBJECT_BLOB) {
			err_set(err, ERR_FORMAT, "a tree with an entry that is no file or folder");
			goto out;
		}
		if (!visit(export, git_tree_entry_id(entry), type, err)) {
			goto out;
		}
	}
	ok = true;
out:
	git_tree_free(tree);
	return ok;
}

static bool collect(struct export *export, const struct ledger_refs *refs, struct err *err)
{
	struct step step;
	git_oid oid;
	size_t i;
	bool ok = true;

	for (i = 0; ok && i < refs->count; i++) {
		memcpy(oid.id, refs->refs[i].oid.bytes, OID_BYTES);
		ok = visit(export, &oid, GIT_OBJECT_COMMIT, err);
	}
	while (ok && export->todo.len != 0) {
		export->todo.len -= sizeof(step);
		memcpy(&step, export->todo.data + export->todo.len, sizeof(step));
		ok = step.type == GIT_OBJECT_COMMIT ? expand_commit(export, &step.oid, err) :
						      expand_tree(export, &step.oid, err);
	}
	return ok;
}

static bool write_pack(struct export *export, size_t *objects, struct err *err)
{
	size_t count = git_packbuilder_object_count(export->pack);
	int result;

	if (count != 0) {
		result = git_packbuilder_write(export->pack, NULL, 0, NULL, NULL);
		if (result != 0) {
			return failed(err, export, result, "writing a pack");
		}
	}
	*objects = count;
	return true;
}

static bool set_refs(struct export *export, const struct ledger_refs *refs, size_t *moved,
	struct err *err)
{
	git_oid oid, now;
	size_t i;
	int result;

	for (i = 0; i < refs->count; i++) {
		memcpy(oid.id, refs->refs[i].oid.bytes, OID_BYTES);
		if (git_reference_name_to_id(&now, export->repo, refs->refs[i].name) == 0 &&
			git_oid_equal(&now, &oid)) {
			continue;
		}
		result = git_reference_create(NULL, export->repo, refs->refs[i].name, &oid, 1, NULL);
		if (result != 0) {
			return git_failed(err, result, ERR_IO, "setting a reference");
		}
		(*moved)++;
	}
	if (refs->head != NULL &&
		(result = git_repository_set_head(export->repo, refs->head)) != 0) {
		return git_failed(err, result, ERR_IO, "setting HEAD");
	}
	return true;
}

static bool check_names(const struct ledger_refs *refs, struct err *err)
{
	int valid;
	size_t i;

	for (i = 0; i < refs->count; i++) {
		if (git_reference_name_is_valid(&valid, refs->refs[i].name) != 0 || !valid ||
			strncmp(refs->refs[i].name, "refs/", 5) != 0) {
			return err_set(err, ERR_FORMAT, "no name of a reference: '%s'", refs->refs[i].name);
		}
	}
	return true;
}

bool ledger_export(struct ledger_written *out, const char *dir,
	const struct object_source *source, const struct ledger_refs *refs,
	const struct ledger_progress *progress, struct err *err)
{
	struct export export = { .progress = progress };
	struct ledger_written written = { 0 };
	bool ok;

	ok = git_open(err) && check_names(refs, err) &&
		open_export(&export, dir, source, err) && collect(&export, refs, err) &&
		write_pack(&export, &written.objects, err) &&
		set_refs(&export, refs, &written.refs, err);
	if (ok && out != NULL) {
		*out = written;
	}
	git_packbuilder_free(export.pack);
	git_odb_free(export.own);
	git_repository_free(export.repo);
	buf_clear(&export.todo);
	return ok || err_wrap(err, "exporting the ledger to %s", dir);
}
