# cmake -DOUT=schema_sql.c -DIN=schema.sql -P embed.cmake: the text as a C array.
file(READ ${IN} hex HEX)
string(REGEX REPLACE "................................" "\\0\n\t" hex "${hex}")
string(REGEX REPLACE "[0-9a-f][0-9a-f]" "0x\\0," hex "${hex}")
file(WRITE ${OUT} "/* Made by embed.cmake from schema.sql. */
#include \"schema_sql.h\"

const char schema_sql[] = {
	${hex} 0
};
")
