# cmake -DOUT=documents.c -DTRUST=trust.json -DBUILTIN=gongshu.json -P embed.cmake
# Writes both documents as byte arrays for documents.h.
function(bytes out file)
	file(READ ${file} hex HEX)
	string(REGEX REPLACE "................................" "\\0\n\t" hex "${hex}")
	string(REGEX REPLACE "[0-9a-f][0-9a-f]" "0x\\0," hex "${hex}")
	set(${out} "${hex}" PARENT_SCOPE)
endfunction()

bytes(trust ${TRUST})
bytes(builtin ${BUILTIN})
file(WRITE ${OUT} "/* Made by embed.cmake from trust.json and gongshu.json. */
#include \"documents.h\"

const unsigned char document_trust[] = {
	${trust}
};
const size_t document_trust_bytes = sizeof(document_trust);

const unsigned char document_builtin[] = {
	${builtin}
};
const size_t document_builtin_bytes = sizeof(document_builtin);
")
