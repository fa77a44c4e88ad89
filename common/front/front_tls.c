/* front_tls.c -- certificate and key are checked before anybody connects. */
#include <errno.h>
#include <gnutls/gnutls.h>
#include <gnutls/x509.h>
#include <stdlib.h>

#include "linli/env.h"

#include "front_internal.h"

#define PEM_MAX_BYTES (256 * 1024)

/* Certificates are often kept as links to the newest: follow them first. */
static bool read_pem(struct buf *out, const char *file, struct err *err)
{
	char *real = realpath(file, NULL);
	bool ok;

	if (real == NULL) {
		return errno == ENOENT ? err_set(err, ERR_NO_FILE, "%s", file) :
			err_errno(err, "opening %s", file);
	}
	ok = env_system()->read_file(env_system()->ctx, out, real, PEM_MAX_BYTES, err);
	free(real);
	return ok;
}

static gnutls_datum_t datum_of(const struct buf *buf)
{
	/* At most PEM_MAX_BYTES. */
	return (gnutls_datum_t){ buf->data, (unsigned)buf->len };
}

static bool check_cert(const struct buf *cert, const char *file, struct err *err)
{
	gnutls_datum_t pem = datum_of(cert);
	gnutls_x509_crt_t *list = NULL;
	unsigned i, count = 0;
	int failed = gnutls_x509_crt_list_import2(&list, &count, &pem, GNUTLS_X509_FMT_PEM, 0);

	if (failed < 0) {
		return err_set(err, ERR_FORMAT, "no PEM certificate in %s: %s", file,
			gnutls_strerror(failed));
	}
	for (i = 0; i < count; i++) {
		gnutls_x509_crt_deinit(list[i]);
	}
	gnutls_free(list);
	return true;
}

static bool check_pair(const struct buf *cert, const struct buf *key, const char *cert_file,
	const char *key_file, struct err *err)
{
	gnutls_datum_t cert_pem = datum_of(cert), key_pem = datum_of(key);
	gnutls_certificate_credentials_t pair = NULL;
	int failed;

	if (gnutls_certificate_allocate_credentials(&pair) < 0) {
		return err_nomem(err);
	}
	failed = gnutls_certificate_set_x509_key_mem(pair, &cert_pem, &key_pem,
		GNUTLS_X509_FMT_PEM);
	gnutls_certificate_free_credentials(pair);
	if (failed == GNUTLS_E_CERTIFICATE_KEY_MISMATCH) {
		return err_set(err, ERR_KEY, "the key in %s is not that of the certificate in %s",
			key_file, cert_file);
	}
	if (failed < 0) {
		return err_set(err, ERR_KEY, "no unencrypted PEM key in %s: %s", key_file,
			gnutls_strerror(failed));
	}
	return true;
}

bool front_tls_load(struct buf *cert, struct buf *key, const char *cert_file,
	const char *key_file, struct err *err)
{
	if (!read_pem(cert, cert_file, err) || !check_cert(cert, cert_file, err)) {
		return err_wrap(err, "TLS certificate");
	}
	if (!read_pem(key, key_file, err) ||
		!check_pair(cert, key, cert_file, key_file, err)) {
		return err_wrap(err, "TLS key");
	}
	return true;
}

void front_tls_send(struct MHD_Connection *connection, const void *data, size_t len)
{
	const union MHD_ConnectionInfo *info = MHD_get_connection_info(connection,
		MHD_CONNECTION_INFO_GNUTLS_SESSION);

	if (info != NULL) {
		/* A client that does not read gets no answer; it is closed next. */
		(void)gnutls_record_send((gnutls_session_t)info->tls_session, data, len);
	}
}
