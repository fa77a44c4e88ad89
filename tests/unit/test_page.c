/* test_page.c -- who may ask a page's server for what: page.h, without sockets. */
#include <string.h>

#include "page.h"
#include "test.h"

static const char script[] = "not really gzip";
static const struct page_file files[] = {
	{ "/index.html", "text/html", "\"1\"", false, script, sizeof(script) - 1 },
	{ "/assets/a-1.js", "text/javascript", "\"2\"", true, script, sizeof(script) - 1 },
	{ 0 },
};

static int calls;

static bool count_call(struct page_call *call, struct err *err)
{
	(void)err;
	calls++;
	buf_printf(&call->reply->body, "{\"name\":\"%s\"}", call->params[0]);
	return true;
}

static bool refuse_value(struct page_call *call, struct err *err)
{
	(void)call;
	return err_set(err, ERR_VALUE, "for people");
}

static bool fail_inside(struct page_call *call, struct err *err)
{
	(void)call;
	return err_set(err, ERR_STORE, "/home/secret/store.db is broken");
}

static const struct page_route routes[] = {
	{ "GET", "/things/{name}", count_call, PAGE_ROUTE_SESSION },
	{ "POST", "/things/{name}", count_call, PAGE_ROUTE_SESSION },
	{ "GET", "/value", refuse_value, PAGE_ROUTE_SESSION },
	{ "GET", "/store", fail_inside, PAGE_ROUTE_SESSION },
	{ "GET", "/records", count_call, PAGE_ROUTE_GUARDED },
	{ NULL, NULL, NULL, PAGE_ROUTE_SESSION },
};

static bool admit(struct page_call *call, const struct page_route *route, struct err *err)
{
	char secret[16];

	(void)route;
	return (page_cookie(call->request, "s", secret, sizeof(secret)) &&
		       strcmp(secret, "right") == 0) ||
		err_set(err, ERR_SESSION, "no cookie");
}

/* A request as the page's own script sends it; tests change one thing. */
struct asking {
	struct front_job job;
};

static void ask(struct asking *asking, const char *method, const char *path)
{
	struct request *request = &asking->job.request;

	memset(asking, 0, sizeof(*asking));
	request->method = method;
	request->path = path;
	request->query = "";
	request->headers[HEADER_HOST] = "127.0.0.1:8630";
	request->headers[HEADER_ORIGIN] = "http://127.0.0.1:8630";
	request->headers[HEADER_SEC_FETCH_SITE] = "same-origin";
	request->headers[HEADER_COOKIE] = "other=1; s=right";
}

static void answers(struct asking *asking, unsigned status)
{
	static const char *const hosts[] = { "127.0.0.1:8630", "localhost:8630", NULL };
	const struct page_options options = { .files = files, .index = "/index.html",
		.routes = { routes }, .hosts = hosts, .admit = admit };

	page_answer(&options, &asking->job);
	assert_int_equal(asking->job.reply.status, status);
	reply_clear(&asking->job.reply);
}

/* ---- requests ---------------------------------------------------------- */

static void test_page__the_page_itself_is_answered(void **state)
{
	struct asking asking;

	(void)state;
	calls = 0;
	ask(&asking, "GET", "/page/v1/things/club");
	answers(&asking, 200);
	ask(&asking, "POST", "/page/v1/things/club");
	answers(&asking, 200);
	ask(&asking, "GET", "/page/v1/things/club");
	asking.job.request.headers[HEADER_ORIGIN] = NULL; /* as browsers do */
	answers(&asking, 200);
	assert_int_equal(calls, 3);
}

/* A stranger's name that leads to this computer (DNS rebinding) gets nothing. */
static void test_page__other_hosts_get_nothing(void **state)
{
	static const char *const others[] = { "evil.example", "127.0.0.1", "127.0.0.1:8631",
		"localhost.evil.example:8630", "", NULL };
	struct asking asking;
	size_t i;

	(void)state;
	calls = 0;
	for (i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
		ask(&asking, "GET", "/page/v1/things/club");
		asking.job.request.headers[HEADER_HOST] = others[i];
		answers(&asking, 421);
		ask(&asking, "GET", "/");
		asking.job.request.headers[HEADER_HOST] = others[i];
		answers(&asking, 421);
	}
	assert_int_equal(calls, 0);
}

/* Nor does another site that the same browser has open (CSRF). */
static void test_page__other_origins_get_nothing(void **state)
{
	static const char *const others[] = { "http://evil.example", "null",
		"https://127.0.0.1:8630", "http://localhost:8630", "http://127.0.0.1:8630.evil" };
	struct asking asking;
	size_t i;

	(void)state;
	calls = 0;
	for (i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
		ask(&asking, "POST", "/page/v1/things/club");
		asking.job.request.headers[HEADER_ORIGIN] = others[i];
		answers(&asking, 403);
		ask(&asking, "GET", "/page/v1/things/club");
		asking.job.request.headers[HEADER_ORIGIN] = others[i];
		answers(&asking, 403);
	}
	ask(&asking, "POST", "/page/v1/things/club");
	asking.job.request.headers[HEADER_ORIGIN] = NULL;
	answers(&asking, 403);
	ask(&asking, "GET", "/page/v1/things/club");
	asking.job.request.headers[HEADER_SEC_FETCH_SITE] = "cross-site";
	answers(&asking, 403);
	assert_int_equal(calls, 0);
}

/* A form can send text without being asked first whether it may. */
static void test_page__only_json_and_octets_are_taken(void **state)
{
	static const char *const types[] = { "text/plain", "application/x-www-form-urlencoded", NULL };
	struct asking asking;
	size_t i;

	(void)state;
	calls = 0;
	for (i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		ask(&asking, "POST", "/page/v1/things/club");
		asking.job.request.body = VIEW_LITERAL("{}");
		asking.job.request.content_type = types[i];
		answers(&asking, 415);
	}
	ask(&asking, "POST", "/page/v1/things/club");
	asking.job.request.body = VIEW_LITERAL("[1]");
	asking.job.request.content_type = "application/json";
	answers(&asking, 422);
	assert_int_equal(calls, 0);
}

static void test_page__no_session_no_records_no_route(void **state)
{
	struct asking asking;

	(void)state;
	calls = 0;
	ask(&asking, "GET", "/page/v1/things/club");
	asking.job.request.headers[HEADER_COOKIE] = "s=wrong";
	answers(&asking, 401);
	ask(&asking, "GET", "/page/v1/records");
	answers(&asking, 409);
	ask(&asking, "GET", "/page/v1/nothing");
	answers(&asking, 404);
	ask(&asking, "GET", "/page/v1/things/a/b");
	answers(&asking, 404);
	ask(&asking, "GET", "/page/v1/things/");
	answers(&asking, 404);
	ask(&asking, "DELETE", "/page/v1/things/club");
	answers(&asking, 405);
	assert_int_equal(calls, 0);
}

/* ---- what a browser is told --------------------------------------------- */

static void says(struct asking *asking, const char *in, const char *not_in)
{
	static const char *const hosts[] = { "127.0.0.1:8630", NULL };
	const struct page_options options = { .files = files, .index = "/index.html",
		.routes = { routes }, .hosts = hosts, .admit = admit };

	page_answer(&options, &asking->job);
	if (strstr(buf_str(&asking->job.reply.body), in) == NULL ||
		strstr(buf_str(&asking->job.reply.body), not_in) != NULL) {
		fail_msg("said: %s", buf_str(&asking->job.reply.body));
	}
	reply_clear(&asking->job.reply);
}

/* A detail may name files; only what is written for people is shown. */
static void test_page__details_are_for_people_only(void **state)
{
	struct asking asking;

	(void)state;
	ask(&asking, "GET", "/page/v1/value");
	says(&asking, "\"reason\":\"for people\"", "secret");
	ask(&asking, "GET", "/page/v1/store");
	says(&asking, "\"reason\":null", "secret");
	ask(&asking, "GET", "/page/v1/store");
	asking.job.request.headers[HEADER_ACCEPT_LANGUAGE] = "en";
	says(&asking, "The store of records is damaged", "secret");
}

static void test_page__files_are_kept_by_the_browser(void **state)
{
	struct asking asking;

	(void)state;
	ask(&asking, "GET", "/records/club/0685.1.9");
	answers(&asking, 200);
	assert_non_null(strstr(asking.job.security_policy, "default-src 'none'"));
	assert_null(strstr(asking.job.security_policy, "unsafe"));
	ask(&asking, "GET", "/assets/a-1.js");
	answers(&asking, 200);
	assert_non_null(strstr(asking.job.cache_control, "immutable"));
	ask(&asking, "GET", "/assets/b-1.js");
	answers(&asking, 404);
	ask(&asking, "GET", "/index.html");
	asking.job.request.headers[HEADER_IF_NONE_MATCH] = "\"1\"";
	answers(&asking, 304);
	ask(&asking, "POST", "/index.html");
	answers(&asking, 405);
}

/* ---- small readers -------------------------------------------------------- */

static bool cookie_is(const char *header, const char *expected)
{
	struct request request = { .headers = { [HEADER_COOKIE] = header } };
	char value[8];

	return page_cookie(&request, "s", value, sizeof(value)) && strcmp(value, expected) == 0;
}

static void test_page__cookies_are_found_by_their_whole_name(void **state)
{
	struct request none = { .method = "GET" };
	char value[8];

	(void)state;
	assert_true(cookie_is("s=1", "1"));
	assert_true(cookie_is("a=2; s=1; b=3", "1"));
	assert_true(cookie_is("xs=2;s=", ""));
	assert_false(cookie_is("ss=1", "1"));
	assert_false(cookie_is("s", ""));
	assert_false(cookie_is("s=12345678", "12345678")); /* no room */
	assert_false(cookie_is("x; s", ""));
	assert_false(page_cookie(&none, "s", value, sizeof(value)));
}

static void test_page__queries_are_decoded_strictly(void **state)
{
	static const char *const broken[] = { "q=%", "q=%4", "q=%zz", "q=%00", "q=%ff" };
	struct request request = { .query = "q=%E5%A4%AA+x&f.a=1&f.a=2&n=12&empty" };
	struct page_call call = { .request = &request };
	char text[32];
	size_t i;

	(void)state;
	assert_true(page_query(&call, "q", 0, text, sizeof(text)));
	assert_string_equal(text, "太 x");
	assert_true(page_query(&call, "f.a", 1, text, sizeof(text)));
	assert_string_equal(text, "2");
	assert_false(page_query(&call, "f.a", 2, text, sizeof(text)));
	assert_true(page_query(&call, "empty", 0, text, sizeof(text)));
	assert_int_equal(page_query_number(&call, "n", 100, 7), 12);
	assert_int_equal(page_query_number(&call, "n", 10, 7), 7);
	assert_int_equal(page_query_number(&call, "q", 10, 7), 7);
	for (i = 0; i < sizeof(broken) / sizeof(broken[0]); i++) {
		request.query = broken[i];
		assert_false(page_query(&call, "q", 0, text, sizeof(text)));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_page__the_page_itself_is_answered),
		cmocka_unit_test(test_page__other_hosts_get_nothing),
		cmocka_unit_test(test_page__other_origins_get_nothing),
		cmocka_unit_test(test_page__only_json_and_octets_are_taken),
		cmocka_unit_test(test_page__no_session_no_records_no_route),
		cmocka_unit_test(test_page__details_are_for_people_only),
		cmocka_unit_test(test_page__files_are_kept_by_the_browser),
		cmocka_unit_test(test_page__cookies_are_found_by_their_whole_name),
		cmocka_unit_test(test_page__queries_are_decoded_strictly),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
