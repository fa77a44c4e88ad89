/*
 * names.h -- what the people and places of the demo district are called.
 *
 * The eighteen streets are those of Gongshu.  Except for what the report
 * names itself, communities, compounds, companies and people are invented.
 */
#ifndef LINLI_DEMO_NAMES_H
#define LINLI_DEMO_NAMES_H

#include <stddef.h>

#define NAMES_STREETS 18
#define NAMES_PAIRS 1600 /* of two characters, for places */

struct street_name {
	const char *name, *slug;
};
extern const struct street_name names_streets[NAMES_STREETS];

/* Two characters that sound like a place; ${n} below NAMES_PAIRS.  Writes 7 bytes. */
void names_pair(char out[7], size_t n);

/* A person's name; different for all ${n} below NAMES_PERSONS of one ${salt}. */
#define NAMES_PERSONS 1600
#define NAMES_PERSON_BYTES 16
void names_person(char out[NAMES_PERSON_BYTES], size_t n, size_t salt);

struct club_name {
	const char *name, *category;
};
#define NAMES_CLUBS 50
extern const struct club_name names_clubs[NAMES_CLUBS];
#define NAMES_ZHIZUNONG_CLUBS 15
extern const struct club_name names_zhizunong_clubs[NAMES_ZHIZUNONG_CLUBS];

#define NAMES_COMPANIES 16
extern const char *const names_companies[NAMES_COMPANIES];

#define NAMES_DISPUTES 8
extern const char *const names_disputes[NAMES_DISPUTES];

/* What a compound deliberates on, and the project that comes of it. */
struct subject {
	const char *name, *category;
	const char *project; /* member of project.category */
	int yuan_least, yuan_most;
};
#define NAMES_SUBJECTS 12
extern const struct subject names_subjects[NAMES_SUBJECTS];

#define NAMES_COURSES 6
struct course_name {
	const char *kind, *title;
	int hours;
};
extern const struct course_name names_courses[NAMES_COURSES];

#endif
