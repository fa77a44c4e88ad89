/* test_fork_chance.c -- copies put back by lot: each change is there once, everywhere. */
#include "fork_rig.h"

#define PLAYERS 4
#define STEPS 48
#define SEEDS 6

struct player {
	struct node *node;
	char home[16];
	char copy[32]; /* "": none yet */
	char activity[RECORD_ID_TEXT_BYTES];
	int64_t served;
};
struct game {
	struct rig rig;
	struct player players[PLAYERS]; /* the last two are of one community */
	char district_copy[32];
	uint32_t chance;
	unsigned disputes, clubs, persons, communities, copies;
};

static unsigned roll(struct game *game, unsigned sides)
{
	game->chance = game->chance * 1664525u + 1013904223u;
	return (game->chance >> 16) % sides;
}

static void capture(struct game *game, struct player *player)
{
	char word[CAPTION_BYTES], club[RECORD_ID_TEXT_BYTES], reference[RECORD_ID_TEXT_BYTES + 8];

	switch (roll(game, 4)) {
	case 0:
		snprintf(word, sizeof(word), "name=club-%u", game->clubs++);
		PUT(player->node, "club", NULL, club, word, "category=合唱", "members=9");
		snprintf(reference, sizeof(reference), "club=%s", club);
		snprintf(word, sizeof(word), "title=club-%u", game->clubs - 1);
		PUT(player->node, "activity", NULL, NULL, "kind=other", word,
			"held_on=2024-01-01", reference);
		break;
	case 1:
		snprintf(word, sizeof(word), "name=person-%u", game->persons++);
		PUT(player->node, "person", NULL, NULL, word, "phone=13857112233",
			"birth_decade=1960");
		break;
	case 2:
		PUT(player->node, "activity", player->activity, NULL, "served+=1");
		player->served++;
		break;
	default:
		snprintf(word, sizeof(word), "play-%u", game->disputes++);
		put_dispute(player->node, word);
		break;
	}
}

/* What a life has captured reaches the others before it ends, else it is gone with it. */
static void end_life(struct game *game)
{
	size_t i;

	for (i = 0; i < 2 * PLAYERS; i++) {
		meet(&game->rig, game->players[i % PLAYERS].node);
	}
}

static void play_district(struct game *game)
{
	char word[CAPTION_BYTES], name[CAPTION_BYTES];
	struct err err = { 0 };

	switch (roll(game, 4)) {
	case 0:
		snprintf(game->district_copy, sizeof(game->district_copy), "copy-%u",
			++game->copies);
		rig_copy(&game->rig, "district", game->district_copy);
		break;
	case 1:
		if (game->district_copy[0] != '\0') {
			end_life(game);
			put_district_back(&game->rig, game->district_copy);
		}
		break;
	case 2:
		pack_all(game->rig.district);
		break;
	default:
		snprintf(word, sizeof(word), "added-%u", game->communities);
		snprintf(name, sizeof(name), "社区-%u", game->communities++);
		assert_ok(node_roster_add(game->rig.district, word, name, "潮鸣街道", &err), &err);
		break;
	}
}

static void play(struct game *game)
{
	struct player *player = &game->players[roll(game, PLAYERS)];

	switch (roll(game, 9)) {
	case 0:
		snprintf(player->copy, sizeof(player->copy), "copy-%u", ++game->copies);
		rig_copy(&game->rig, player->home, player->copy);
		break;
	case 1:
		if (player->copy[0] != '\0') {
			end_life(game);
			player->node = rig_put_back(
				&game->rig, player->node, player->home, player->copy);
		}
		break;
	case 2:
	case 3:
		meet(&game->rig, player->node);
		break;
	case 4:
		pack_all(player->node);
		break;
	case 5:
		play_district(game);
		break;
	default:
		capture(game, player);
		break;
	}
}

/* Each of ${count} texts "<prefix><n>" is shown by one record. */
static void assert_each_once(struct node *node, const char *entity, const char *field,
	const char *prefix, unsigned count)
{
	char word[CAPTION_BYTES];
	unsigned n;
	size_t there;

	for (n = 0; n < count; n++) {
		snprintf(word, sizeof(word), "%s%u", prefix, n);
		there = showing(node, entity, field, word);
		if (there != 1) {
			printf("%s is there %zu times\n", word, there);
		}
		assert_int_equal(there, 1);
	}
}

/* The activity of a club is still that club's. */
static bool club_fits(void *ctx, const struct record_view *view, struct err *err)
{
	struct node *node = ctx;
	const struct field *title = entity_field(view->entity, view_of("title"));
	const struct field *club = entity_field(view->entity, view_of("club"));
	struct buf id = { 0 };

	(void)err;
	if (view->values[club->index].kind == VALUE_TEXT) {
		buf_view(&id, view->values[club->index].text);
		assert_true(view_is(view->values[title->index].text,
			value_of(node, "club", buf_str(&id), "name")));
	}
	buf_clear(&id);
	return true;
}

static void end_game(struct game *game)
{
	struct node *district = game->rig.district;
	struct err err = { 0 };
	char served[32];
	size_t i;

	end_life(game);
	end_life(game);
	assert_each_once(district, "dispute", "category", "play-", game->disputes);
	assert_each_once(district, "club", "name", "club-", game->clubs);
	assert_each_once(district, "activity", "title", "club-", game->clubs);
	assert_each_once(district, "community", "name", "社区-", game->communities);
	for (i = 0; i < PLAYERS; i++) {
		struct player *player = &game->players[i];

		assert_int_equal(drafts_of(player->node), 0);
		assert_int_equal(unsent_of(player->node), 0);
		assert_each_once(player->node, "community", "name", "社区-", game->communities);
		assert_ok(records_each(player->node,
				  model_entity(node_model(player->node), view_of("activity")), NULL,
				  0, club_fits, player->node, &err),
			&err);
		snprintf(served, sizeof(served), "%lld", (long long)player->served);
		assert_string_equal(
			value_of(district, "activity", player->activity, "served"), served);
		assert_sound(player->node);
	}
	assert_agree(game->players[PLAYERS - 2].node, game->players[PLAYERS - 1].node);
	assert_sound(district);
}

static void play_game(uint32_t seed)
{
	static const char *const homes[PLAYERS] = { "a", "b", "c", "d" };
	static const char *const slugs[PLAYERS] = { "zhizunong", "wanglanfu", "jindu", "jindu" };
	struct game game = { .chance = seed };
	size_t i;

	rig_open(&game.rig);
	for (i = 0; i < PLAYERS; i++) {
		struct player *player = &game.players[i];

		strcpy(player->home, homes[i]);
		player->node = rig_join(&game.rig, homes[i], slugs[i], "社区");
		PUT(player->node, "activity", NULL, player->activity, "kind=other", "title=会",
			"held_on=2024-01-01", "served=1", "participants=3");
		player->served = 1;
	}
	end_life(&game);
	for (i = 0; i < STEPS; i++) {
		play(&game);
	}
	end_game(&game);
	for (i = 0; i < PLAYERS; i++) {
		node_close(game.players[i].node);
	}
	rig_close(&game.rig);
}

/*
 * Copies of clients and of the district made and put back at any moment, again
 * and again: each change is there once, everywhere.  LINLI_SEEDS plays more.
 */
static void test_fork_chance__each_change_is_there_once(void **state)
{
	const char *wanted = getenv("LINLI_SEEDS");
	uint32_t seeds = wanted != NULL ? (uint32_t)strtoul(wanted, NULL, 10) : SEEDS;
	uint32_t first = getenv("LINLI_SEED") != NULL ?
		(uint32_t)strtoul(getenv("LINLI_SEED"), NULL, 10) : 1;
	uint32_t seed;

	(void)state;
	for (seed = first; seed < first + seeds; seed++) {
		printf("seed %u\n", seed);
		play_game(seed);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_fork_chance__each_change_is_there_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
