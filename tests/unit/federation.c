/* federation.c -- see federation.h. */
#include "federation.h"

#include <ftw.h>
#include <unistd.h>

char *scratch_folder(void)
{
	const char *base = getenv("TMPDIR");
	struct buf path = { 0 };

	buf_printf(&path, "%s/linli-test-XXXXXX", base != NULL ? base : "/tmp");
	assert_non_null(mkdtemp((char *)path.data));
	return (char *)path.data;
}

static int remove_one(const char *path, const struct stat *st, int kind, struct FTW *at)
{
	(void)st;
	(void)kind;
	(void)at;
	return remove(path);
}

void scratch_remove(char *folder)
{
	assert_int_equal(nftw(folder, remove_one, 16, FTW_DEPTH | FTW_PHYS), 0);
	free(folder);
}

static struct node_options options_for(struct buf *home, const char *folder, const char *name)
{
	buf_printf(home, "%s/%s", folder, name);
	return (struct node_options){ .env = env_system(), .home = buf_str(home) };
}

struct node *found_district(const char *folder)
{
	struct buf home = { 0 };
	struct node_options options = options_for(&home, folder, "district");
	struct node *node = NULL;
	struct err err = { 0 };

	assert_ok(node_found(&node, &options, "拱墅区", (struct view){ NULL, 0 }, &err), &err);
	buf_clear(&home);
	return node;
}

struct node *join_community(const char *folder, const char *home_name, struct node *district,
	const char *community, const char *name)
{
	struct buf home = { 0 };
	struct node_options options = options_for(&home, folder, home_name);
	struct enrolment enrolment = { 0 };
	struct node *node = NULL;
	struct tally packed;
	struct err err = { 0 };

	assert_ok(node_join(&node, &options, node_federation(district), community, name, &err),
		&err);
	strcpy(enrolment.community, community);
	strcpy(enrolment.name, name);
	node_public_key(node, enrolment.public_key);
	assert_ok(node_age_recipient(node, enrolment.age_recipient, &err), &err);
	assert_ok(node_roster_add(district, community, name, "潮鸣街道", &err), &err);
	assert_ok(node_enrol(district, &enrolment, &err), &err);
	assert_ok(outbox_pack(district, &packed, &err), &err);
	assert_int_not_equal(give_all(district, node), 0);
	assert_true(node_enrolled(node));
	buf_clear(&home);
	return node;
}

struct gift {
	struct node *from, *to;
	struct range ranges[512];
	size_t count;
};

static bool add_range(void *ctx, const struct head *head, struct err *err)
{
	struct gift *gift = ctx;
	struct head there;

	if (!scope_readable(&head->chain.scope, node_community(gift->to)) ||
		!chains_head(gift->to, &head->chain, &there, err) || there.seq >= head->seq) {
		return true;
	}
	gift->ranges[gift->count++] = (struct range){ head->chain, there.seq, 0 };
	return true;
}

size_t give_all(struct node *from, struct node *to)
{
	struct gift gift = { .from = from, .to = to };
	struct received received = { 0 };
	struct buf file = { 0 };
	struct tally tally;
	struct err err = { 0 };
	size_t taken, round;
	bool more;

	/* Twice: what waits for a trust record goes in once that is there. */
	for (round = 0; round < 2; round++) {
		gift.count = 0;
		buf_reset(&file);
		assert_ok(chains_each(from, add_range, &gift, &err), &err);
		assert_ok(chains_write(from, gift.ranges, gift.count, SIZE_MAX, &file, &tally,
				  &more, &err),
			&err);
		if (file.len != 0) {
			assert_ok(receive_bundles(to, buf_as_view(&file), "test", &received, &err),
				&err);
		}
	}
	if (received.refused_count != 0) {
		printf("refused: %s: %s: %s\n", received.refused[0].what,
			err_name(received.refused[0].code), received.refused[0].reason);
	}
	taken = received.taken.bundles;
	received_clear(&received);
	buf_clear(&file);
	return taken;
}

static struct value text_value(const struct field *field, const char *text)
{
	struct value value = { VALUE_TEXT, 0, view_of(text) };

	if (text[0] == '\0') {
		return (struct value){ VALUE_NULL, 0, { NULL, 0 } };
	}
	switch (field->type) {
	case FIELD_INTEGER:
	case FIELD_MONEY:
	case FIELD_AREA:
		value = (struct value){ VALUE_INT, strtoll(text, NULL, 10), { NULL, 0 } };
		break;
	case FIELD_BOOLEAN:
		value = (struct value){ VALUE_BOOL, strcmp(text, "true") == 0, { NULL, 0 } };
		break;
	default:
		break;
	}
	return value;
}

void put_words(struct node *node, const char *entity_name, const char *id,
	char out[RECORD_ID_TEXT_BYTES], const char *const *words)
{
	const struct entity *entity = model_entity(node_model(node), view_of(entity_name));
	struct assignment assignments[MODEL_MAX_FIELDS];
	struct record_id given, made;
	struct err err = { 0 };
	size_t i;

	assert_non_null(entity);
	for (i = 0; words[i] != NULL; i++) {
		const char *equals = strchr(words[i], '=');
		bool element = equals[-1] == '+' || equals[-1] == '-';
		struct view name = { words[i], (size_t)(equals - words[i]) - (element ? 1 : 0) };

		assignments[i].field = entity_field(entity, name);
		assert_non_null(assignments[i].field);
		assignments[i].op = equals[-1] == '+' ? ASSIGN_ADD :
			equals[-1] == '-'	      ? ASSIGN_TAKE :
							ASSIGN_SET;
		assignments[i].value = text_value(assignments[i].field, equals + 1);
	}
	if (id != NULL) {
		assert_true(record_id_parse(&given, view_of(id), entity->slug_ids));
	}
	assert_ok(records_put(node, entity, id != NULL ? &given : NULL, assignments, i, &made, &err),
		&err);
	if (out != NULL) {
		record_id_print(out, made.bytes, made.len, entity->slug_ids);
	}
}

struct wanted {
	const char *field;
	char *out;
	size_t room;
};

static bool keep_value(void *ctx, const struct record_view *view, struct err *err)
{
	struct wanted *wanted = ctx;
	const struct field *field = entity_field(view->entity, view_of(wanted->field));
	const struct value *value = &view->values[field->index];

	(void)err;
	wanted->out[0] = '\0';
	if (value->kind == VALUE_TEXT) {
		snprintf(wanted->out, wanted->room, "%.*s", (int)value->text.len,
			value->text.data);
	} else if (value->kind != VALUE_NULL) {
		snprintf(wanted->out, wanted->room, "%lld", (long long)value->integer);
	}
	return true;
}

const char *value_of(struct node *node, const char *entity_name, const char *id,
	const char *field)
{
	static char text[512];
	const struct entity *entity = model_entity(node_model(node), view_of(entity_name));
	struct wanted wanted = { field, text, sizeof(text) };
	struct record_id record;
	struct err err = { 0 };

	assert_true(record_id_parse(&record, view_of(id), entity->slug_ids));
	assert_ok(records_get(node, entity, &record, keep_value, &wanted, &err), &err);
	return text;
}

static bool count_one(void *ctx, const struct record_view *view, struct err *err)
{
	(void)view;
	(void)err;
	(*(size_t *)ctx)++;
	return true;
}

size_t count_of(struct node *node, const char *entity)
{
	size_t count = 0;
	struct err err = { 0 };

	assert_ok(records_each(node, model_entity(node_model(node), view_of(entity)), NULL, 0,
			  count_one, &count, &err),
		&err);
	return count;
}

static void print_problem(void *ctx, const char *text)
{
	(void)ctx;
	printf("problem: %s\n", text);
}

void assert_sound(struct node *node)
{
	struct check_report report;
	struct err err = { 0 };

	assert_ok(chains_check(node, &report, print_problem, NULL, NULL, &err), &err);
	assert_int_equal(report.problems, 0);
	assert_int_equal(report.sent, report.applied + report.waiting + report.returned);
}
