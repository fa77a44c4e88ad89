# cmake -DOUT=x.c -DHEADER=x.h "-DFILES=symbol=file;symbol=file" -P embed.cmake
# Writes files as byte arrays: symbol[], ended by a NUL that symbol_bytes does not count.
set(text "/* Made by embed.cmake. */\n#include \"${HEADER}\"\n")
foreach(pair ${FILES})
	string(REGEX MATCH "^([^=]+)=(.+)$" matched "${pair}")
	set(symbol ${CMAKE_MATCH_1})
	file(READ ${CMAKE_MATCH_2} hex HEX)
	string(REGEX REPLACE "................................" "\\0\n\t" hex "${hex}")
	string(REGEX REPLACE "[0-9a-f][0-9a-f]" "'\\\\x\\0'," hex "${hex}")
	string(APPEND text "
const char ${symbol}[] = {
	${hex} 0
};
const size_t ${symbol}_bytes = sizeof(${symbol}) - 1;
")
endforeach()
file(WRITE ${OUT} "${text}")
