/*
 * demo_district.c -- what the district itself records, from CSV files.
 *
 *   demo_district HOME FOLDER
 *
 * Writes every FOLDER/NN-<entity>.csv, in order, as records of the
 * district whose home is HOME, and signs them.
 */
#include <stdio.h>
#include <string.h>

#include "csv.h"
#include "entry.h"
#include "linli/chains.h"

struct job {
	struct node *node;
	const struct entity *entity;
	const struct csv_table *table;
	struct entry entry; /* of one row */
};

static bool write_record(struct job *job, const struct csv_row *row, struct err *err)
{
	const struct csv_row *header = csv_header(job->table);
	struct record_id id;
	size_t i;

	if (row->count != header->count) {
		return err_set(err, ERR_FORMAT, "%zu cells, not %zu", row->count, header->count);
	}
	entry_reset(&job->entry);
	for (i = 0; i < header->count; i++) {
		const struct field *field = entity_field(job->entity, header->cells[i]);

		if (field == NULL) {
			return err_set(err, ERR_FORMAT, "no field '%.*s'",
				(int)header->cells[i].len, header->cells[i].data);
		}
		if (!entry_assign(&job->entry, job->node, job->entity, NULL, field, ASSIGN_SET,
			    row->cells[i], err)) {
			return false;
		}
	}
	return records_put(
		job->node, job->entity, NULL, job->entry.list, job->entry.count, &id, err);
}

static bool write_records(void *ctx, struct err *err)
{
	struct job *job = ctx;
	const struct csv_row *rows;
	size_t count, i;

	rows = csv_rows(job->table, &count);
	for (i = 0; i < count; i++) {
		if (!write_record(job, &rows[i], err)) {
			return err_wrap(err, "line %zu", rows[i].line);
		}
	}
	return true;
}

/* ${name}: "NN-<entity>.csv". */
static bool write_file(struct node *node, const char *folder, struct view name, struct err *err)
{
	const struct env *env = node_env(node);
	struct job job = { .node = node };
	struct csv_table *table = NULL;
	struct buf path = { 0 }, bytes = { 0 };
	bool ok = false;

	buf_printf(&path, "%s/%.*s", folder, (int)name.len, name.data);
	if (name.len > 7) {
		job.entity = model_entity(
			node_model(node), (struct view){ name.data + 3, name.len - 7 });
	}
	if (job.entity == NULL) {
		err_set(err, ERR_FORMAT, "no entity has this name");
		goto out;
	}
	if (!buf_ok(&path, err) ||
		!env->read_file(env->ctx, &bytes, buf_str(&path), CSV_FILE_MAX_BYTES, err) ||
		!csv_read(&table, buf_as_view(&bytes), err)) {
		goto out;
	}
	job.table = table;
	ok = node_transaction(node, write_records, &job, false, err);
out:
	if (!ok) {
		err_wrap(err, "%.*s", (int)name.len, name.data);
	}
	entry_clear(&job.entry);
	csv_table_free(table);
	buf_clear(&bytes);
	buf_clear(&path);
	return ok;
}

static bool write_folder(struct node *node, const char *folder, struct err *err)
{
	const struct env *env = node_env(node);
	struct buf names = { 0 };
	struct cursor cursor;
	struct tally packed;
	bool ok;

	ok = env->list_dir(env->ctx, &names, folder, err);
	cursor = cursor_of(names.data, names.len);
	while (ok && cursor_left(&cursor) != 0) {
		ok = write_file(node, folder, cursor_until(&cursor, '\0'), err);
	}
	buf_clear(&names);
	return ok && outbox_pack(node, &packed, err);
}

int main(int argc, char **argv)
{
	struct node_options options = { .env = env_system() };
	struct node *node = NULL;
	struct err err = { 0 };
	bool ok;

	if (argc != 3) {
		fprintf(stderr, "usage: %s HOME FOLDER\n", argv[0]);
		return 2;
	}
	options.home = argv[1];
	ok = node_open(&node, &options, &err) && write_folder(node, argv[2], &err);
	node_close(node);
	if (!ok) {
		fprintf(stderr, "demo_district: %s: %s\n", err_name(err.code), err.detail);
		return err_exit_status(err.code);
	}
	return 0;
}
