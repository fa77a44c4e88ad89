/* service.c -- see service.h. */
#include <stdlib.h>
#include <string.h>

#include "git_reader.h"
#include "linli/exchange.h"
#include "log.h"
#include "service.h"

#define BATCH_REQUESTS 64 /* that may share a transaction */
#define HEALTH_PATH "/healthz"
#define JSON "application/json"

struct service {
	struct node *node;
	const struct env *env;
	struct exchange_server *exchange;
	struct access *access;
	struct git_reader *git;
	struct front *front;
	bool verbose;
};

static bool method_is(const struct front_job *job, const char *method)
{
	return strcmp(job->request.method, method) == 0;
}

static bool reads_only(const struct front_job *job)
{
	return method_is(job, "GET") || method_is(job, "HEAD");
}

static void answer_health(struct front_job *job)
{
	job->reply.status = reads_only(job) ? 200 : 405;
	job->reply.content_type = JSON;
	buf_text(&job->reply.body,
		reads_only(job) ? "{\"status\":\"ok\"}" : "{\"status\":\"method_not_allowed\"}");
}

static void answer_nothing(struct front_job *job)
{
	job->reply.status = 404;
	job->reply.content_type = JSON;
	buf_printf(&job->reply.body,
		"{\"schema\":1,\"error\":{\"code\":\"%s\",\"sentence\":\"%s\","
		"\"sentence_en\":\"%s\",\"detail\":\"\"}}",
		err_name(ERR_NOT_FOUND), "这里没有这个地址。", "There is nothing at this address.");
}

/* ---- log ----------------------------------------------------------- */

static bool worth_logging(const struct service *service, const struct front_job *job)
{
	static const char *const writing[] = { "/api/v1/enrol", "/api/v1/bundles",
		"/api/v1/uploads", "/api/v1/relay" };
	size_t i;

	if (service->verbose || job->reply.status >= 400) {
		return true;
	}
	for (i = 0; i < sizeof(writing) / sizeof(writing[0]); i++) {
		if (strncmp(job->request.path, writing[i], strlen(writing[i])) == 0) {
			return !reads_only(job);
		}
	}
	return false;
}

static void log_request(
	const struct service *service, const struct front_job *job, int64_t begun_ms)
{
	const struct message_file *file = &job->reply.file;
	struct log_line line;

	log_begin(&line, service->env, "request");
	log_text(&line, "peer", job->peer);
	log_text(&line, "method", job->request.method);
	log_text(&line, "path", job->request.path);
	log_int(&line, "status", job->reply.status);
	log_int(&line, "bytes_in", (int64_t)job->request.body.len);
	if (job->request.cut) {
		log_text(&line, "cut", "true");
	}
	log_int(&line, "bytes_out",
		(int64_t)(file->is_open ? file->len : (uint64_t)job->reply.body.len));
	log_int(&line, "ms", service->env->now_ms(service->env->ctx) - begun_ms);
	log_end(&line);
}

/* ---- requests ------------------------------------------------------ */

/* Up to BATCH_REQUESTS at once. */
static void answer_batch(struct service *service, struct front_job **jobs, size_t count)
{
	const struct request *requests[BATCH_REQUESTS];
	struct reply *replies[BATCH_REQUESTS];
	int64_t begun_ms = service->env->now_ms(service->env->ctx);
	size_t exchanges = 0, i;

	for (i = 0; i < count; i++) {
		struct front_job *job = jobs[i];

		if (exchange_serves(job->request.path)) {
			requests[exchanges] = &job->request;
			replies[exchanges++] = &job->reply;
		} else if (strcmp(job->request.path, HEALTH_PATH) == 0) {
			answer_health(job);
		} else if (git_reader_serves(job->request.path)) {
			git_reader_answer(service->git, job);
		} else {
			answer_nothing(job);
		}
	}
	if (exchanges != 0) {
		exchange_serve_batch(service->exchange, requests, replies, exchanges);
	}
	for (i = 0; i < count; i++) {
		if (worth_logging(service, jobs[i])) {
			log_request(service, jobs[i], begun_ms);
		}
	}
}

static void answer(void *ctx, struct front_job **jobs, size_t count)
{
	struct service *service = ctx;
	size_t done, part;

	for (done = 0; done < count; done += part) {
		part = count - done < BATCH_REQUESTS ? count - done : BATCH_REQUESTS;
		answer_batch(service, jobs + done, part);
	}
}

/* ---- opening ------------------------------------------------------- */

bool service_open(struct service **out, struct node *node, const struct service_options *options,
	struct err *err)
{
	struct front_options front = options->front;
	struct service *service = calloc(1, sizeof(*service));

	*out = NULL;
	if (service == NULL) {
		return err_nomem(err);
	}
	service->node = node;
	service->env = node_env(node);
	service->verbose = options->verbose;
	front.keep_cut = exchange_keeps_cut;
	if (!exchange_server_open(&service->exchange, node, err) ||
		!access_open(&service->access, node, err) ||
		!git_reader_open(&service->git, node, service->access, err) ||
		!front_open(&service->front, &front, answer, service, err)) {
		service_close(service);
		return false;
	}
	*out = service;
	return true;
}

unsigned service_port(const struct service *service)
{
	return front_port(service->front);
}

void service_close(struct service *service)
{
	if (service != NULL) {
		front_close(service->front);
		git_reader_close(service->git);
		access_close(service->access);
		exchange_server_close(service->exchange);
		free(service);
	}
}
