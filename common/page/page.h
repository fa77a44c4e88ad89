/*
 * page.h -- the server's end of a page in the browser: who may ask, the
 * page's own files, and a table of routes for its data (docs/page-api.yaml).
 *
 * The files are embedded, compressed, and the same for everybody.  A path
 * outside /assets/ that is no file is an address within the page: it gets
 * the index, which shows it.  Nothing is ever loaded from elsewhere, and
 * nothing is framed.
 *
 * What asks for data, or to change it, must come from the page itself: the
 * Host is one of ours, whatever name led here (a name that a stranger made
 * to lead to this computer is none); the Origin, where the browser says
 * one, is the page's, and to change anything it must say it; Sec-Fetch-Site
 * where it is there says so, too.  Nothing changes by GET.
 *
 * Errors: {"schema":1,"error":{"code","sentence","reason"}}, in the language
 * of Accept-Language.  The reason is the detail of those failures whose
 * detail is written for the person (a value that does not fit); of all
 * others it is null.
 */
#ifndef LINLI_PAGE_H
#define LINLI_PAGE_H

#include <jansson.h>

#include "front.h"

#define PAGE_API "/page/v1"
#define PAGE_PARAMS_MAX 4
#define PAGE_PARAM_BYTES 300
#define PAGE_JSON_MAX_BYTES (1024 * 1024)

/* One file of the page, as it was built. */
struct page_file {
	const char *path; /* "/index.html", "/assets/client-3FJ2K.js" */
	const char *type; /* Content-Type */
	const char *etag; /* with its quotes */
	bool immutable;   /* its name changes with its content */
	const char *data; /* gzip */
	size_t len;
};

/* A request for data, and its answer. */
struct node;
struct page_call {
	void *ctx;         /* the program's */
	struct node *node; /* as admit() has set it; never NULL for PAGE_ROUTE_GUARDED */
	const struct request *request;
	char params[PAGE_PARAMS_MAX][PAGE_PARAM_BYTES]; /* of {name} in the route's path */
	json_t *body; /* what was sent, an object; NULL: none, or not JSON */
	bool zh;      /* the reader's language */

	struct reply *reply; /* its body is filled with JSON; status 200 if left alone */
	const char *content_type; /* NULL: JSON */
};
typedef bool page_handler(struct page_call *call, struct err *err);

enum page_route_kind {
	PAGE_ROUTE_GUARDED, /* only with a session, and where there are records */
	PAGE_ROUTE_SESSION, /* only with a session */
	PAGE_ROUTE_OPEN,    /* before there is one: to begin it */
};
struct page_route {
	const char *method; /* "GET", "POST", "PUT", "DELETE" */
	const char *path;   /* below PAGE_API: "/records/{entity}/{id}" */
	page_handler *handle;
	enum page_route_kind kind;
};

#define PAGE_ROUTE_TABLES 4
struct page_options {
	void *ctx;
	const struct page_file *files; /* ended by a NULL path; NULL: built without any */
	const char *index;             /* path of the file that shows every address */
	/* Each ended by a NULL method; unused ones are NULL. */
	const struct page_route *routes[PAGE_ROUTE_TABLES];
	/* Names under which it may be reached: "127.0.0.1:8630". */
	const char *const *hosts; /* ended by NULL */
	bool tls;
	/*
	 * Has the one who asks a session?  ERR_SESSION if not, ERR_SCOPE if it
	 * does not allow this.  Sets ${call}->node where there is one.
	 */
	bool (*admit)(struct page_call *call, const struct page_route *route, struct err *err);
};

/* Is ${path} the page's to answer?  Everything but other programs' interfaces is. */
bool page_serves(const char *path);

/* Answer one request; what goes wrong becomes an error's reply. */
void page_answer(const struct page_options *options, struct front_job *job);

/* ---- for handlers --------------------------------------------------- */

/*
 * The ${number}th (from 0) value of ${name} in the query, decoded and ended
 * by a NUL, in ${out}; false if there is none, or it does not fit.
 */
bool page_query(const struct page_call *call, const char *name, size_t number, char *out,
	size_t size);
/* Call ${each} with all of the query. ERR_FORMAT for what is not well-formed. */
MUST_CHECK bool page_query_each(const struct page_call *call,
	bool (*each)(void *ctx, struct view name, struct view value, struct err *err), void *ctx,
	struct err *err);
/* A whole number from 0 to ${max}; ${otherwise} where it is not given or not one. */
uint64_t page_query_number(
	const struct page_call *call, const char *name, uint64_t max, uint64_t otherwise);
/* A text of the body, borrowed; ERR_FORMAT if it is absent or no text. */
MUST_CHECK bool page_text(
	const struct page_call *call, const char *name, const char **out, struct err *err);
/* The same, NULL where it is absent or null. */
const char *page_text_or(const struct page_call *call, const char *name, const char *otherwise);
bool page_flag(const struct page_call *call, const char *name);

/* ${value} of the cookie ${name}; false if there is none. */
bool page_cookie(const struct request *request, const char *name, char *out, size_t size);

#endif
