#!/usr/bin/env python3
"""Writes tests/data/age, sshsig and key, and the fuzz corpora made from them.

Needs python3-cryptography; run it from the source root.  It shares no code with common/crypto, so that the samples that must be
accepted (*.none) check it against another implementation.  Every run writes
the same bytes.

A sample is called <what>.<code>: the name of the error that reading it must
give, "none" for success.  The reader's key is that of the seed 00 01 ... 1f.

The age samples mirror these cases of C2SP/CCTV's age suite, by name:
x25519, x25519_bad_tag, x25519_extra_argument, x25519_grease, x25519_identity,
x25519_long_file_key, x25519_long_share, x25519_low_order, x25519_lowercase,
x25519_multiple_recipients, x25519_no_match, x25519_not_canonical_body,
x25519_not_canonical_share, x25519_short_share, scrypt, scrypt_and_x25519,
armor, empty, header_crlf, hmac_bad, hmac_extra_space, hmac_garbage,
hmac_missing, hmac_no_space, hmac_not_canonical, hmac_trailing_space,
hmac_truncated, stanza_bad_start, stanza_base64_padding,
stanza_empty_argument, stanza_empty_body, stanza_empty_last_line,
stanza_invalid_character, stanza_long_line, stanza_missing_body,
stanza_missing_final_line, stanza_multiple_short_lines, stanza_no_arguments,
stanza_not_canonical, stanza_spurious_cr, stanza_valid_characters,
stream_bad_tag, stream_empty_payload, stream_last_chunk_empty,
stream_missing_tag, stream_no_chunks, stream_no_final, stream_no_nonce,
stream_short_chunk, stream_short_nonce, stream_trailing_garbage_short,
stream_two_final_chunks, version_unsupported.  Its cases of several full
chunks are built in test_age.c instead of being kept here.
"""
import base64
import hashlib
import hmac
import os
import struct
import sys

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

SEED = bytes(range(32))
OTHER_SEED = bytes(range(32, 64))
RAW = serialization.Encoding.Raw, serialization.PublicFormat.Raw
DATA = "tests/data"
CORPUS = "tests/fuzz/corpus"


def write(path, content):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "wb") as out:
        out.write(content)


def hkdf(secret, salt, info):
    return HKDF(hashes.SHA256(), 32, salt, info).derive(secret)


def raw64(content):
    return base64.b64encode(content).rstrip(b"=")


# --- age -----------------------------------------------------------------

FILE_KEY = b"YELLOW SUBMARINE"[::-1]


def identity(seed):
    return X25519PrivateKey.from_private_bytes(hkdf(seed, None, b"linli age v1"))


OURS = identity(SEED)
THEIRS = identity(OTHER_SEED)


def stanza(to=OURS, file_key=FILE_KEY, n=1):
    """(share, body) for the recipient of ${to}."""
    ephemeral = X25519PrivateKey.from_private_bytes(hashlib.sha256(b"ephemeral%d" % n).digest())
    share = ephemeral.public_key().public_bytes(*RAW)
    recipient = to.public_key().public_bytes(*RAW)
    shared = ephemeral.exchange(to.public_key())
    key = hkdf(shared, share + recipient, b"age-encryption.org/v1/X25519")
    return share, ChaCha20Poly1305(key).encrypt(bytes(12), file_key, None)


def lines(share, body, kind=b"X25519"):
    return b"-> " + kind + b" " + raw64(share) + b"\n" + raw64(body) + b"\n"


def mac(head, file_key=FILE_KEY):
    return hmac.new(hkdf(file_key, None, b"header"), head, hashlib.sha256).digest()


def sealed_chunk(n, last, plain, key):
    return ChaCha20Poly1305(key).encrypt(struct.pack(">3xQB", n, last), plain, None)


SALT = hashlib.sha256(b"salt").digest()[:16]
PAYLOAD_KEY = hkdf(FILE_KEY, SALT, b"payload")
PLAIN = b"age"


def payload(*chunks):
    """chunks: (n, last, plain)"""
    return SALT + b"".join(sealed_chunk(n, last, plain, PAYLOAD_KEY)
                           for n, last, plain in chunks)


ONE = payload((0, 1, PLAIN))
VERSION = b"age-encryption.org/v1\n"
NATIVE = lines(*stanza())


def header(*stanzas, version=VERSION):
    head = version + b"".join(stanzas) + b"---"
    return head + b" " + raw64(mac(head)) + b"\n"


def age_file(*stanzas, content=ONE):
    return header(*stanzas) + content


def loosened(text):
    """The same base64 with a bit set that decodes to nothing."""
    digits = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
    return text[:-1] + bytes([digits[digits.index(text[-1]) | 1]])


def age_samples():
    share, body = stanza()
    r64, b64 = raw64(share), raw64(body)
    good = age_file(NATIVE)
    head = header(NATIVE)
    mac64 = head.split(b"--- ")[1].rstrip(b"\n")
    until = head[:-len(mac64) - 2]
    grease = b"-> grease A b\n" + raw64(bytes(48)) + b"\n" + b"\n"
    small = bytes.fromhex("e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800")

    # Stanzas for us.
    yield "x25519.none", good
    yield "grease.none", age_file(b"-> grease\n\n", NATIVE, grease)
    yield "multiple-recipients.none", age_file(lines(*stanza(THEIRS, n=2)), NATIVE,
                                               lines(*stanza(THEIRS, n=3)))
    yield "valid-characters.none", age_file(
        b"-> " + bytes(range(0x21, 0x7f)) + b" !\"#$ }~\n\n", NATIVE)
    yield "other-stanza-last-line-empty.none", age_file(
        b"-> x\n" + raw64(bytes(48)) + b"\n\n", NATIVE)
    yield "empty-payload.none", age_file(NATIVE, content=payload((0, 1, b"")))
    yield "no-match.sealed", age_file(lines(*stanza(THEIRS)))
    yield "bad-tag.sealed", age_file(lines(share, body[:-1] + bytes([body[-1] ^ 1])))
    yield "share-altered.sealed", age_file(lines(share[:-1] + bytes([share[-1] ^ 1]), body))
    yield "lowercase-type.sealed", age_file(lines(share, body, b"x25519"))
    yield "scrypt-alone.sealed", age_file(
        b"-> scrypt " + raw64(bytes(16)) + b" 10\n" + b64 + b"\n")
    yield "scrypt-and-x25519.format", age_file(
        NATIVE, b"-> scrypt " + raw64(bytes(16)) + b" 10\n" + b64 + b"\n")
    yield "extra-argument.format", age_file(b"-> X25519 " + r64 + b" 1234\n" + b64 + b"\n")
    yield "no-share.format", age_file(b"-> X25519\n" + b64 + b"\n")
    yield "short-share.format", age_file(lines(share[:-1], body))
    yield "long-share.format", age_file(lines(share + b"\0", body))
    yield "zero-share.format", age_file(lines(bytes(32), body))
    yield "low-order-share.format", age_file(lines(small, body))
    yield "low-order-share-after-ours.format", age_file(NATIVE, lines(small, body))
    yield "not-canonical-share.format", age_file(
        b"-> X25519 " + loosened(r64) + b"\n" + b64 + b"\n")
    yield "padded-share.format", age_file(b"-> X25519 " + r64 + b"=\n" + b64 + b"\n")
    yield "not-canonical-body.format", age_file(
        b"-> X25519 " + r64 + b"\n" + loosened(b64) + b"\n")
    yield "padded-body.format", age_file(b"-> X25519 " + r64 + b"\n" + b64 + b"=\n")
    yield "long-file-key.format", age_file(lines(*stanza(file_key=FILE_KEY + b"12345678")))
    yield "short-file-key.format", age_file(lines(*stanza(file_key=FILE_KEY[:8])))
    yield "empty-body.format", age_file(b"-> X25519 " + r64 + b"\n\n")

    # Any stanza.
    yield "no-arguments.format", age_file(NATIVE, b"-> \n\n")
    yield "no-arguments-no-space.format", age_file(NATIVE, b"->\n\n")
    yield "empty-argument.format", age_file(NATIVE, b"-> x  y\n\n")
    yield "leading-space.format", age_file(NATIVE, b"->  x\n\n")
    yield "trailing-space.format", age_file(NATIVE, b"-> x \n\n")
    yield "control-character.format", age_file(NATIVE, b"-> x\x7f\n\n")
    yield "not-ascii-argument.format", age_file(NATIVE, "-> 邻里\n\n".encode())
    yield "tab-argument.format", age_file(NATIVE, b"-> x\ty\n\n")
    yield "cr-argument.format", age_file(NATIVE, b"-> x\r\n\n")
    yield "cr-body.format", age_file(NATIVE, b"-> x\nAAAA\r\n")
    yield "missing-body.format", age_file(b"-> x\n", NATIVE)
    yield "missing-final-line.format", age_file(b"-> x\n" + raw64(bytes(48)) + b"\n", NATIVE)
    yield "long-line.format", age_file(NATIVE, b"-> x\n" + raw64(bytes(51)) + b"\n")
    yield "two-short-lines.format", age_file(NATIVE, b"-> x\nAAAA\nAAAA\n")
    yield "other-not-canonical.format", age_file(NATIVE, b"-> x\nAB\n")
    yield "other-padded.format", age_file(NATIVE, b"-> x\nAA==\n")
    yield "one-digit.format", age_file(NATIVE, b"-> x\nAAAAA\n")
    yield "url-alphabet.format", age_file(NATIVE, b"-> x\nAA-_\n")
    yield "bad-start.format", age_file(b"-- x\n\n", NATIVE)
    yield "blank-line.format", age_file(NATIVE, b"\n")
    yield "no-stanza.format", age_file()

    # The version line and the MAC.
    yield "empty.format", b""
    yield "version-only.format", VERSION
    yield "version-2.format", header(NATIVE, version=b"age-encryption.org/v2\n") + ONE
    yield "version-crlf.format", header(NATIVE, version=b"age-encryption.org/v1\r\n") + ONE
    yield "text-before.format", b"\n" + good
    yield "armoured.format", (b"-----BEGIN AGE ENCRYPTED FILE-----\n" + base64.encodebytes(good) +
                              b"-----END AGE ENCRYPTED FILE-----\n")
    yield "mac-missing.format", until + b"\n" + ONE
    yield "mac-cut.format", until + b" " + mac64[:-1] + b"\n" + ONE
    yield "mac-16-bytes.format", until + b" " + raw64(bytes(16)) + b"\n" + ONE
    yield "mac-no-space.format", until + mac64 + b"\n" + ONE
    yield "mac-two-spaces.format", until + b"  " + mac64 + b"\n" + ONE
    yield "mac-trailing-space.format", until + b" " + mac64 + b" \n" + ONE
    yield "mac-garbage.format", until + b" " + b"!" * 43 + b"\n" + ONE
    yield "mac-not-canonical.format", until + b" " + loosened(mac64) + b"\n" + ONE
    yield "mac-padded.format", until + b" " + mac64 + b"=\n" + ONE
    yield "mac-cr.format", until + b" " + mac64 + b"\r\n" + ONE
    yield "mac-no-newline.format", until + b" " + mac64
    yield "mac-wrong.hash", until + b" " + raw64(bytes(32)) + b"\n" + ONE
    yield "mac-wrong-and-no-match.sealed", (VERSION + lines(*stanza(THEIRS)) + b"--- " +
                                            raw64(bytes(32)) + b"\n" + ONE)
    yield "stanza-added.hash", good.replace(b"---", b"-> x\n\n---", 1)
    yield "stanza-removed.hash", age_file(NATIVE, grease).replace(grease, b"", 1)
    yield "stanzas-swapped.hash", age_file(NATIVE, grease).replace(
        NATIVE + grease, grease + NATIVE, 1)

    # The payload.
    yield "no-salt.format", head
    yield "short-salt.format", head + SALT[:15]
    yield "no-chunks.hash", head + SALT
    yield "missing-tag.hash", good[:-16]
    yield "short-chunk.hash", good[:-1]
    yield "chunk-of-15.hash", head + SALT + ONE[16:31]
    yield "altered-first-byte.hash", head + SALT + bytes([ONE[16] ^ 1]) + ONE[17:]
    yield "altered-tag.hash", good[:-1] + bytes([good[-1] ^ 0x80])
    yield "altered-salt.hash", head + bytes([SALT[0] ^ 1]) + SALT[1:] + ONE[16:]
    yield "trailing-byte.hash", good + b"\0"
    yield "trailing-newline.hash", good + b"\n"
    yield "not-final.hash", age_file(NATIVE, content=payload((0, 0, PLAIN)))
    yield "counter-from-one.hash", age_file(NATIVE, content=payload((1, 1, PLAIN)))
    yield "two-final-chunks.hash", age_file(NATIVE, content=payload((0, 1, PLAIN), (1, 1, PLAIN)))
    yield "two-short-chunks.hash", age_file(NATIVE, content=payload((0, 0, PLAIN), (1, 1, PLAIN)))
    yield "last-chunk-empty.hash", age_file(NATIVE, content=payload((0, 0, PLAIN), (1, 1, b"")))
    yield "another-files-payload.hash", head + SALT + sealed_chunk(0, 1, PLAIN, bytes(32))
    # The reader allows 4,096 bytes.
    yield "too-long-to-open.too_large", age_file(NATIVE, content=payload((0, 1, b"x" * 4097)))


# --- SSH signatures ------------------------------------------------------

KEY = Ed25519PrivateKey.from_private_bytes(SEED)
PUBLIC = KEY.public_key().public_bytes(*RAW)
MESSAGE = b"tree 0000\n\nhello\n"
L = 2**252 + 27742317777372353535851937790883648493


def s(content):
    return struct.pack(">I", len(content)) + content


def public_blob(public=PUBLIC, kind=b"ssh-ed25519"):
    return s(kind) + s(public)


def to_sign(namespace=b"git", reserved=b"", algorithm=b"sha512", message=MESSAGE):
    digest = hashlib.new(algorithm.decode(), message).digest()
    return b"SSHSIG" + s(namespace) + s(reserved) + s(algorithm) + s(digest)


def sshsig_blob(magic=b"SSHSIG", version=1, public=None, namespace=b"git", reserved=b"",
                algorithm=b"sha512", signature=None, kind=b"ssh-ed25519", message=MESSAGE,
                signature_tail=b""):
    if signature is None:
        signature = KEY.sign(to_sign(namespace, reserved, algorithm, message))
    return (magic + struct.pack(">I", version) + s(public or public_blob()) + s(namespace) +
            s(reserved) + s(algorithm) + s(s(kind) + s(signature) + signature_tail))


BEGIN, END = b"-----BEGIN SSH SIGNATURE-----\n", b"-----END SSH SIGNATURE-----\n"


def armour(blob, columns=70, begin=BEGIN, end=END, eol=b"\n"):
    text = base64.b64encode(blob)
    return begin + b"".join(text[i:i + columns] + eol
                            for i in range(0, len(text), columns)) + end


def sshsig_samples():
    good = armour(sshsig_blob())
    blob = sshsig_blob()
    signature = KEY.sign(to_sign())
    high = signature[:32] + (int.from_bytes(signature[32:], "little") + L).to_bytes(32, "little")
    # R = the neutral point, S = 0: fits every message under a key of small order.
    neutral = bytes([1]) + bytes(31)
    forged = neutral + bytes(32)
    y8 = bytes.fromhex("c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a")

    yield "as-written.none", good
    # Other spellings of the same signature.
    yield "columns-64.format", armour(blob, 64)
    yield "columns-76.format", armour(blob, 76)
    yield "one-line.format", armour(blob, 1000)
    yield "crlf.format", good.replace(b"\n", b"\r\n")
    yield "crlf-body.format", armour(blob, eol=b"\r\n")
    yield "text-after.format", good + b"hello\n"
    yield "newline-after.format", good + b"\n"
    yield "nul-after.format", good + b"\0"
    yield "no-final-newline.format", good[:-1]
    yield "text-before.format", b"hello\n" + good
    yield "space-before.format", b" " + good
    yield "spaces-in-line.format", good.replace(b"\nU1NIU0lH", b"\nU1NI U0lH")
    yield "space-at-end-of-line.format", good.replace(b"SIGNATURE-----\n", b"SIGNATURE----- \n", 1)
    yield "blank-line.format", good.replace(BEGIN, BEGIN + b"\n")
    yield "blank-line-last.format", good.replace(END, b"\n" + END)
    yield "header-field.format", good.replace(BEGIN, BEGIN + b"Comment: x\n\n")
    yield "twice.format", good + good
    yield "end-missing.format", good[:-len(END)]
    yield "begin-missing.format", good[len(BEGIN):]
    yield "other-label.format", good.replace(b"SSH SIGNATURE", b"PGP SIGNATURE")
    yield "no-padding.format", good.replace(b"=", b"")
    yield "more-padding.format", good.replace(b"\n-----END", b"====\n-----END")
    yield "not-canonical-base64.format", not_canonical(good)
    yield "empty.format", b""
    yield "begin-only.format", BEGIN
    yield "nothing-inside.format", BEGIN + END
    yield "one-byte-inside.format", armour(b"S")
    yield "very-long.format", armour(blob + bytes(4096))
    # Other contents.
    yield "byte-after-blob.format", armour(blob + b"\0")
    yield "byte-cut-from-blob.format", armour(blob[:-1])
    yield "byte-within-signature.format", armour(sshsig_blob(signature_tail=b"\0"))
    yield "magic.format", armour(sshsig_blob(magic=b"SSHSIX"))
    yield "version-0.format", armour(sshsig_blob(version=0))
    yield "version-2.format", armour(sshsig_blob(version=2))
    yield "sha256.format", armour(sshsig_blob(algorithm=b"sha256"))
    yield "other-namespace.format", armour(sshsig_blob(namespace=b"file"))
    yield "empty-namespace.format", armour(sshsig_blob(namespace=b""))
    yield "longer-namespace.format", armour(sshsig_blob(namespace=b"git\0"))
    yield "reserved.format", armour(sshsig_blob(reserved=b"x"))
    yield "key-type-rsa.format", armour(sshsig_blob(public=public_blob(kind=b"ssh-rsa")))
    yield "key-type-sk.format", armour(
        sshsig_blob(public=public_blob(kind=b"sk-ssh-ed25519@openssh.com") + s(b"ssh:")))
    yield "signature-type-rsa.format", armour(sshsig_blob(kind=b"rsa-sha2-512"))
    yield "public-key-31.format", armour(sshsig_blob(public=public_blob(PUBLIC[:-1])))
    yield "public-key-33.format", armour(sshsig_blob(public=public_blob(PUBLIC + b"\0")))
    yield "signature-63.format", armour(sshsig_blob(signature=signature[:-1]))
    yield "signature-65.format", armour(sshsig_blob(signature=signature + b"\0"))
    yield "huge-length.format", armour(blob[:10] + b"\xff\xff\xff\xff" + blob[14:])
    # Well-formed, and not the signature.
    yield "other-message.signature", armour(sshsig_blob(message=MESSAGE + b"\n"))
    yield "signature-zero.signature", armour(sshsig_blob(signature=bytes(64)))
    yield "signature-bit.signature", armour(
        sshsig_blob(signature=bytes([signature[0] ^ 1]) + signature[1:]))
    yield "high-s.signature", armour(sshsig_blob(signature=high))
    yield "bare-message-signed.signature", armour(sshsig_blob(signature=KEY.sign(MESSAGE)))
    yield "other-key.signature", armour(sshsig_blob(public=public_blob(
        Ed25519PrivateKey.from_private_bytes(OTHER_SEED).public_key().public_bytes(*RAW))))
    yield "not-a-point.signature", armour(sshsig_blob(public=public_blob(b"\x02" + bytes(31))))
    yield "neutral-key.key", armour(sshsig_blob(public=public_blob(neutral), signature=forged))
    yield "order-4-key.key", armour(sshsig_blob(public=public_blob(bytes(32)), signature=forged))
    yield "order-8-key.key", armour(sshsig_blob(public=public_blob(y8), signature=forged))
    yield "not-canonical-key.key", armour(sshsig_blob(
        public=public_blob(b"\xee" + b"\xff" * 30 + b"\x7f"), signature=forged))


def not_canonical(good):
    """The digit before the padding with a bit that decodes to nothing."""
    at = good.index(b"=")
    return good[:at - 1] + loosened(good[at - 1:at]) + good[at:]


# --- private key files (passphrase of the encrypted ones: "linli") --------

PREFIX = bytes.fromhex("302e020100300506032b657004220420")


def pem(label, der, columns=64):
    return armour(der, columns, b"-----BEGIN " + label + b"-----\n",
                  b"-----END " + label + b"-----\n")


def tlv(tag, *parts):
    body = b"".join(parts)
    size = bytes([len(body)]) if len(body) < 128 else (
        bytes([0x81, len(body)]) if len(body) < 256 else b"\x82" + struct.pack(">H", len(body)))
    return bytes([tag]) + size + body


def integer(n):
    return tlv(0x02, n.to_bytes(n.bit_length() // 8 + 1, "big"))


def scrypt_file(n=16, r=1, p=1, salt=b"salt" * 4, passphrase=b"linli", content=PREFIX + SEED,
                derive=True):
    """An EncryptedPrivateKeyInfo; without ${derive} its ciphertext is none."""
    from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
    iv = hashlib.sha256(b"iv").digest()[:16]
    key = hashlib.scrypt(passphrase, salt=salt, n=n, r=r, p=p, dklen=32) if derive else bytes(32)
    pad = 16 - len(content) % 16
    cipher = Cipher(algorithms.AES(key), modes.CBC(iv)).encryptor()
    body = cipher.update(content + bytes([pad]) * pad) + cipher.finalize()
    kdf = tlv(0x30, bytes.fromhex("06092b06010401da47040b"),
              tlv(0x30, tlv(0x04, salt), integer(n), integer(r), integer(p)))
    aes = tlv(0x30, bytes.fromhex("060960864801650304012a"), tlv(0x04, iv))
    return tlv(0x30, tlv(0x30, bytes.fromhex("06092a864886f70d01050d"), tlv(0x30, kdf, aes)),
               tlv(0x04, body))


def key_samples():
    plain, encrypted = b"PRIVATE KEY", b"ENCRYPTED PRIVATE KEY"
    der = PREFIX + SEED
    small = scrypt_file()
    assert small[1] == 0x81
    x25519 = der.replace(bytes.fromhex("06032b6570"), bytes.fromhex("06032b656e"))
    yield "plain.none", pem(plain, der)
    yield "encrypted.none", pem(encrypted, small)
    yield "encrypted-as-costly-as-ours.none", pem(encrypted, scrypt_file(2**14, 8, 6))
    yield "empty.format", b""
    yield "label-only.format", b"-----BEGIN PRIVATE KEY-----\n"
    yield "encrypted-label-only.format", b"-----BEGIN ENCRYPTED PRIVATE KEY-----\n"
    yield "no-der.format", pem(plain, b"hello")
    yield "encrypted-no-der.format", pem(encrypted, b"hello")
    yield "columns-48.format", pem(plain, der, 48)
    yield "encrypted-columns-70.format", pem(encrypted, small, 70)
    yield "text-before.format", b"hello\n" + pem(plain, der)
    yield "text-after.format", pem(plain, der) + b"hello\n"
    yield "twice.format", pem(plain, der) * 2
    yield "crlf.format", pem(plain, der).replace(b"\n", b"\r\n")
    yield "byte-after.format", pem(plain, der + b"\0")
    yield "byte-cut.format", pem(plain, der[:-1])
    yield "encrypted-byte-after.format", pem(encrypted, small + b"\0")
    yield "encrypted-ber-length.format", pem(
        encrypted, b"\x30\x82" + struct.pack(">H", small[2]) + small[3:])
    yield "label-swapped.format", pem(encrypted, der)
    yield "openssh.format", pem(b"OPENSSH PRIVATE KEY", b"openssh-key-v1\0" + bytes(40), 70)
    yield "x25519.key", pem(plain, x25519)
    yield "attributes.key", pem(plain, tlv(0x30, der[2:] + bytes.fromhex("a000")))
    yield "short-seed.key", pem(plain, tlv(
        0x30, integer(0), bytes.fromhex("300506032b6570"), tlv(4, tlv(4, SEED[:31]))))
    yield "encrypted-x25519.key", pem(encrypted, scrypt_file(content=x25519))
    yield "other-passphrase.passphrase", pem(encrypted, scrypt_file(passphrase=b"other"))
    yield "garbage-inside.passphrase", pem(encrypted, scrypt_file(content=b"hello"))
    yield "n-2-15.too_large", pem(encrypted, scrypt_file(2**15, 8, 1, derive=False))
    yield "n-2-62.too_large", pem(encrypted, scrypt_file(2**62, 8, 1, derive=False))
    yield "r-9.too_large", pem(encrypted, scrypt_file(16, 9, 1, derive=False))
    yield "p-7.too_large", pem(encrypted, scrypt_file(16, 1, 7, derive=False))
    yield "salt-65.too_large", pem(encrypted, scrypt_file(salt=bytes(65), derive=False))
    yield "n-2-70.format", pem(encrypted, scrypt_file(2**70, 8, 1, derive=False))
    yield "n-0.format", pem(encrypted, scrypt_file(0, 8, 1, derive=False))
    yield "n-1.format", pem(encrypted, scrypt_file(1, 8, 1, derive=False))
    yield "n-17.format", pem(encrypted, scrypt_file(17, 8, 1, derive=False))
    yield "r-0.format", pem(encrypted, scrypt_file(16, 0, 1, derive=False))
    yield "p-0.format", pem(encrypted, scrypt_file(16, 1, 0, derive=False))
    yield "long.too_large", pem(plain, der) + b"x" * 4096
    from cryptography.hazmat.primitives.asymmetric import ec
    p256 = ec.derive_private_key(7, ec.SECP256R1()).private_bytes(
        serialization.Encoding.DER, serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption())
    yield "p256.key", pem(plain, p256)
    pbkdf2 = tlv(0x30, bytes.fromhex("06092a864886f70d01050c"),
                 tlv(0x30, tlv(0x04, bytes(16)), integer(2048)))
    aes = tlv(0x30, bytes.fromhex("060960864801650304012a"), tlv(0x04, bytes(16)))
    aes128 = tlv(0x30, bytes.fromhex("0609608648016503040102"), tlv(0x04, bytes(16)))
    scrypt = tlv(0x30, bytes.fromhex("06092b06010401da47040b"),
                 tlv(0x30, tlv(0x04, bytes(16)), integer(16), integer(1), integer(1)))

    def method(kdf, cipher):
        return tlv(0x30, tlv(0x30, bytes.fromhex("06092a864886f70d01050d"),
                             tlv(0x30, kdf, cipher)), tlv(0x04, bytes(64)))
    yield "pbkdf2.format", pem(encrypted, method(pbkdf2, aes))
    yield "aes-128.format", pem(encrypted, method(scrypt, aes128))
    yield "pbes1.format", pem(encrypted, tlv(
        0x30, tlv(0x30, bytes.fromhex("06092a864886f70d010503"),
                  tlv(0x30, tlv(0x04, bytes(8)), integer(2048))), tlv(0x04, bytes(64))))


def corpus(name, samples, chosen):
    for what, content in samples:
        if what in chosen:
            write(f"{CORPUS}/{name}/{what.split('.')[0]}", content)


def main():
    if not os.path.isdir(DATA):
        sys.exit("run this from the source root")
    for name, samples in (("age", age_samples), ("sshsig", sshsig_samples),
                          ("key", key_samples)):
        made = list(samples())
        for what, content in made:
            write(f"{DATA}/{name}/{what}", content)
        print(name, len(made))
    corpus("age", age_samples(), {
        "x25519.none", "grease.none", "multiple-recipients.none", "empty-payload.none",
        "scrypt-alone.sealed", "valid-characters.none"})
    corpus("sshsig", sshsig_samples(), {
        "as-written.none", "other-namespace.format", "reserved.format", "neutral-key.key",
        "other-message.signature"})
    corpus("key", key_samples(), {
        "plain.none", "encrypted.none", "x25519.key", "pbkdf2.format", "p256.key"})


if __name__ == "__main__":
    main()
