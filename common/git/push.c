/* push.c -- see push.h. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <git2.h>
#include <git2/sys/config.h>
#include <git2/sys/refdb_backend.h>
#include <git2/sys/refs.h>
#include <git2/sys/repository.h>

#include "fail.h"
#include "push.h"

#define TRIES_MAX 2 /* of credentials, so that a wrong one is not offered for ever */

struct push {
	const struct push_options *options;
	const struct ledger_refs *refs;
	git_repository *repo; /* of nothing but the store and ${refs} */
	git_remote *remote;
	struct odb_failure failure;
	bool local; /* into a folder */
	int tries;
	struct pushed pushed;
};

/* ---- a repository that lies nowhere ---------------------------------- */

/* The references as libgit2 looks them up. */
struct refdb {
	git_refdb_backend parent; /* first: libgit2 hands this address back */
	const struct ledger_refs *refs;
};

static const struct ledger_ref *find(const struct ledger_refs *refs, const char *name)
{
	size_t low = 0, high = refs->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		int order = strcmp(name, refs->refs[middle].name);

		if (order == 0) {
			return &refs->refs[middle];
		}
		if (order < 0) {
			high = middle;
		} else {
			low = middle + 1;
		}
	}
	return NULL;
}

static int refdb_exists(int *exists, git_refdb_backend *parent, const char *name)
{
	*exists = find(((struct refdb *)parent)->refs, name) != NULL;
	return 0;
}

static int refdb_lookup(git_reference **out, git_refdb_backend *parent, const char *name)
{
	const struct ledger_ref *ref = find(((struct refdb *)parent)->refs, name);
	git_oid oid;

	*out = NULL;
	if (ref == NULL) {
		return GIT_ENOTFOUND;
	}
	memcpy(oid.id, ref->oid.bytes, OID_BYTES);
	*out = git_reference__alloc(ref->name, &oid, NULL);
	return *out != NULL ? 0 : GIT_ERROR;
}

static void refdb_free(git_refdb_backend *parent)
{
	free(parent);
}

/* A packer looks for tags: there are none. */
static int tags_next(git_reference **out, git_reference_iterator *iterator)
{
	(void)out, (void)iterator;
	return GIT_ITEROVER;
}

static int tags_next_name(const char **out, git_reference_iterator *iterator)
{
	(void)out, (void)iterator;
	return GIT_ITEROVER;
}

static void tags_free(git_reference_iterator *iterator)
{
	free(iterator);
}

static int refdb_tags(git_reference_iterator **out, git_refdb_backend *parent, const char *glob)
{
	git_reference_iterator *iterator = calloc(1, sizeof(*iterator));

	(void)parent, (void)glob;
	*out = iterator;
	if (iterator == NULL) {
		return GIT_ERROR;
	}
	iterator->next = tags_next;
	iterator->next_name = tags_next_name;
	iterator->free = tags_free;
	return 0;
}

/* libgit2 wants all of these there; a push calls none: they write, or look at logs. */
static int no_write(git_refdb_backend *parent, const git_reference *ref, int force,
	const git_signature *who, const char *message, const git_oid *old, const char *target)
{
	(void)parent, (void)ref, (void)force, (void)who, (void)message, (void)old, (void)target;
	return GIT_EINVALID;
}

static int no_rename(git_reference **out, git_refdb_backend *parent, const char *from,
	const char *to, int force, const git_signature *who, const char *message)
{
	(void)out, (void)parent, (void)from, (void)to, (void)force, (void)who, (void)message;
	return GIT_EINVALID;
}

static int no_del(
	git_refdb_backend *parent, const char *name, const git_oid *old, const char *target)
{
	(void)parent, (void)name, (void)old, (void)target;
	return GIT_EINVALID;
}

/* There are no logs of references. */
static int no_log(git_refdb_backend *parent, const char *name)
{
	(void)parent, (void)name;
	return 0;
}

static int no_reflog(git_reflog **out, git_refdb_backend *parent, const char *name)
{
	(void)out, (void)parent, (void)name;
	return GIT_EINVALID;
}

static int no_reflog_write(git_refdb_backend *parent, git_reflog *log)
{
	(void)parent, (void)log;
	return GIT_EINVALID;
}

static int no_reflog_rename(git_refdb_backend *parent, const char *from, const char *to)
{
	(void)parent, (void)from, (void)to;
	return GIT_EINVALID;
}

static bool set_refs(struct push *push, struct err *err)
{
	struct refdb *backend = calloc(1, sizeof(*backend));
	git_refdb *refdb = NULL;
	int result;

	if (backend == NULL) {
		return err_nomem(err);
	}
	backend->refs = push->refs;
	result = git_refdb_init_backend(&backend->parent, GIT_REFDB_BACKEND_VERSION);
	if (result == 0) {
		backend->parent.exists = refdb_exists;
		backend->parent.lookup = refdb_lookup;
		backend->parent.iterator = refdb_tags;
		backend->parent.write = no_write;
		backend->parent.rename = no_rename;
		backend->parent.del = no_del;
		backend->parent.has_log = no_log;
		backend->parent.ensure_log = no_log;
		backend->parent.reflog_read = no_reflog;
		backend->parent.reflog_write = no_reflog_write;
		backend->parent.reflog_rename = no_reflog_rename;
		backend->parent.reflog_delete = no_log;
		backend->parent.free = refdb_free;
		result = git_refdb_new(&refdb, push->repo);
	}
	if (result == 0 && (result = git_refdb_set_backend(refdb, &backend->parent)) == 0) {
		backend = NULL;
		result = git_repository_set_refdb(push->repo, refdb);
	}
	git_refdb_free(refdb);
	free(backend);
	return result == 0 || git_failed(err, result, ERR_INTERNAL, "listing the references");
}

static bool open_repository(struct push *push, const struct object_source *source,
	struct err *err)
{
	git_odb *odb = NULL;
	git_config *config = NULL;
	bool ok = false;
	int result;

	if ((result = git_odb_new(&odb)) != 0 || (result = git_config_new(&config)) != 0) {
		git_failed(err, result, ERR_INTERNAL, "opening the ledger");
		goto out;
	}
	if (!odb_attach(odb, source, &push->failure, err)) {
		goto out;
	}
	if ((result = git_repository_wrap_odb(&push->repo, odb)) != 0 ||
		(result = git_repository_set_config(push->repo, config)) != 0) {
		git_failed(err, result, ERR_INTERNAL, "opening the ledger");
		goto out;
	}
	ok = set_refs(push, err);
out:
	git_config_free(config);
	git_odb_free(odb);
	return ok;
}

/* ---- getting in ------------------------------------------------------ */

static int on_credentials(git_credential **out, const char *url, const char *user,
	unsigned int allowed, void *payload)
{
	struct push *push = payload;
	const struct push_options *options = push->options;

	(void)url;
	if (push->tries++ >= TRIES_MAX) {
		return GIT_EAUTH;
	}
	if ((allowed & GIT_CREDENTIAL_USERPASS_PLAINTEXT) != 0 && options->token != NULL) {
		return git_credential_userpass_plaintext_new(out,
			options->user != NULL ? options->user :
				user != NULL  ? user :
						"token",
			options->token);
	}
	if ((allowed & GIT_CREDENTIAL_SSH_KEY) != 0) {
		user = user != NULL ? user : "git";
		return options->ssh_key != NULL ?
			git_credential_ssh_key_new(out, user, NULL, options->ssh_key, "") :
			git_credential_ssh_key_from_agent(out, user);
	}
	if ((allowed & GIT_CREDENTIAL_USERNAME) != 0) {
		push->tries--;
		return git_credential_username_new(out, user != NULL ? user : "git");
	}
	return GIT_EAUTH;
}

static int on_update(const char *name, const char *status, void *payload)
{
	struct push *push = payload;

	if (status == NULL) {
		push->pushed.refs++;
		return 0;
	}
	if (push->pushed.refused++ == 0) {
		snprintf(push->pushed.first_refused, sizeof(push->pushed.first_refused),
			"%.150s: %.100s", name, status);
	}
	return 0;
}

static bool failed(struct err *err, const struct push *push, int result, const char *doing)
{
	if (push->failure.err.code != ERR_NONE) {
		return odb_failed(err, &push->failure, result, doing);
	}
	return git_failed(err, result,
		result == GIT_EAUTH ? ERR_TOKEN :
			push->local ? ERR_NO_FILE :
				      ERR_NETWORK,
		doing);
}

static bool connect_to(struct push *push, const char *url, const git_remote_callbacks *callbacks,
	struct err *err)
{
	git_remote_create_options create;
	git_proxy_options proxy;
	int result;

	if ((result = git_remote_create_options_init(
		     &create, GIT_REMOTE_CREATE_OPTIONS_VERSION)) != 0 ||
		(result = git_proxy_options_init(&proxy, GIT_PROXY_OPTIONS_VERSION)) != 0) {
		return git_failed(err, result, ERR_INTERNAL, "connecting");
	}
	create.repository = push->repo;
	create.flags = GIT_REMOTE_CREATE_SKIP_INSTEADOF |
		GIT_REMOTE_CREATE_SKIP_DEFAULT_FETCHSPEC;
	proxy.type = GIT_PROXY_AUTO;
	result = git_remote_create_with_opts(&push->remote, url, &create);
	if (result != 0) {
		return git_failed(err, result, ERR_USAGE, "reading the address");
	}
	result = git_remote_connect(push->remote, GIT_DIRECTION_PUSH, callbacks, &proxy, NULL);
	return result == 0 || failed(err, push, result, "connecting");
}

/* ---- what goes out --------------------------------------------------- */

/* Has the other side ${ref} as it is? */
static bool is_there(const git_remote_head *const *heads, size_t count,
	const struct ledger_ref *ref)
{
	size_t i;

	for (i = 0; i < count; i++) {
		if (strcmp(heads[i]->name, ref->name) == 0) {
			return memcmp(heads[i]->oid.id, ref->oid.bytes, OID_BYTES) == 0;
		}
	}
	return false;
}

/* "+<name>:<name>" of each reference that the other side has not as it is, NUL-ended. */
static bool list_specs(struct push *push, struct buf *text, size_t *count, struct err *err)
{
	const git_remote_head **heads = NULL;
	size_t head_count = 0, i;
	int result = git_remote_ls(&heads, &head_count, push->remote);

	*count = 0;
	if (result != 0) {
		return failed(err, push, result, "listing what is there");
	}
	for (i = 0; i < push->refs->count; i++) {
		const struct ledger_ref *ref = &push->refs->refs[i];

		if (!is_there((const git_remote_head *const *)heads, head_count, ref)) {
			buf_printf(text, "+%s:%s", ref->name, ref->name);
			buf_byte(text, 0);
			(*count)++;
		}
	}
	return buf_ok(text, err);
}

static bool upload(struct push *push, struct buf *text, size_t count,
	const git_remote_callbacks *callbacks, struct err *err)
{
	git_push_options options;
	char **list = calloc(count, sizeof(*list));
	git_strarray specs = { list, count };
	size_t i, at = 0;
	int result = git_push_options_init(&options, GIT_PUSH_OPTIONS_VERSION);

	if (list == NULL || result != 0) {
		free(list);
		return err_nomem(err);
	}
	for (i = 0; i < count; i++) {
		list[i] = (char *)text->data + at;
		at += strlen(list[i]) + 1;
	}
	options.callbacks = *callbacks;
	options.proxy_opts.type = GIT_PROXY_AUTO;
	result = git_remote_upload(push->remote, &specs, &options);
	free(list);
	return result == 0 || failed(err, push, result, "pushing");
}

static bool push_all(struct push *push, const char *url, bool dry_run, struct err *err)
{
	git_remote_callbacks callbacks;
	struct buf specs = { 0 };
	size_t count;
	bool ok;
	int result = git_remote_init_callbacks(&callbacks, GIT_REMOTE_CALLBACKS_VERSION);

	if (result != 0) {
		return git_failed(err, result, ERR_INTERNAL, "connecting");
	}
	callbacks.credentials = on_credentials;
	callbacks.push_update_reference = on_update;
	callbacks.payload = push;
	ok = connect_to(push, url, &callbacks, err) && list_specs(push, &specs, &count, err);
	if (ok && (dry_run || count == 0)) {
		push->pushed.refs = count;
	} else if (ok) {
		ok = upload(push, &specs, count, &callbacks, err);
	}
	buf_clear(&specs);
	return ok;
}

bool push_url_check(const char *url, struct err *err)
{
	const char *begin = strstr(url, "://"), *at, *colon;

	if (url[0] == '\0' || url[0] == '-') {
		return err_set(err, ERR_USAGE, ERR_BOTH("没有地址", "no address"));
	}
	begin = begin != NULL ? begin + 3 : url;
	at = strchr(begin, '@');
	colon = strchr(begin, ':');
	if (at != NULL && colon != NULL && colon < at && at < begin + strcspn(begin, "/")) {
		return err_set(err, ERR_USAGE,
			ERR_BOTH("地址里不能写密码:别人会看到它",
				"no password may stand in the address: others would see it"));
	}
	return true;
}

/* A path, rather than an address or "user@host:path"? */
static bool is_local(const char *url)
{
	size_t colon = strcspn(url, ":");

	return strncmp(url, "file:", 5) == 0 || url[colon] == '\0' || colon > strcspn(url, "/");
}

bool ledger_push(struct pushed *out, const char *url, const struct push_options *options,
	const struct object_source *source, const struct ledger_refs *refs, bool dry_run,
	struct err *err)
{
	struct push push = { .options = options, .refs = refs, .local = is_local(url) };
	int result = 0;
	bool ok;

	memset(out, 0, sizeof(*out));
	if (!push_url_check(url, err) || !git_open(err)) {
		return false;
	}
	if (options->ca_file != NULL) {
		result = git_libgit2_opts(
			GIT_OPT_SET_SSL_CERT_LOCATIONS, options->ca_file, NULL);
	}
	ok = result == 0 || git_failed(err, result, ERR_NO_FILE, "reading the authorities");
	ok = ok && open_repository(&push, source, err) && push_all(&push, url, dry_run, err);
	*out = push.pushed;
	git_remote_free(push.remote);
	git_repository_free(push.repo);
	return ok;
}
