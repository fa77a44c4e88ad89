/* sync.c -- exchange with the district, or a neighbour, over the network. */
#include "commands.h"
#include "client.h"
#include "link.h"
#include "meet.h"

const struct command_option transfer_options[] = { CLI_OPTION_JSON, CLI_OPTION_DRY_RUN,
	{ "--limit-rate", OPTION_COUNT, offsetof(struct transfer_options, limit_rate), "BYTES",
		{ "每秒最多传输的字节数", "at most so many bytes a second" } },
	{ "--ca-file", OPTION_VALUE, offsetof(struct transfer_options, ca_file), "FILE",
		{ "只信任该 PEM 文件中的证书颁发机构,以后照此",
			"trust only the authorities in this PEM file; remembered" } },
	{ "--code", OPTION_VALUE, offsetof(struct transfer_options, code), "CODE",
		{ "首次与邻居交换:对方所见的核对码",
			"first exchange with a neighbour: the code it shows" } },
	{ "--no-retry", OPTION_FLAG, offsetof(struct transfer_options, no_retry), NULL,
		{ "线路中断时不再重试", "where the line breaks, do not try again" } },
	CLI_OPTION_PASSPHRASE, CLI_OPTION_END };

bool command_sync(struct invocation *invocation, struct err *err)
{
	const struct transfer_options *options = (const void *)invocation->options;
	struct link_options how = { .ca_file = options->ca_file,
		.limit_rate = (uint64_t)options->limit_rate, .once = options->no_retry };
	struct link link = { .carrier = NULL };
	struct sync_result result = { 0 };
	struct err failure = { 0 };
	struct node *node = NULL;
	bool ok = false, done;

	how.url = invocation->word_count != 0 ? invocation->words[0] : NULL;
	if (!cli_open_writing(&node, invocation, err)) {
		return false;
	}
	if (options->common.dry_run) {
		ok = cli_exchange_dry_run(invocation, node, NULL, err);
		goto out;
	}
	if (!link_open(&link, node, &how, err)) {
		goto out;
	}
	if (how.url != NULL && meet_is_neighbour(node, &link)) {
		ok = meet_neighbour(invocation, node, &link, options->code, err);
		goto out;
	}
	done = exchange_sync(node, &link.transport, &link.options, &result, &failure);
	if (done) {
		meet_hand_in(node, &link);
	}
	link_close(&link);
	if (done && !link_trust(node, options->ca_file, err)) {
		goto out;
	}
	ok = cli_exchanged(invocation, node, &result, done ? NULL : &failure, err);
out:
	link_close(&link);
	sync_result_clear(&result);
	cli_close(node);
	return ok;
}
