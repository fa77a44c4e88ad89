/* prove.c -- a record's lines as a file that proves them; see linli/proof.h. */
#include <string.h>

#include "line_proof.h"
#include "proof_text.h"

struct proving {
	struct node *node;
	struct arena arena;
	struct buf commits; /* of struct view */
	struct buf lines;   /* of struct proof_line */
	struct place last;  /* of the last commit */
	size_t bytes, given;
};

/* Drafts have no signature: they go from ${origins}, and are counted. */
static size_t drop_drafts(struct node *node, struct buf *origins)
{
	struct merge_origin origin;
	size_t i, kept = 0, drafts = 0;

	for (i = 0; i < origins->len; i += sizeof(origin)) {
		memcpy(&origin, origins->data + i, sizeof(origin));
		if (origin.seq > chain_by_number(node, origin.chain)->head) {
			drafts++;
			continue;
		}
		memmove(origins->data + kept, &origin, sizeof(origin));
		kept += sizeof(origin);
	}
	origins->len = kept;
	return drafts;
}

static bool holds_device(const struct buf *ids, struct device_id id)
{
	struct device_id one;
	size_t i;

	for (i = 0; i < ids->len; i += sizeof(one)) {
		memcpy(&one, ids->data + i, sizeof(one));
		if (device_id_equal(one, id)) {
			return true;
		}
	}
	return false;
}

/* The lines about the devices that signed ${origins}, and about those that signed these. */
static bool add_trust(struct node *node, struct buf *origins, struct err *err)
{
	const struct entity *entity = model_entity(node->model, VIEW_LITERAL("device"));
	struct buf ids = { 0 };
	struct merge_origin origin;
	char text[DEVICE_TEXT_BYTES];
	struct record_id record;
	bool ok = true;
	size_t i;

	for (i = 0; ok && i < origins->len; i += sizeof(origin)) {
		struct device_id id;

		memcpy(&origin, origins->data + i, sizeof(origin));
		id = chain_by_number(node, origin.chain)->name.device;
		if (holds_device(&ids, id)) {
			continue;
		}
		buf_add(&ids, &id, sizeof(id));
		device_id_print(text, id);
		/* The founding device has none. */
		ok = !record_id_parse(&record, view_of(text), true) ||
			record_origins(node, entity, &record, origins, err);
	}
	ok = ok && buf_ok(&ids, err) && buf_ok(origins, err);
	buf_clear(&ids);
	return ok;
}

static bool add_line(void *ctx, const struct line_proof *proof, struct err *err)
{
	struct proving *proving = ctx;
	struct proof_line line = { .n = proof->place.n };
	bool same = proving->commits.len != 0 && proof->place.seq == proving->last.seq &&
		chain_name_compare(&proof->place.chain, &proving->last.chain) == 0;

	proving->bytes += (same ? 0 : proof->commit.len) + proof->text.len + 2 * proof->path.len;
	if (proving->bytes > PROOF_MAX_BYTES / 2 || proving->given == PROOF_MAX_LINES) {
		return err_set(err, ERR_TOO_LARGE,
			ERR_BOTH("这条记录的改动太多", "the record has too many changes"));
	}
	if (!same) {
		struct view commit = arena_copy(&proving->arena, proof->commit);

		if (commit.data == NULL) {
			return err_nomem(err);
		}
		buf_add(&proving->commits, &commit, sizeof(commit));
		proving->last = proof->place;
	}
	line.commit = proving->commits.len / sizeof(struct view) - 1;
	line.text = arena_copy(&proving->arena, proof->text);
	line.path = arena_copy(&proving->arena, proof->path);
	if (line.text.data == NULL || line.path.data == NULL) {
		return err_nomem(err);
	}
	buf_add(&proving->lines, &line, sizeof(line));
	proving->given++;
	return buf_ok(&proving->lines, err) && buf_ok(&proving->commits, err);
}

static bool same_line(const struct merge_origin *a, const struct merge_origin *b)
{
	return a->chain == b->chain && a->seq == b->seq && a->n == b->n;
}

/* What is asked for twice (a device's own record) goes once. */
static void drop_twice(struct buf *origins)
{
	struct merge_origin *list = (struct merge_origin *)(void *)origins->data;
	size_t i, j, kept = 0, count = origins->len / sizeof(*list);

	for (i = 0; i < count; i++) {
		for (j = 0; j < kept && !same_line(&list[j], &list[i]); j++) {
		}
		if (j == kept) {
			list[kept++] = list[i];
		}
	}
	origins->len = kept * sizeof(*list);
}

static bool prove(struct proving *proving, const struct entity *entity,
	const struct record_id *id, struct prove_report *report, struct err *err)
{
	struct node *node = proving->node;
	struct buf origins = { 0 };
	bool ok = false;
	size_t own, all;

	if (!record_origins(node, entity, id, &origins, err)) {
		goto out;
	}
	report->unsigned_lines = drop_drafts(node, &origins);
	own = origins.len / sizeof(struct merge_origin);
	if (own == 0 && report->unsigned_lines == 0) {
		err_set(err, ERR_NOT_FOUND, ERR_BOTH("没有这条记录", "there is no such record"));
		goto out;
	}
	if (own == 0) {
		err_set(err, ERR_VALUE,
			ERR_BOTH("这条记录还没有签名的内容,请先执行 pack 或 sync",
				"nothing of this record is signed yet: pack or sync first"));
		goto out;
	}
	if (!add_trust(node, &origins, err)) {
		goto out;
	}
	drop_drafts(node, &origins);
	drop_twice(&origins);
	all = origins.len / sizeof(struct merge_origin);
	if (!lines_each_proof(node, &origins, add_line, proving, err)) {
		goto out;
	}
	/* Only a community's own lines can be erased, never those about devices. */
	report->erased_lines = all - proving->given;
	report->lines = own - report->erased_lines;
	ok = report->lines != 0 ||
		err_set(err, ERR_NOT_FOUND,
			ERR_BOTH("这条记录的内容已按要求抹除", "what the record said was erased"));
out:
	buf_clear(&origins);
	return ok;
}

bool records_prove(struct node *node, const struct entity *entity, const struct record_id *id,
	struct buf *out, struct prove_report *report, struct err *err)
{
	struct proving proving = { .node = node };
	struct proof_file file = { .federation = node->federation_id };
	bool ok;

	memset(report, 0, sizeof(*report));
	if (!node_read_begin(node, err)) {
		return false;
	}
	ok = prove(&proving, entity, id, report, err);
	node_read_end(node);
	if (ok) {
		memcpy(file.founder, node->federation.key, sizeof(file.founder));
		memcpy(file.entity, entity->name, sizeof(file.entity));
		record_id_print(file.id, id->bytes, id->len, entity->slug_ids);
		file.commits = (const struct view *)(const void *)proving.commits.data;
		file.commit_count = proving.commits.len / sizeof(*file.commits);
		file.lines = (const struct proof_line *)(const void *)proving.lines.data;
		file.line_count = proving.lines.len / sizeof(*file.lines);
		proof_print(out, &file);
		ok = buf_ok(out, err);
	}
	arena_clear(&proving.arena);
	buf_clear(&proving.commits);
	buf_clear(&proving.lines);
	return ok;
}
