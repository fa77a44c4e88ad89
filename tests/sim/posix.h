/*
 * posix.h -- the system's file calls, for paths of disk.h.
 *
 * The linker puts __wrap_open64() and its like in the place of open() and
 * its like (-Wl,--wrap) in every library of this program, so that the very
 * code of env_system() and of the store's door to SQLite runs on the disks
 * in memory.  Other paths and descriptors go to the system.
 */
#ifndef LINLI_SIM_POSIX_H
#define LINLI_SIM_POSIX_H

/* Descriptors of disks in memory that are open; 0 between steps, or one leaked. */
int posix_open_count(void);

#endif
