/* model_text.h -- model.json, embedded: lines that begin with @<n>@ are of version n on. */
#ifndef LINLI_SIM_MODEL_TEXT_H
#define LINLI_SIM_MODEL_TEXT_H

#include <stddef.h>

extern const char model_json[];
extern const size_t model_json_bytes;

#endif
