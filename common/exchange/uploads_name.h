/* uploads_name.h -- where a device's upload of known content is, at either end. */
#ifndef LINLI_EXCHANGE_UPLOADS_NAME_H
#define LINLI_EXCHANGE_UPLOADS_NAME_H

#include "linli/uploads.h"

/*
 * The first 32 hex digits of SHA-256 of "<device>\n<sum>\n"; ${sum}: SHA-256
 * of the content in hex.
 */
void upload_name(char out[UPLOAD_NAME_BYTES], struct device_id device, const char *sum);

#endif
