/* encoding.c -- UTF-8 or GB18030; see encoding.h. */
#include <errno.h>
#include <iconv.h>
#include <string.h>

#include "encoding.h"

#define CHUNK_BYTES 16384

/* What people hand over in place of a CSV file, by its first bytes. */
static const struct magic {
	const char *bytes;
	size_t len;
	const char *what;
} magics[] = {
	{ "\xff\xfe\0\0", 4, "a file in UTF-32; save it as \"CSV UTF-8\"" },
	{ "\0\0\xfe\xff", 4, "a file in UTF-32; save it as \"CSV UTF-8\"" },
	{ "\xff\xfe", 2, "a file in UTF-16 (\"Unicode text\"); save it as \"CSV UTF-8\"" },
	{ "\xfe\xff", 2, "a file in UTF-16 (\"Unicode text\"); save it as \"CSV UTF-8\"" },
	{ "PK\x03\x04", 4, "an Excel workbook (.xlsx); save it as \"CSV UTF-8\"" },
	{ "\xd0\xcf\x11\xe0", 4, "an Excel workbook (.xls); save it as \"CSV UTF-8\"" },
};

size_t encoding_lines(struct view text, size_t at)
{
	size_t i, lines = 0;

	for (i = 0; i < at; i++) {
		if (text.data[i] == '\n') {
			lines += i == 0 || text.data[i - 1] != '\r';
		} else if (text.data[i] == '\r') {
			lines++;
		}
	}
	return lines;
}

/* Bytes of the UTF-8 character at the front; 0 if there is none. */
static size_t utf8_front(struct view text)
{
	uint8_t c = (uint8_t)text.data[0];
	size_t len = c < 0x80 ? 1 : c < 0xe0 ? 2 : c < 0xf0 ? 3 : 4;

	if (len > text.len || !utf8_valid((struct view){ text.data, len })) {
		return 0;
	}
	return len;
}

/*
 * Is text that is not valid UTF-8 still UTF-8, with a few bytes damaged?
 * Chinese text in GB18030 has, for each run of three bytes that happens to
 * be a character of UTF-8, some fifty bytes that are none; in the worst few
 * words, as many as there are runs.  Without this question one bad byte
 * would turn a whole file into other words.
 * *bad is the place of the first bad byte.
 */
static bool damaged_utf8(struct view text, size_t *bad)
{
	size_t at = 0, good = 0, wrong = 0;

	while (at < text.len) {
		size_t len = utf8_front((struct view){ text.data + at, text.len - at });

		if (len == 0) {
			*bad = wrong++ == 0 ? at : *bad;
			at++;
			continue;
		}
		good += len > 2;
		at += len;
	}
	return good > wrong;
}

static bool convert(
	struct buf *out, struct view text, const char *to, const char *from, struct err *err)
{
	/* iconv() does not write through its first pointer. */
	char *at = (char *)(uintptr_t)text.data;
	size_t left = text.len;
	char chunk[CHUNK_BYTES];
	bool ok = false, more = true;
	iconv_t iconv_state = iconv_open(to, from);

	if (iconv_state == (iconv_t)-1) {
		return err_errno(err, "iconv from %s to %s", from, to);
	}
	while (more) {
		char *fill = chunk;
		size_t room = sizeof(chunk);

		more = iconv(iconv_state, &at, &left, &fill, &room) == (size_t)-1;
		if (more && errno != E2BIG) {
			err_set(err, ERR_FORMAT,
				ERR_BOTH("编码不对", "line %zu is not in %s"),
				encoding_lines(text, text.len - left) + 1, from);
			goto out;
		}
		buf_add(out, chunk, sizeof(chunk) - room);
	}
	ok = buf_ok(out, err);
out:
	iconv_close(iconv_state);
	return ok;
}

static bool refuse_other_files(struct view bytes, struct err *err)
{
	const char *nul;
	size_t i;

	for (i = 0; i < sizeof(magics) / sizeof(magics[0]); i++) {
		if (bytes.len >= magics[i].len &&
			memcmp(bytes.data, magics[i].bytes, magics[i].len) == 0) {
			return err_set(err, ERR_FORMAT, ERR_BOTH("不是 CSV 文件", "this is %s"), magics[i].what);
		}
	}
	nul = bytes.len != 0 ? memchr(bytes.data, '\0', bytes.len) : NULL;
	if (nul != NULL) {
		return err_set(err, ERR_FORMAT,
			ERR_BOTH("不是文字,或是 UTF-16 编码:请另存为“CSV UTF-8”",
				"line %zu has NUL bytes: not a text file, or one in UTF-16; "
				"save it as \"CSV UTF-8\""),
			encoding_lines(bytes, (size_t)(nul - bytes.data)) + 1);
	}
	return true;
}

bool encoding_detect(enum csv_encoding *out, struct view *text, struct buf *converted,
	struct view bytes, struct err *err)
{
	size_t bad = 0;
	bool mark = view_begins(bytes, "\xef\xbb\xbf");

	if (!refuse_other_files(bytes, err)) {
		return false;
	}
	if (mark) {
		bytes.data += 3;
		bytes.len -= 3;
	}
	*text = bytes;
	*out = mark ? CSV_UTF8_BOM : CSV_UTF8;
	if (utf8_valid(bytes)) {
		return true;
	}
	if (damaged_utf8(bytes, &bad) || mark) {
		return err_set(err, ERR_FORMAT,
			ERR_BOTH("有一行的编码与其他行不同",
				"line %zu is not in UTF-8, as the rest of the file is"),
			encoding_lines(bytes, bad) + 1);
	}
	*out = CSV_GB18030;
	if (!convert(converted, bytes, "UTF-8", "GB18030", err)) {
		return err_wrap(err, ERR_BOTH("编码既不是 UTF-8 也不是 GB18030",
			"neither UTF-8 nor GB18030"));
	}
	*text = buf_as_view(converted);
	if (!utf8_valid(*text)) {
		return err_set(err, ERR_FORMAT, ERR_BOTH("编码既不是 UTF-8 也不是 GB18030",
			"neither UTF-8 nor GB18030"));
	}
	return true;
}

bool csv_encode_gb18030(struct buf *out, struct view text, struct err *err)
{
	if (view_begins(text, "\xef\xbb\xbf")) {
		text.data += 3;
		text.len -= 3;
	}
	return convert(out, text, "GB18030", "UTF-8", err);
}
