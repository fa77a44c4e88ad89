/* pinyin_table.h -- the array that table.awk makes. */
#ifndef LINLI_PINYIN_TABLE_H
#define LINLI_PINYIN_TABLE_H

#include <stdint.h>

#define PINYIN_FIRST 0x4e00
#define PINYIN_LAST 0x9fff

/* Bit 0 is a.  A character may have several readings, or none. */
extern const uint32_t pinyin_table[PINYIN_LAST - PINYIN_FIRST + 1];

#endif
