/* cli.c -- see cli.h. */
#include <stdlib.h>
#include <string.h>

#include "cli.h"
#include "guess.h"
#include "linli/civil.h"
#include "say.h"
#include "values.h"

const struct cli_common *cli_common(const struct invocation *invocation)
{
	return (const struct cli_common *)(const void *)invocation->options;
}

/* ---- home and passphrase ------------------------------------------ */

/* A variable of the environment that is set and not empty; or NULL. */
static const char *variable(const char *name)
{
	const char *text = getenv(name);

	return text != NULL && text[0] != '\0' ? text : NULL;
}

static bool find_home(struct buf *out, const char *given, struct err *err)
{
	const char *home = given != NULL ? given : variable("LINLI_HOME");
	const char *data = variable("XDG_DATA_HOME"), *user = variable("HOME");

	if (home != NULL) {
		buf_text(out, home);
	} else if (data != NULL && data[0] == '/') {
		buf_printf(out, "%s/linli", data);
	} else if (user != NULL) {
		buf_printf(out, "%s/.local/share/linli", user);
	} else {
		return err_set(err, ERR_USAGE, "%s",
			terminal_chinese() ? "请用 --home 写明记录所在的文件夹"
					   : "say with --home where the records are");
	}
	return buf_ok(out, err);
}

bool cli_read_file(struct buf *out, const char *path, size_t cap, struct err *err)
{
	const struct env *env = env_system();

	if (env->read_file(env->ctx, out, path, cap, err)) {
		return true;
	}
	if (err->code == ERR_NOT_FOUND) {
		return err_set(err, ERR_NO_FILE, "%s", path);
	}
	return false;
}

bool cli_read_passphrase(struct buf *out, const char *path, struct err *err)
{
	if (!cli_read_file(out, path, CLI_PASSPHRASE_FILE_MAX_BYTES, err)) {
		return false;
	}
	if (out->len != 0) {
		out->len = strcspn((char *)out->data, "\r\n");
		out->data[out->len] = '\0';
	}
	return out->len != 0 ||
		err_set(err, ERR_PASSPHRASE,
			terminal_chinese() ? "%s 中没有口令" : "there is none in %s", path);
}

static _Thread_local const char *lent_passphrase;

void cli_lend_passphrase(const char *passphrase)
{
	lent_passphrase = passphrase;
}

bool cli_place_find(struct cli_place *out, const struct invocation *invocation, struct err *err)
{
	const char *file = cli_common(invocation)->passphrase_file;
	const char *passphrase = variable("LINLI_PASSPHRASE");

	memset(out, 0, sizeof(*out));
	if (!find_home(&out->home, invocation->home, err)) {
		return false;
	}
	if (file != NULL && !cli_read_passphrase(&out->passphrase, file, err)) {
		return false;
	}
	out->options.env = env_system();
	out->options.home = buf_str(&out->home);
	out->options.passphrase = lent_passphrase != NULL ? lent_passphrase :
		file != NULL                              ? buf_str(&out->passphrase) :
							    passphrase;
	return true;
}

void cli_place_clear(struct cli_place *place)
{
	buf_clear(&place->home);
	buf_wipe(&place->passphrase);
	memset(place, 0, sizeof(*place));
}

/* ---- the node ----------------------------------------------------- */

static _Thread_local struct node *lent;

void cli_lend(struct node *node)
{
	lent = node;
}

void cli_close(struct node *node)
{
	if (node != lent) {
		node_close(node);
	}
}

bool cli_open(struct node **out, const struct invocation *invocation, struct err *err)
{
	struct cli_place place;
	bool ok;

	*out = lent;
	if (lent != NULL) {
		return true;
	}
	ok = cli_place_find(&place, invocation, err) && node_open(out, &place.options, err);
	if (!ok && err->code == ERR_PASSPHRASE && place.options.passphrase == NULL) {
		err_set(err, ERR_PASSPHRASE,
			terminal_chinese()
				? "密钥有口令保护:请用 --passphrase-file 或 LINLI_PASSPHRASE "
				  "给出口令"
				: "the key has a passphrase: give it with --passphrase-file or "
				  "LINLI_PASSPHRASE");
	}
	cli_place_clear(&place);
	return ok;
}

void cli_warn_clock(struct node *node)
{
	struct err err = { 0 };

	if (!node_clock_sound(node, &err)) {
		say("注意:%s(%s)", "Warning: %s (%s)", err_sentence(err.code, terminal_chinese()),
			err.detail);
	}
}

bool cli_open_writing(struct node **out, const struct invocation *invocation, struct err *err)
{
	if (!cli_open(out, invocation, err)) {
		return false;
	}
	cli_warn_clock(*out);
	return true;
}

/* ---- what words mean ---------------------------------------------- */

static bool no_entity(const struct model *model, const char *word, struct err *err)
{
	bool zh = terminal_chinese();
	struct guess guess = { NULL, 0 };
	struct buf list = { 0 };
	size_t i;

	for (i = 0; i < model->entity_count; i++) {
		const struct entity *entity = &model->entities[i];

		if (!entity->trust) {
			buf_printf(&list, "%s%s", list.len != 0 ? zh ? "、" : ", " : "",
				zh ? entity->label.zh : entity->name);
			guess_consider(&guess, word, entity->name);
			guess_consider(&guess, word, entity->label.zh);
			guess_consider(&guess, word, entity->label.en);
		}
	}
	if (guess.name != NULL) {
		err_set(err, ERR_USAGE,
			zh ? "没有“%.60s”这类记录;您要的是不是“%s”?可用的有:%s"
			   : "there is no entity '%.60s'; did you mean '%s'? There are: %s",
			word, guess.name, buf_str(&list));
	} else {
		err_set(err, ERR_USAGE,
			zh ? "没有“%.60s”这类记录;可用的有:%s"
			   : "there is no entity '%.60s'; there are: %s",
			word, buf_str(&list));
	}
	buf_clear(&list);
	return false;
}

bool cli_entity(const struct entity **out, struct node *node, const char *word, struct err *err)
{
	const struct model *model = node_model(node);
	size_t i;

	*out = model_entity(model, view_of(word));
	for (i = 0; *out == NULL && i < model->entity_count; i++) {
		const struct label *label = &model->entities[i].label;

		if (strcmp(word, label->zh) == 0 || strcmp(word, label->en) == 0) {
			*out = &model->entities[i];
		}
	}
	return *out != NULL || no_entity(model, word, err);
}

static bool is_there(void *ctx, const struct record_view *view, struct err *err)
{
	(void)ctx;
	(void)view;
	(void)err;
	return true;
}

/* The same as records_find() fails with, in the person's language. */
static bool not_one(const struct entity *entity, const char *word, struct err *err)
{
	bool zh = terminal_chinese();
	const char *label = zh ? entity->label.zh : entity->label.en;

	switch (err->code) {
	case ERR_NOT_FOUND:
		return err_set(err, ERR_NOT_FOUND,
			zh ? "没有编号或名称为“%.100s”的“%s”" : "no id or name '%.100s' among: %s",
			word, label);
	case ERR_AMBIGUOUS:
		return err_set(err, ERR_AMBIGUOUS,
			zh ? "“%.100s”;编号见:linli list %s %s=%.100s"
			   : "'%.100s'; for the ids: linli list %s %s=%.100s",
			word, zh ? label : entity->name,
			zh ? entity->title->label.zh : entity->title->name, word);
	default:
		return false;
	}
}

bool cli_record(struct record_id *out, struct node *node, const struct entity *entity,
	const char *word, struct err *err)
{
	bool is_id = record_id_parse(out, view_of(word), entity->slug_ids);
	struct record_id id = *out;
	struct buf title = { 0 };
	struct err ignored;
	bool ok;

	/* A name may look like a slug, but not like another id. */
	if (is_id &&
		(!entity->slug_ids || records_get(node, entity, &id, is_there, NULL, &ignored))) {
		return true;
	}
	ok = text_tidy(&title, view_of(word), err) &&
		records_find(node, entity, buf_as_view(&title), out, err);
	buf_clear(&title);
	if (!ok && is_id && err->code == ERR_NOT_FOUND) {
		*out = id;
		return true;
	}
	return ok || not_one(entity, word, err);
}

/* ---- output ------------------------------------------------------- */

bool cli_write_take(struct buf *out, struct err *err)
{
	bool ok;

	buf_byte(out, '\n');
	ok = buf_ok(out, err) && terminal_write(buf_as_view(out), err);
	buf_clear(out);
	return ok;
}

struct cli_time cli_time(int64_t unix_ms)
{
	struct cli_time time = { "–" };
	char text[17];

	if (unix_ms != 0) {
		civil_time_at(text, unix_ms);
		memcpy(time.text, text, sizeof(text));
	}
	return time;
}
