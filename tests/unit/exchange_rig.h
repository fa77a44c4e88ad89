/*
 * exchange_rig.h -- a federation whose nodes exchange through calls: a
 * district with its server, a clock that can be moved, a line that can be
 * cut, a disk that can fail.
 */
#ifndef LINLI_TEST_EXCHANGE_RIG_H
#define LINLI_TEST_EXCHANGE_RIG_H

#include "federation.h"
#include "linli/carry.h"
#include "linli/enrol.h"
#include "linli/exchange.h"

/* What may happen to the line and the disk. */
struct weather {
	int64_t clock_ms;   /* added to the clock of all */
	int64_t server_ms;  /* added to what the server's clock says, besides */
	int cut_after;      /* messages until the line is cut; -1: never */
	bool swallow;       /* uploads are answered, but never arrive */
	int messages;       /* sent so far */
	int uploads;        /* of these POST bundles */
	enum err_code disk; /* what write_file() fails with, ERR_NONE: it does not */
	int disk_after;     /* after so many files */
};

struct rig {
	char *folder;
	struct env env, server_env;
	struct weather weather;
	struct node *district;
	struct exchange_server *server;
	struct transport transport;
};
void rig_open(struct rig *rig);
void rig_close(struct rig *rig);

/* A new home in ${rig}'s folder, joined by invitation, request and answer. */
struct node *rig_join(struct rig *rig, const char *home, const char *community, const char *name);
/* Close ${node}, put back ${copy} made by rig_copy(), open it again. */
void rig_copy(struct rig *rig, const char *home, const char *copy);
struct node *rig_put_back(struct rig *rig, struct node *node, const char *home, const char *copy);

/* Fail the test if it fails; nothing may have been refused. */
struct sync_result rig_sync(struct rig *rig, struct node *node);
struct sync_result rig_carry(struct node *node, const char *dir);

/* A club: federation and district scope.  A person: district and the community's own. */
void put_club(struct node *node, const char *name);
void put_person(struct node *node, const char *name);

uint64_t unsent_of(struct node *node);
void assert_agree(struct node *a, struct node *b);
void pack_all(struct node *node);

#endif
