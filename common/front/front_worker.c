/* front_worker.c -- the thread that has requests answered, all at once. */
#include <assert.h>

#include "front_internal.h"

bool front_worker_take(struct front *front, struct exchange *x)
{
	bool taken;

	pthread_mutex_lock(&front->lock);
	taken = !front->stopping;
	if (taken) {
		x->state = EXCHANGE_HANDED_OVER;
		x->next = NULL;
		*front->queue_end = x;
		front->queue_end = &x->next;
		front_keeper_enter(front, x->link, LINK_WORKING);
		if (!x->orphan) {
			/* Before the worker can see it, and so resume it. */
			MHD_suspend_connection(x->connection);
		}
		pthread_cond_signal(&front->work);
	}
	pthread_mutex_unlock(&front->lock);
	return taken;
}

/* Waits for requests; 0 when there are none and there will be none. */
static size_t take_batch(struct front *front, bool *stopping)
{
	struct exchange *x;
	size_t count = 0;

	pthread_mutex_lock(&front->lock);
	while (front->queue == NULL && !front->stopping) {
		pthread_cond_wait(&front->work, &front->lock);
	}
	*stopping = front->stopping;
	while ((x = front->queue) != NULL && count < front->options.max_connections) {
		front->queue = x->next;
		front->batch[count++] = &x->job;
	}
	if (front->queue == NULL) {
		front->queue_end = &front->queue;
	}
	pthread_mutex_unlock(&front->lock);
	return count;
}

static bool reply_sound(const struct reply *reply)
{
	return reply->status >= 200 && reply->status <= 599 && !reply->body.failed &&
		!reply->headers.failed && reply->body.len <= MESSAGE_BODY_MAX_BYTES &&
		(!reply->file.is_open || reply->body.len == 0);
}

/* ${x} is the connection's thread's again, and must not be touched after. */
static void give_back(struct front *front, struct exchange *x)
{
	struct MHD_Connection *connection = x->connection;

	assert(x->state == EXCHANGE_HANDED_OVER);
	if (x->orphan) {
		front_receive_end(x);
		return;
	}
	if (x->refused == 0 && !reply_sound(&x->job.reply)) {
		front_request_refuse(x, MHD_HTTP_INTERNAL_SERVER_ERROR,
			x->job.reply.body.failed ? ERR_NOMEM : ERR_INTERNAL);
	}
	if (x->refused != 0) {
		front_reply_error(x);
	}
	x->job.request.body = (struct view){ 0 };
	buf_clear(&x->body);
	pthread_mutex_lock(&front->lock);
	front->bodies_bytes -= x->body_charged;
	x->body_charged = 0;
	x->reply_charged = x->job.reply.body.len;
	front->replies_bytes += x->reply_charged;
	x->state = EXCHANGE_ANSWERED;
	pthread_mutex_unlock(&front->lock);
	MHD_resume_connection(connection);
}

void *front_worker_run(void *ctx)
{
	struct front *front = ctx;
	size_t count, i;
	bool stopping;

	while ((count = take_batch(front, &stopping)) != 0) {
		if (!stopping) {
			front->handle(front->ctx, front->batch, count);
		}
		for (i = 0; i < count; i++) {
			struct exchange *x = (struct exchange *)(void *)front->batch[i];

			if (stopping) {
				front_request_refuse(x, MHD_HTTP_SERVICE_UNAVAILABLE, ERR_BUSY);
			}
			give_back(front, x);
		}
	}
	return NULL;
}
