/*
 * vfs.h -- SQLite on the disks in memory.  The simulation's only door to
 * SQLite; see disk.h for what such a disk keeps and forgets.
 */
#ifndef LINLI_SIM_VFS_H
#define LINLI_SIM_VFS_H

#include <stdint.h>

/* Make it SQLite's default from now on.  Aborts if SQLite will not. */
void vfs_register(void);
/* What SQLite draws by lot comes from ${seed} from now on. */
void vfs_begin(uint64_t seed);

#endif
