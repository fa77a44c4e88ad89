/* line_list.c -- see line_list.h. */
#include <stdlib.h>

#include "line_list.h"
#include "terminal.h"

struct list {
	const char *text, *at; /* all of it, and what is left */
	uint32_t *numbers;
	size_t count;
	uint32_t last; /* 0: none yet */
};

static bool wrong(const struct list *list, const char *zh, const char *en, struct err *err)
{
	return err_set(err, ERR_USAGE,
		terminal_chinese() ? "--lines:%s:%.60s(应如 1,4-6)"
				   : "--lines: %s: %.60s (write it as in 1,4-6)",
		terminal_chinese() ? zh : en, list->text);
}

/* The whole number that is next; false if there is none from 1 to LINE_LIST_MAX. */
static bool take_number(struct list *list, uint32_t *out)
{
	uint32_t number = 0;

	if (*list->at == '0') {
		return false;
	}
	while (*list->at >= '0' && *list->at <= '9' && number <= LINE_LIST_MAX) {
		number = number * 10 + (uint32_t)(*list->at++ - '0');
	}
	*out = number;
	return number >= 1 && number <= LINE_LIST_MAX;
}

/* One number or range. */
static bool take_range(struct list *list, struct err *err)
{
	uint32_t first, last;

	if (!take_number(list, &first)) {
		return wrong(list, "应是 1 到 10000 的行号", "lines are numbers from 1 to 10000",
			err);
	}
	last = first;
	if (*list->at == '-') {
		list->at++;
		if (!take_number(list, &last)) {
			return wrong(list, "范围没有写完", "a range is not complete", err);
		}
	}
	if (first <= list->last || last < first) {
		return wrong(list, "行号应从小到大,各写一次",
			"the numbers must rise, each being named once", err);
	}
	for (; first <= last; first++) {
		list->numbers[list->count++] = first;
	}
	list->last = last;
	return true;
}

static bool take_all(struct list *list, struct err *err)
{
	while (take_range(list, err)) {
		if (*list->at == '\0') {
			return true;
		}
		if (*list->at != ',') {
			return wrong(list, "行号之间用半角逗号隔开",
				"commas go between the numbers", err);
		}
		list->at++;
	}
	return false;
}

bool line_list_parse(uint32_t **out, size_t *count, const char *text, struct err *err)
{
	struct list list = { .text = text, .at = text };

	*out = NULL;
	*count = 0;
	/* Rising numbers up to LINE_LIST_MAX cannot be more than that many. */
	list.numbers = calloc(LINE_LIST_MAX, sizeof(*list.numbers));
	if (list.numbers == NULL) {
		return err_nomem(err);
	}
	if (!take_all(&list, err)) {
		free(list.numbers);
		return false;
	}
	*out = list.numbers;
	*count = list.count;
	return true;
}
