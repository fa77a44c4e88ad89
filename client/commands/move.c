/* move.c -- move and take: a record goes to another community. */
#include "move.h"

#include <string.h>

#include "emit.h"
#include "linli/chains.h"
#include "linli/move.h"
#include "say.h"
#include "shown.h"

const struct command_option move_options[] = { CLI_OPTION_JSON, CLI_OPTION_DRY_RUN,
	{ "--to", OPTION_VALUE, offsetof(struct move_options, to), "COMMUNITY",
		{ "转给哪个社区(编号)", "which community takes it (its id)" } },
	{ "-o", OPTION_VALUE, offsetof(struct move_options, file), "FILE",
		{ "移交文件写到哪里", "where the handover file goes" } },
	{ "--withdraw", OPTION_FLAG, offsetof(struct move_options, withdraw), NULL,
		{ "撤回还没有确认的转出", "take back an offer that is not confirmed yet" } },
	CLI_OPTION_PASSPHRASE, CLI_OPTION_END };
const struct command_option take_options[] = { CLI_OPTION_JSON, CLI_OPTION_DRY_RUN,
	CLI_OPTION_PASSPHRASE, CLI_OPTION_END };

struct moving {
	struct node *node;
	const struct move_options *options;
	const struct entity *entity;
	struct record_id id;
	size_t lines; /* in the handover */
};

static bool usage_fits(const struct move_options *options, struct err *err)
{
	bool wrong = options->withdraw ? options->to != NULL || options->file != NULL :
					 options->to == NULL;

	if (wrong) {
		return err_set(err, ERR_USAGE, "%s",
			terminal_chinese() ? "请写明 --to 社区,或只写 --withdraw"
					   : "give --to COMMUNITY, or --withdraw alone");
	}
	return true;
}

/* What only this community holds goes no other way. */
static bool file_given(const struct moving *moving, struct err *err)
{
	if ((moving->entity->scopes & 1U << SCOPE_COMMUNITY) == 0 || moving->options->withdraw ||
		moving->options->file != NULL) {
		return true;
	}
	return err_set(err, ERR_USAGE, "%s",
		terminal_chinese() ? "这类记录有只在本社区的内容,请用 -o 写出移交文件"
				   : "such a record has fields that only this community holds: "
				     "write the handover file with -o");
}

static bool move_body(void *ctx, struct err *err)
{
	const struct moving *moving = ctx;

	return moving->options->withdraw ?
		move_withdraw(moving->node, moving->entity, &moving->id, err) :
		move_offer(moving->node, moving->entity, &moving->id, moving->options->to, err);
}

static bool write_file(struct moving *moving, struct err *err)
{
	const struct env *env = node_env(moving->node);
	struct buf sealed = { 0 };
	struct tally packed;
	bool ok;

	ok = outbox_pack(moving->node, &packed, err) &&
		handover_write(moving->node, moving->entity, &moving->id, moving->options->to,
			&sealed, &moving->lines, err) &&
		env->write_file(env->ctx, moving->options->file, buf_as_view(&sealed), false, err);
	buf_clear(&sealed);
	return ok;
}

static bool move_report(const struct moving *moving, struct err *err)
{
	const struct move_options *options = moving->options;
	const char *label = shown_label(&moving->entity->label);
	char id[RECORD_ID_TEXT_BYTES];
	struct buf out = { 0 }, to = { 0 };

	record_id_print(id, moving->id.bytes, moving->id.len, moving->entity->slug_ids);
	if (options->common.json) {
		emit_begin(&out);
		emit_member(&out, "entity", moving->entity->name);
		emit_member(&out, "id", id);
		emit_member(&out, "to", options->to);
		emit_member(&out, "file", options->file);
		emit_member_integer(&out, "lines", (int64_t)moving->lines);
		emit_member_bool(&out, "dry_run", options->common.dry_run);
		emit_end(&out);
		return cli_write_take(&out, err);
	}
	if (options->to != NULL) {
		shown_community(&to, moving->node, options->to);
	}
	if (options->withdraw) {
		say_result("已撤回:%s %s", "Taken back: %s %s", label, id);
	} else if (options->common.dry_run) {
		say("可以转出:%s %s → %s", "Could be handed over: %s %s to %s", label, id,
			buf_str(&to));
	} else {
		say_result("已提出转给%s:%s %s", "Offered to %s: %s %s", buf_str(&to), label, id);
		say("对方接收、区里确认之后,这条记录由对方填写。",
			"Once they take it and the district confirms, they hold the record.");
		if (options->file == NULL) {
			say("请把编号告诉对方,由对方执行:linli take %s %s",
				"Tell them the id; they run: linli take %s %s",
				moving->entity->name, id);
		}
	}
	if (options->file != NULL && !options->common.dry_run) {
		say_result("移交文件:%s(请交给对方,由对方执行 linli take)",
			"Handover: %s (give it to them, for linli take)", options->file);
	}
	buf_clear(&to);
	return true;
}

bool command_move(struct invocation *invocation, struct err *err)
{
	struct moving moving = { .options = (const void *)invocation->options };
	bool ok = usage_fits(moving.options, err) &&
		cli_open_writing(&moving.node, invocation, err) &&
		cli_entity(&moving.entity, moving.node, invocation->words[0], err) &&
		cli_record(&moving.id, moving.node, moving.entity, invocation->words[1], err) &&
		file_given(&moving, err) &&
		node_transaction(moving.node, move_body, &moving, moving.options->common.dry_run,
			err) &&
		(moving.options->file == NULL || moving.options->common.dry_run ||
			write_file(&moving, err)) &&
		move_report(&moving, err);

	cli_close(moving.node);
	return ok;
}

/* ---- take ---------------------------------------------------------- */

struct taking {
	struct node *node;
	const struct entity *entity;
	struct record_id id;
	struct buf file;
	bool from_file;
	struct handed handed;
};

static bool take_body(void *ctx, struct err *err)
{
	struct taking *taking = ctx;

	if (!taking->from_file) {
		return move_take(taking->node, taking->entity, &taking->id, 0, err);
	}
	if (!handover_take(taking->node, buf_as_view(&taking->file), &taking->handed, err)) {
		return false;
	}
	taking->entity = taking->handed.entity;
	taking->id = taking->handed.id;
	return true;
}

static bool take_report(const struct taking *taking, const struct cli_common *options,
	struct err *err)
{
	const char *label = shown_label(&taking->entity->label);
	char id[RECORD_ID_TEXT_BYTES];
	struct buf out = { 0 };

	record_id_print(id, taking->id.bytes, taking->id.len, taking->entity->slug_ids);
	if (options->json) {
		emit_begin(&out);
		emit_member(&out, "entity", taking->entity->name);
		emit_member(&out, "id", id);
		emit_member(&out, "from",
			taking->from_file ? taking->handed.giver : NULL);
		emit_member_integer(&out, "lines", (int64_t)taking->handed.lines);
		emit_member_bool(&out, "dry_run", options->dry_run);
		emit_end(&out);
		return cli_write_take(&out, err);
	}
	if (options->dry_run) {
		say("可以接收:%s %s", "Could be taken: %s %s", label, id);
		return true;
	}
	say_result("已接收:%s %s", "Taken: %s %s", label, id);
	say("区里收到双方的话后确认;下次交换后即归本社区。",
		"The district confirms once it has heard both sides; after the next exchange the "
		"record is ours.");
	return true;
}

bool command_take(struct invocation *invocation, struct err *err)
{
	const struct cli_common *options = cli_common(invocation);
	struct taking taking = { .from_file = invocation->word_count == 1 };
	bool ok = cli_open_writing(&taking.node, invocation, err);

	if (ok && taking.from_file) {
		ok = cli_read_file(&taking.file, invocation->words[0], HANDOVER_MAX_BYTES, err);
	} else if (ok) {
		ok = cli_entity(&taking.entity, taking.node, invocation->words[0], err) &&
			cli_record(&taking.id, taking.node, taking.entity, invocation->words[1],
				err);
	}
	ok = ok && node_transaction(taking.node, take_body, &taking, options->dry_run, err) &&
		take_report(&taking, options, err);
	buf_clear(&taking.file);
	cli_close(taking.node);
	return ok;
}
