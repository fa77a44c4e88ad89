/* get.c -- one record: as it stands, and how it came to that. */
#include <inttypes.h>
#include <string.h>

#include "commands.h"
#include "display.h"
#include "emit.h"
#include "say.h"
#include "shown.h"
#include "story.h"

const struct command_option cli_read_options[] = { CLI_OPTION_JSON, CLI_OPTION_PASSPHRASE,
	CLI_OPTION_END };
const struct command_option cli_write_options[] = { CLI_OPTION_JSON, CLI_OPTION_DRY_RUN,
	CLI_OPTION_PASSPHRASE, CLI_OPTION_END };

/* What is being written, and where to. */
struct showing {
	struct node *node;
	const struct entity *entity;
	const struct record_id *id;
	struct buf *out;
	const char *section; /* of derived values: the one that has begun */
};

static const char *in(const char *zh, const char *en)
{
	return terminal_chinese() ? zh : en;
}

/* "label: " for a line of the record. */
static void label_line(struct buf *out, const char *label)
{
	display_escape(out, view_of(label));
	buf_text(out, in(":", ": "));
}

/* ---- get --json --------------------------------------------------- */

static bool record_json(void *ctx, const struct record_view *view, struct err *err)
{
	struct showing *showing = ctx;

	(void)err;
	emit_member(showing->out, "entity", view->entity->name);
	emit_member(showing->out, "id", view->id);
	emit_member_bool(showing->out, "deleted", !view->alive);
	emit_key(showing->out, "values");
	shown_values_json(showing->out, view);
	return true;
}

/* The text of a derived value as one of its type. */
static struct value derived_value(const struct derived *derived, struct view text)
{
	struct value value = { VALUE_NULL, 0, { NULL, 0 } };

	if (text.len == 0) {
		return value;
	}
	if (derived->type != FIELD_TEXT && derived->type != FIELD_DATE &&
		int64_parse(&value.integer, text)) {
		value.kind = derived->type == FIELD_BOOLEAN ? VALUE_BOOL : VALUE_INT;
	} else {
		value.kind = VALUE_TEXT;
		value.text = text;
	}
	return value;
}

static bool derived_json(void *ctx, const struct derived *derived, struct view label,
	struct view text, struct err *err)
{
	struct showing *showing = ctx;
	struct value value = derived_value(derived, text);

	emit_open(showing->out, '{');
	emit_member(showing->out, "name", derived->name);
	emit_key(showing->out, "label");
	emit_text(showing->out, label.len != 0 ? label : view_of(shown_label(&derived->label)));
	emit_key(showing->out, "value");
	shown_json(showing->out, NULL, &value);
	emit_close(showing->out, '}');
	return buf_ok(showing->out, err);
}

static bool conflict_json(void *ctx, const struct conflict *conflict, struct err *err)
{
	struct showing *showing = ctx;

	return shown_conflict_json(showing->out, showing->node, conflict, err) &&
		buf_ok(showing->out, err);
}

static bool line_json(void *ctx, const struct history_line *line, struct err *err)
{
	struct showing *showing = ctx;

	shown_line_json(showing->out, line);
	return emit_flush(showing->out, err);
}

static bool lines_json(struct showing *showing, struct err *err)
{
	emit_key(showing->out, "lines");
	emit_open(showing->out, '[');
	if (!records_history(
		    showing->node, showing->entity, showing->id, line_json, showing, err)) {
		return false;
	}
	emit_close(showing->out, ']');
	return true;
}

static bool get_json(struct showing *showing, struct err *err)
{
	struct buf *out = showing->out;

	emit_begin(out);
	if (!records_get(showing->node, showing->entity, showing->id, record_json, showing, err)) {
		return false;
	}
	emit_key(out, "derived");
	emit_open(out, '[');
	if (!records_derived(
		    showing->node, showing->entity, showing->id, derived_json, showing, err)) {
		return false;
	}
	emit_close(out, ']');
	emit_key(out, "conflicts");
	emit_open(out, '[');
	if (!records_conflicts(
		    showing->node, showing->entity, showing->id, conflict_json, showing, err)) {
		return false;
	}
	emit_close(out, ']');
	if (!lines_json(showing, err) ||
		!story_json(out, showing->node, showing->entity, showing->id, err)) {
		return false;
	}
	emit_end(out);
	return true;
}

/* ---- get for a person --------------------------------------------- */

static bool record_text(void *ctx, const struct record_view *view, struct err *err)
{
	struct showing *showing = ctx;
	const struct entity *entity = view->entity;
	struct buf value = { 0 };
	size_t i;

	buf_printf(showing->out, "%s %s%s\n", shown_label(&entity->label), view->id,
		view->alive ? "" : in("(已删除)", " (deleted)"));
	if (entity_field(entity, VIEW_LITERAL("community")) == NULL && view->community[0] != '\0') {
		label_line(showing->out, in("社区", "Community"));
		shown_community(&value, showing->node, view->community);
		display_escape(showing->out, buf_as_view(&value));
		buf_byte(showing->out, '\n');
	}
	for (i = 0; i < entity->field_count; i++) {
		const struct field *field = &entity->fields[i];

		if (view->values[i].kind == VALUE_NULL) {
			continue;
		}
		buf_reset(&value);
		shown_value(&value, showing->node, field, &view->values[i]);
		label_line(showing->out, shown_label(&field->label));
		display_escape_lines(showing->out, buf_as_view(&value));
		buf_byte(showing->out, '\n');
	}
	showing->out->failed = showing->out->failed || value.failed;
	buf_clear(&value);
	return buf_ok(showing->out, err);
}

static bool derived_text(void *ctx, const struct derived *derived, struct view label,
	struct view text, struct err *err)
{
	struct showing *showing = ctx;
	struct buf *out = showing->out;
	struct field like = { .type = derived->type, .unit = "" };
	struct value value = derived_value(derived, text);
	struct buf shown = { 0 };

	if (showing->section == NULL) {
		buf_byte(out, '\n');
	}
	if (label.len != 0 && showing->section != derived->name) {
		buf_printf(out, "%s:\n", shown_label(&derived->label));
	}
	showing->section = derived->name;
	buf_text(out, label.len != 0 ? "  " : "");
	if (label.len != 0) {
		display_escape(out, label);
		buf_text(out, in(":", ": "));
	} else {
		label_line(out, shown_label(&derived->label));
	}
	shown_value(&shown, showing->node, &like, &value);
	buf_text(&shown, value.kind == VALUE_NULL ? in("(尚不能算出)", "(not known yet)") : "");
	display_escape(out, buf_as_view(&shown));
	buf_byte(out, '\n');
	out->failed = out->failed || shown.failed;
	buf_clear(&shown);
	return buf_ok(out, err);
}

static bool conflict_text(void *ctx, const struct conflict *conflict, struct err *err)
{
	struct showing *showing = ctx;

	if (showing->section == NULL) {
		buf_printf(showing->out, "\n%s\n", in("冲突:", "Conflicts:"));
		showing->section = "";
	}
	return shown_conflict(showing->out, showing->node, conflict, err) &&
		buf_ok(showing->out, err);
}

/* Two rows a line: its name is long, and wanted whole. */
static bool line_text(void *ctx, const struct history_line *line, struct err *err)
{
	struct showing *showing = ctx;
	struct buf *out = showing->out;
	struct device device;
	struct buf who = { 0 };

	if (node_find_device(showing->node, line->device, &device)) {
		shown_community(&who, showing->node, device.community);
	} else {
		shown_device(&who, showing->node, line->device);
	}
	buf_printf(out, "%s  ", cli_time(line->t / 1000).text);
	display_escape(out, buf_as_view(&who));
	buf_printf(out, "  %s%s\n    ", line->line,
		line->draft	 ? in("(未签署)", " (not signed)") :
		line->confirmed ? "" :
				  in("(区里尚未确认)", " (not confirmed by the district yet)"));
	shown_change(out, showing->node, line->text);
	buf_byte(out, '\n');
	out->failed = out->failed || who.failed;
	buf_clear(&who);
	return emit_flush(out, err);
}

static bool history_text(struct showing *showing, struct err *err)
{
	return records_history(
		       showing->node, showing->entity, showing->id, line_text, showing, err) &&
		story_text(showing->out, showing->node, showing->entity, showing->id, err) &&
		terminal_write(buf_as_view(showing->out), err);
}

static bool get_text(struct showing *showing, struct err *err)
{
	if (!records_get(showing->node, showing->entity, showing->id, record_text, showing, err) ||
		!records_derived(
			showing->node, showing->entity, showing->id, derived_text, showing, err)) {
		return false;
	}
	showing->section = NULL;
	if (!records_conflicts(
		    showing->node, showing->entity, showing->id, conflict_text, showing, err)) {
		return false;
	}
	buf_printf(showing->out, "\n%s\n", in("改动:", "Changes:"));
	return history_text(showing, err);
}

/* ---- the commands ------------------------------------------------- */

static bool run(struct invocation *invocation, bool (*json)(struct showing *, struct err *),
	bool (*text)(struct showing *, struct err *), struct err *err)
{
	struct showing showing = { 0 };
	struct record_id id;
	struct buf out = { 0 };
	bool ok = false;

	showing.out = &out;
	showing.id = &id;
	if (!cli_open(&showing.node, invocation, err) ||
		!cli_entity(&showing.entity, showing.node, invocation->words[0], err) ||
		!cli_record(&id, showing.node, showing.entity, invocation->words[1], err)) {
		goto out;
	}
	if (cli_common(invocation)->json) {
		ok = json(&showing, err) && cli_write_take(&out, err);
	} else {
		ok = text(&showing, err);
	}
out:
	buf_clear(&out);
	cli_close(showing.node);
	return ok;
}

bool cli_get(struct invocation *invocation, struct err *err)
{
	return run(invocation, get_json, get_text, err);
}

static bool history_json(struct showing *showing, struct err *err)
{
	char id[RECORD_ID_TEXT_BYTES];

	record_id_print(id, showing->id->bytes, showing->id->len, showing->entity->slug_ids);
	emit_begin(showing->out);
	emit_member(showing->out, "entity", showing->entity->name);
	emit_member(showing->out, "id", id);
	if (!lines_json(showing, err) ||
		!story_json(showing->out, showing->node, showing->entity, showing->id, err)) {
		return false;
	}
	emit_end(showing->out);
	return true;
}

bool cli_history(struct invocation *invocation, struct err *err)
{
	return run(invocation, history_json, history_text, err);
}
