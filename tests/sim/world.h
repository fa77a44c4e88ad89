/*
 * world.h -- a district and its communities in one process: each machine
 * with its own disk, clock and chance, and the real engine on it.
 *
 * A machine is up (its node is open) or down.  Whoever works on a machine
 * says so by world_enter(), so that faults meet the right one.  What must
 * not happen is told by sim_fail(); the world then stops.
 */
#ifndef LINLI_SIM_WORLD_H
#define LINLI_SIM_WORLD_H

#include "chance.h"
#include "linli/chains.h"
#include "linli/exchange.h"
#include "linli/node.h"

#define WORLD_COMMUNITIES 6
#define WORLD_FIRST_MACHINES 22 /* the district's and 21 of communities */
#define WORLD_MAX_MACHINES 48
#define WORLD_STICKS 4
#define WORLD_COPIES 3 /* kept of a machine's home */
#define WORLD_PATH_BYTES 64
#define WORLD_VOLUME_BYTES 24 /* of a machine or a stick; those of copies are longer */
#define DISTRICT_MACHINE 0
#define DAY_MS (24LL * 60 * 60 * 1000)

/* What may happen, each a bit; docs/simulation.md. */
#define WITH_LIST(X)                                                            \
	X(EDITS, "edits")         /* records made, changed, deleted */             \
	X(SYNC, "sync")           /* over a line that drops, doubles, reorders */  \
	X(STICK, "stick")         /* carried by hand, also damaged and old ones */ \
	X(NEIGHBOUR, "neighbour") /* files given from one device to another */     \
	X(CRASH, "crash")         /* at any write, with torn writes */             \
	X(FULL, "full")           /* a write that fails once */                    \
	X(RESTORE, "restore")     /* of a store from an earlier copy */            \
	X(REWIND, "rewind")       /* of a whole home from an earlier copy */       \
	X(CLONE, "clone")         /* two live devices with one key */              \
	X(CLOCK, "clock")         /* years behind, hours ahead, drift */           \
	X(AHEAD, "ahead")         /* years ahead */                                \
	X(REVOKE, "revoke")       /* and enrolment of new devices */               \
	X(MODEL, "model")         /* a newer model is published */                 \
	X(POLICY, "policy")       /* accept or review, changed now and then */     \
	X(REVIEW, "review")       /* verdicts, reversals, corrections */           \
	X(RESOLVE, "resolve")     /* conflicts are settled by choosing */          \
	X(FIGURES, "figures")     /* asked for now and then */                     \
	X(ERASE, "erase")         /* people who ask to be forgotten */             \
	X(MOVE, "move")           /* between communities, and into duplicates */   \
	X(ROTATE, "rotate")       /* other keys, and old ones in wrong hands */
#define WITH_ENUM(name, text) WITH_##name##_BIT,
enum with_bit { WITH_LIST(WITH_ENUM) WITH_BITS };
#undef WITH_ENUM
#define WITH(name) (1U << WITH_##name##_BIT)

struct copy {
	char volume[WORLD_PATH_BYTES]; /* "" if there is none */
	size_t lines;                  /* of the daybook when it was made */
};

struct machine {
	int number; /* of disk.h's machine too */
	char home[WORLD_PATH_BYTES];
	char volume[WORLD_VOLUME_BYTES];
	char community[SLUG_TEXT_BYTES];
	char name[NODE_NAME_BYTES];
	bool district;
	struct device_id id;
	struct env env;
	struct world *world;
	struct chance chance;
	int64_t offset_ms, drift_ppm; /* of its clock */
	struct node *node;            /* NULL: down */
	struct exchange_server *server; /* of the district's */
	bool revoked;                 /* nobody works there any more */
	int successor;                /* who took its place with another key; 0: nobody */
	struct copy copies[WORLD_COPIES];
	size_t copy_count;
};

struct daybook;

struct world {
	uint64_t seed;
	struct chance chance;
	int64_t now_ms;
	int day;
	uint64_t step;
	unsigned with; /* bits of WITH() */
	bool trace;
	struct machine machines[WORLD_MAX_MACHINES];
	int count;
	struct daybook *daybook;
	struct buf merged;   /* "<entity> <id>", of each duplicate that was merged away */
	struct buf handed;   /* of struct handover: files on their way; move.c */
	struct buf returned; /* of struct place; see gather_returned() */
	struct buf unsigned_twice; /* of uint64_t; see note_unsigned() */
	int model_version;
	bool at_rest; /* nothing fails any more */
	bool failed;
	char failure[2 * ERR_DETAIL_BYTES];
	uint64_t done[WITH_BITS]; /* how often each happened */
};

const char *with_name(enum with_bit bit);

/* The world of ${seed}, at its first day; all machines up. */
void world_begin(struct world *world, uint64_t seed, unsigned with, bool trace);
void world_end(struct world *world);

/* Once more the same: only the first is kept. */
void sim_fail(struct world *world, const char *fmt, ...) PRINTF_LIKE(2, 3);
/* A line of the trace. */
void sim_note(struct world *world, const char *fmt, ...) PRINTF_LIKE(2, 3);

/* What follows is done by ${machine}: *before is for world_leave(). */
int world_enter(struct machine *machine);
void world_leave(int before);

/* Start it; fails the world if it cannot be. */
void machine_start(struct machine *machine);
void machine_stop(struct machine *machine);
/*
 * After a step: a machine that died, or says that it must be started again,
 * is: with the power gone, or only the program.
 */
void machine_settle(struct machine *machine, const struct err *err, bool failed);
/* Is what ${err} says a fault that was put in its way? */
bool machine_was_hit(const struct machine *machine, const struct err *err);

/* A member with a key of its own on a new machine, enrolled by files. */
struct machine *world_join(struct world *world, const char *community, const char *name);
/* A second machine with all that ${machine} has, its key too. */
struct machine *world_twin(struct machine *machine);
/* One that is up and works: of the district too, or (${member}) only of communities. */
struct machine *world_any(struct world *world, bool member);
struct machine *world_sibling(struct world *world, const struct machine *machine);
struct machine *world_district(struct world *world);
/* The model's document of ${version}. */
struct view world_model(int version);
const char *world_community_name(int number, char out[SLUG_TEXT_BYTES]);

#endif
