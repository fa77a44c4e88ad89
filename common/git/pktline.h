/*
 * pktline.h -- pkt-lines, the frames of git's protocol, and its side bands.
 *
 * Four lower-case hex digits say how long a line is, themselves included;
 * 0000 (flush) ends a part, 0001 (delim) divides one.  Source: git's
 * gitprotocol-common(5) and gitprotocol-pack(5).
 */
#ifndef LINLI_PKTLINE_H
#define LINLI_PKTLINE_H

#include "linli/bytes.h"

#define PKT_MAX_BYTES 65520 /* a line with its length */
#define PKT_DATA_MAX_BYTES (PKT_MAX_BYTES - 4)

enum pkt_kind {
	PKT_DATA,
	PKT_FLUSH,
	PKT_DELIM,
	PKT_END /* no bytes are left */
};

/*
 * The next line of ${cursor}; ${data} is borrowed, and empty but of PKT_DATA.
 * Fails with ERR_FORMAT: no length, or more bytes than there are.
 */
MUST_CHECK bool pkt_next(struct cursor *cursor, enum pkt_kind *kind, struct view *data,
	struct err *err);
/* ${data} without the newline that may end a line of text. */
struct view pkt_text(struct view data);

/* Append a line; one of more than PKT_DATA_MAX_BYTES makes ${out} fail. */
void pkt_line(struct buf *out, const char *fmt, ...) PRINTF_LIKE(2, 3);
void pkt_flush(struct buf *out);
void pkt_delim(struct buf *out);

/* A pack on its way into lines of the side band, each as long as can be. */
struct band_writer {
	/* Whole lines, or what is left at the end; fails with an error of its own. */
	bool (*write)(void *ctx, struct view piece, struct err *err);
	void *ctx;
	size_t line_max;    /* bytes of data in a line, without the band's number; 0: no lines */
	struct buf pending; /* released by band_clear() */
};
/* ${ctx} is a struct band_writer. */
MUST_CHECK bool band_write(void *ctx, struct view piece, struct err *err);
/* The last line; without a flush. */
MUST_CHECK bool band_end(struct band_writer *band, struct err *err);
void band_clear(struct band_writer *band);

#endif
