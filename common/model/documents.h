/* documents.h -- the bytes of trust.json and gongshu.json, built in. */
#ifndef LINLI_MODEL_DOCUMENTS_H
#define LINLI_MODEL_DOCUMENTS_H

#include <stddef.h>

extern const char document_trust[];
extern const size_t document_trust_bytes;
extern const char document_builtin[];
extern const size_t document_builtin_bytes;

#endif
