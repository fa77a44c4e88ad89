/* open.h -- the command that serves the community's page. */
#ifndef LINLI_CLIENT_OPEN_H
#define LINLI_CLIENT_OPEN_H

#include "cli.h"

struct open_options {
	struct cli_common common;
	int64_t port, idle_minutes;
	bool no_browser;
};
extern const struct command_option open_options[];
extern const struct open_options open_defaults;
MUST_CHECK bool command_open(struct invocation *invocation, struct err *err);
#define CLIENT_OPEN \
	{ \
		.name = "open", \
		.summary = { "在浏览器中打开本社区的页面", "Open the community's page in the browser" }, \
		.notes = { "只在本机可用;打印出的地址用一次即失效。再次运行会打开新的窗口。\n" \
			   "按 Ctrl-C 结束。", \
			"For this computer only; the address that is printed is good once.  Run again\n" \
			"it opens another window.  Ctrl-C ends it." }, \
		.usage = "", .options = open_options, .options_bytes = sizeof(struct open_options), \
		.defaults = &open_defaults, .run = command_open \
	}

#endif
