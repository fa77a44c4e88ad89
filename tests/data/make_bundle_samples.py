#!/usr/bin/env python3
"""Write the samples of tests/data/{commit,pack,gitbundle,erased} and the fuzz corpora.

Run from the source folder:  python3 tests/data/make_bundle_samples.py
Needs openssl and ssh-keygen.  This is a second writer of docs/format.md that
shares no code with common/bundle: what both agree on is the format.

A sample is called <what>.<code>: the code of the error that its reader must
answer with, as err_name() prints it; "none" is accepted.
"""
import base64
import hashlib
import os
import shutil
import struct
import subprocess
import sys
import tempfile
import zlib

HERE = os.path.dirname(os.path.abspath(__file__))
CORPUS = os.path.join(HERE, "..", "fuzz", "corpus")
TIME = 1764000000


# ---- keys and signatures ----

def ssh_string(data):
    return struct.pack(">I", len(data)) + data


class Key:
    """The Ed25519 key of a seed, as a file that ssh-keygen takes."""

    def __init__(self, seed, folder, name):
        der = bytes.fromhex("302e020100300506032b657004220420") + seed
        spki = subprocess.run(["openssl", "pkey", "-inform", "DER", "-pubout", "-outform", "DER"],
                              input=der, capture_output=True, check=True).stdout
        self.public = spki[-32:]
        self.device = hashlib.sha256(self.public).hexdigest()[:16]
        blob = ssh_string(b"ssh-ed25519") + ssh_string(self.public)
        secret = struct.pack(">II", 1, 1) + blob + ssh_string(seed + self.public) + ssh_string(b"")
        secret += bytes(range(1, 1 + -len(secret) % 8))
        whole = (b"openssh-key-v1\0" + ssh_string(b"none") + ssh_string(b"none") + ssh_string(b"")
                 + struct.pack(">I", 1) + ssh_string(blob) + ssh_string(secret))
        text = base64.encodebytes(whole).decode()
        self.path = os.path.join(folder, name)
        with open(self.path, "w") as f:
            f.write(f"-----BEGIN OPENSSH PRIVATE KEY-----\n{text}-----END OPENSSH PRIVATE KEY-----\n")
        os.chmod(self.path, 0o600)

    def sign(self, message, namespace="git", hashalg="sha512"):
        run = subprocess.run(["ssh-keygen", "-Y", "sign", "-f", self.path, "-n", namespace,
                              "-O", "hashalg=" + hashalg], input=message, capture_output=True, check=True)
        return run.stdout


def rewrap(armour, columns):
    lines = armour.decode().splitlines()
    text = "".join(lines[1:-1])
    body = [text[i:i + columns] for i in range(0, len(text), columns)]
    return ("\n".join([lines[0]] + body + [lines[-1]]) + "\n").encode()


def small_order_armour():
    """A signature by the key 01 00 .. 00 that fits every message."""
    point = b"\x01" + bytes(31)
    blob = ssh_string(b"ssh-ed25519") + ssh_string(point)
    sig = ssh_string(b"ssh-ed25519") + ssh_string(point + bytes(32))
    whole = (b"SSHSIG" + struct.pack(">I", 1) + ssh_string(blob) + ssh_string(b"git")
             + ssh_string(b"") + ssh_string(b"sha512") + ssh_string(sig))
    text = base64.b64encode(whole).decode()
    lines = [text[i:i + 70] for i in range(0, len(text), 70)]
    return ("-----BEGIN SSH SIGNATURE-----\n" + "\n".join(lines)
            + "\n-----END SSH SIGNATURE-----\n").encode()


# ---- objects ----

def oid(kind, data):
    return hashlib.sha1(kind.encode() + b" " + str(len(data)).encode() + b"\0" + data).hexdigest()


def merkle(leaves):
    def tree(hashes):
        if len(hashes) == 1:
            return hashes[0]
        k = 1
        while k * 2 < len(hashes):
            k *= 2
        return hashlib.sha256(b"\1" + tree(hashes[:k]) + tree(hashes[k:])).digest()
    return tree([hashlib.sha256(b"\0" + leaf).digest() for leaf in leaves]).hex()


class Facts:
    """A commit as fields that a sample changes before it is written."""

    def __init__(self, key, **changes):
        self.key = key
        self.tree = "4b825dc642cb6eb9a060e54bf8d69288fbee4904"
        self.parents = []
        self.name = "知足弄社区"
        self.email = key.device + "@linli"
        self.time = f"{TIME} +0800"
        self.committer = None
        self.before_signature = ""
        self.subject = "知足弄社区: 1 change (1 club)"
        self.body = ""
        self.trailers = [
            ["Linli-Format", "1"], ["Federation", "00112233445566aa"], ["Community", "zhizu"],
            ["Device", key.device], ["Incarnation", "1"], ["Scope", "district/zhizu"],
            ["Seq", "1"], ["Parent-SHA256", "0" * 64], ["Changes-Root", "ab" * 32],
            ["Changes-Count", "1"], ["Model", "gongshu@1"], ["Seen", "-"], ["Receipt", "-"]]
        for name, value in changes.items():
            if name.startswith("T_"):
                self.set(name[2:].replace("_", "-"), value)
            else:
                setattr(self, name, value)

    def set(self, key, value):
        next(t for t in self.trailers if t[0] == key)[1] = value
        return self

    def later(self):
        self.parents = ["12" * 20]
        return self.set("Seq", "2").set("Parent-SHA256", "34" * 32)

    def headers(self):
        ident = f"{self.name} <{self.email}> {self.time}"
        text = f"tree {self.tree}\n" + "".join(f"parent {p}\n" for p in self.parents)
        text += f"author {ident}\ncommitter {self.committer or ident}\n" + self.before_signature
        return text.encode("utf-8", "surrogateescape")

    def message(self):
        text = f"{self.subject}\n\n{self.body}" + "".join(f"{k}: {v}\n" for k, v in self.trailers)
        return text.encode("utf-8", "surrogateescape")

    def payload(self):
        return self.headers() + b"\n" + self.message()


def with_signature(headers, armour, message, header=b"gpgsig"):
    folded = b"".join(b" " + line + b"\n" for line in armour.split(b"\n")[:-1])
    return headers + header + folded + b"\n" + message


def signed(facts, key=None):
    return with_signature(facts.headers(), (key or facts.key).sign(facts.payload()), facts.message())


# ---- commits ----

def commit_samples(a, b):
    out = {}
    device, zero = a.device, "0" * 64
    other = "0011223344556677"
    head = f"{other}.1/district/zhizu@7:8899aabbccddeeff"

    def put(what, **changes):
        out[what] = signed(Facts(a, **changes))

    def put_later(what, **changes):
        facts = Facts(a).later()
        for k, v in changes.items():
            if k.startswith("T_"):
                facts.set(k[2:].replace("_", "-"), v)
            else:
                setattr(facts, k, v)
        out[what] = signed(facts)

    # What is accepted.
    put("first.none")
    put_later("later.none")
    put("federation.none", T_Scope="federation", T_Community="district", T_Incarnation="4294967295")
    put("seen-and-receipt.none",
        T_Seen=f"{head} {other}.2/district/zhizu@1:0000000000000000 "
               f"fedcba9876543210.10/district/zhizu@4294967295:ffffffffffffffff",
        T_Receipt=f"{other}.1/district/zhizu@12:0123456789abcdef")
    put("ascii-name.none", name="A", time="0 +0800", subject="x")
    put("longest.none", name="长" * 32, subject="s" * 200, T_Changes_Count="10000",
        T_Model="a" * 32 + "@9223372036854775807")

    # What stock git accepts under another name for the same signed content.
    f = Facts(a)
    good = f.key.sign(f.payload())
    folded = with_signature(b"", good, b"")[:-1]
    plain = f.headers() + folded
    out["rewrapped-armour.format"] = with_signature(f.headers(), rewrap(good, 64), f.message())
    out["armour-in-one-line.format"] = with_signature(f.headers(), rewrap(good, 10000), f.message())
    out["second-gpgsig.format"] = plain + folded + b"\n" + f.message()
    out["gpgsig-sha256-after.format"] = plain + b"gpgsig-sha256" + folded[6:] + b"\n" + f.message()
    out["gpgsig-sha256-before.format"] = (f.headers() + b"gpgsig-sha256" + folded[6:] + folded
                                          + b"\n" + f.message())
    out["gpgsig-sha256-only.format"] = with_signature(f.headers(), good, f.message(), b"gpgsig-sha256")
    out["text-after-end.format"] = with_signature(f.headers(), good + b"and more\n", f.message())
    out["text-after-end-same-line.format"] = with_signature(f.headers(), good[:-1] + b" \n", f.message())
    out["text-before-begin.format"] = with_signature(f.headers(), b"hello\n" + good, f.message())
    out["blank-line-in-armour.format"] = with_signature(f.headers(), good + b"\n", f.message())
    out["armour-crlf.format"] = with_signature(f.headers(), good.replace(b"\n", b"\r\n"), f.message())
    out["armour-twice.format"] = with_signature(f.headers(), good + good, f.message())
    out["armour-huge.format"] = with_signature(f.headers(), good[:-1] + b"A" * 2000 + b"\n", f.message())
    out["armour-missing.format"] = f.headers() + b"gpgsig\n\n" + f.message()
    out["armour-of-pgp.format"] = with_signature(
        f.headers(), b"-----BEGIN PGP SIGNATURE-----\n\niQEz\n-----END PGP SIGNATURE-----\n", f.message())
    out["unsigned.format"] = f.payload()
    out["gpgsig-before-author.format"] = (
        f.headers().split(b"\n")[0] + b"\n" + folded + b"\n".join(f.headers().split(b"\n")[1:])
        + b"\n" + f.message())

    # Signatures that are not this device's over these bytes.
    out["other-namespace.format"] = with_signature(f.headers(), a.sign(f.payload(), "file"), f.message())
    out["other-hash.format"] = with_signature(f.headers(), a.sign(f.payload(), "git", "sha256"), f.message())
    out["other-message.signature"] = with_signature(f.headers(), a.sign(b"hello"), f.message())
    out["other-device.signature"] = signed(f, b)
    out["altered-root.signature"] = signed(f).replace(b"ab" * 32, b"ac" + b"ab" * 31)
    out["altered-subject.signature"] = signed(f).replace(b"1 change", b"2 change")
    out["altered-tree.signature"] = signed(f).replace(b"tree 4b", b"tree 4c")
    out["small-order-key.key"] = with_signature(f.headers(), small_order_armour(), f.message())

    # Headers.
    put("encoding-header.format", before_signature="encoding UTF-8\n")
    put("unknown-header.format", before_signature="x-note hello\n")
    put("mergetag-header.format", before_signature="mergetag object " + "0" * 40 + "\n type commit\n")
    put_later("two-parents.format", parents=["12" * 20, "56" * 20])
    put("first-with-parent.format", parents=["12" * 20])
    put("first-with-parent-sha256.format", T_Parent_SHA256="34" * 32)
    put_later("later-without-parent.format", parents=[])
    put_later("later-with-zero-parent.format", parents=["0" * 40])
    put_later("later-with-zero-parent-sha256.format", T_Parent_SHA256=zero)
    put("tree-in-capitals.format", tree="4B825DC642CB6EB9A060E54BF8D69288FBEE4904")
    put("tree-short.format", tree="4b825dc6")
    put("email-of-other-device.format", email=b.device + "@linli")
    put("email-of-other-host.format", email=device + "@example.org")
    put("committer-differs.format", committer=f"Other <{device}@linli> {TIME} +0800")
    put("committer-later.format", committer=f"知足弄社区 <{device}@linli> {TIME + 1} +0800")
    put("zone-utc.format", time=f"{TIME} +0000")
    put("time-negative.format", time="-1 +0800")
    put("time-padded.format", time=f"0{TIME} +0800")
    put("time-after-9999.format", time="253402300800 +0800")
    put("name-empty.format", name="")
    put("name-ends-with-dot.format", name="知足弄.")
    put("name-begins-with-space.format", name=" 知足弄")
    put("name-with-angle.format", name="a > b")
    put("name-with-tab.format", name="a\tb")
    put("name-with-nul.format", name="a\0b")
    put("name-too-long.format", name="长" * 32 + "a")
    put("name-not-utf8.format", name="a\udcffb")

    # Message.
    put("subject-empty.format", subject="")
    put("subject-too-long.format", subject="s" * 201)
    put("subject-ends-with-space.format", subject="hello ")
    put("subject-two-lines.format", subject="hello\nthere")
    put("subject-with-nul.format", subject="a\0b")
    put("subject-with-escape.format", subject="a\x1b[31mb")
    put("subject-not-utf8.format", subject="a\udcc0\udc80b")
    put("second-paragraph.format", body="Signed-off-by: somebody\n\n")
    f = Facts(a)
    crlf = f.message().replace(b"\n", b"\r\n")
    out["crlf.format"] = with_signature(f.headers(), a.sign(f.headers() + b"\n" + crlf), crlf)
    cut = f.message()[:-1]
    out["no-last-newline.format"] = with_signature(f.headers(), a.sign(f.headers() + b"\n" + cut), cut)
    more = f.message() + b"\n"
    out["newline-after-trailers.format"] = with_signature(f.headers(), a.sign(f.headers() + b"\n" + more), more)

    # Trailers.
    names = [t[0] for t in Facts(a).trailers]
    for i in (0, 3, 8, 12):
        f = Facts(a)
        del f.trailers[i]
        out[f"missing-{names[i].lower()}.format"] = signed(f)
    f = Facts(a)
    f.trailers[1], f.trailers[2] = f.trailers[2], f.trailers[1]
    out["swapped-trailers.format"] = signed(f)
    f = Facts(a)
    f.trailers.insert(6, f.trailers[6])
    out["duplicate-trailer.format"] = signed(f)
    f = Facts(a)
    f.trailers.append(["Signed-off-by", "somebody"])
    out["additional-trailer.format"] = signed(f)
    put("format-2.format", T_Linli_Format="2")
    put("federation-in-capitals.format", T_Federation="00112233445566AA")
    put("federation-short.format", T_Federation="00112233")
    put("community-no-slug.format", T_Community="Zhizu")
    put("community-too-long.format", T_Community="a" * 33)
    put("device-in-capitals.format", T_Device=device.upper())
    put("device-long.format", T_Device=device + "00")
    put("incarnation-zero.format", T_Incarnation="0")
    put("scope-unknown.format", T_Scope="street/zhizu")
    put("scope-without-community.format", T_Scope="district/")
    put("scope-federation-with-slash.format", T_Scope="federation/")
    put("seq-zero.format", T_Seq="0")
    put("seq-padded.format", T_Seq="01")
    put("seq-plus.format", T_Seq="+1")
    put("seq-negative.format", T_Seq="-1")
    put("seq-space.format", T_Seq=" 1")
    put_later("seq-overflow.format", T_Seq="4294967296")
    put_later("seq-overflow-64.format", T_Seq="18446744073709551618")
    put("root-short.format", T_Changes_Root="ab" * 31)
    put("count-zero.format", T_Changes_Count="0")
    put("count-too-high.format", T_Changes_Count="10001")
    put("model-without-version.format", T_Model="gongshu")
    put("model-version-zero.format", T_Model="gongshu@0")
    put("model-version-padded.format", T_Model="gongshu@01")
    put("model-empty.format", T_Model="")
    put("seen-empty.format", T_Seen="")
    put("seen-unsorted.format", T_Seen=f"{other}.2/district/zhizu@1:0000000000000000 {head}")
    put("seen-sorted-as-text.format",
        T_Seen=f"{other}.10/district/zhizu@1:0000000000000000 {other}.9/district/zhizu@1:0000000000000000")
    put("seen-twice.format", T_Seen=f"{head} {head}")
    put("seen-itself.format", T_Seen=f"{device}.1/district/zhizu@1:0000000000000000")
    put("seen-other-scope.format", T_Seen=f"{other}.1/federation@1:0000000000000000")
    put("seen-other-community.format", T_Seen=f"{other}.1/district/other@1:0000000000000000")
    put("seen-two-spaces.format", T_Seen=f"{head}  {other}.2/district/zhizu@1:0000000000000000")
    put("seen-ends-with-space.format", T_Seen=head + " ")
    put("seen-short-hash.format", T_Seen=head[:-2])
    put("seen-without-hash.format", T_Seen=head.split(":")[0])
    put("seen-seq-zero.format", T_Seen=f"{other}.1/district/zhizu@0:0000000000000000")
    put("seen-of-a-line.format", T_Seen=f"{other}.1/district/zhizu@1#1:0000000000000000")
    put("receipt-empty.format", T_Receipt="")
    put("receipt-two.format", T_Receipt=f"{head} {head}")
    put("receipt-in-capitals.format", T_Receipt=head.upper())
    out["empty.format"] = b""
    return out


# ---- packs ----

TYPES = {"commit": 1, "tree": 2, "blob": 3, "tag": 4, "ofs": 6, "ref": 7}


def object_header(kind, size, pad=0):
    number = TYPES[kind] if isinstance(kind, str) else kind
    first, rest = number << 4 | size & 15, size >> 4
    out = []
    while rest or pad:
        out.append(first | 0x80)
        first, rest = rest & 0x7f, rest >> 7
        if not rest and pad:
            out += [first | 0x80] + [0x80] * (pad - 1)
            first, pad = 0, 0
    return bytes(out + [first])


def entry(kind, data, size=None, stream=None, pad=0):
    return (object_header(kind, len(data) if size is None else size, pad)
            + (zlib.compress(data, 9) if stream is None else stream))


def pack(entries, count=None, version=2, magic=b"PACK", more=b""):
    body = magic + struct.pack(">II", version, len(entries) if count is None else count)
    body += b"".join(entries) + more
    return body + hashlib.sha1(body).digest()


def pack_samples():
    blob, tree = b"{\"t\":1}\n" * 20, b"100644 a\0" + bytes(20)
    commit = b"tree " + b"0" * 40 + b"\n"
    whole = [entry("commit", commit), entry("tree", tree), entry("blob", blob)]
    delta = bytes([160, 1, 160, 1, 0x90, 160])
    raw = zlib.compressobj(9, zlib.DEFLATED, -15)
    raw_stream = raw.compress(blob) + raw.flush()
    gz = zlib.compressobj(9, zlib.DEFLATED, 31)
    gz_stream = gz.compress(blob) + gz.flush()
    preset = zlib.compressobj(9, zlib.DEFLATED, 15, 9, 0, blob)
    preset_stream = preset.compress(blob) + preset.flush()
    stream = zlib.compress(blob, 9)
    bomb = zlib.compress(bytes(4 * 1024 * 1024), 9)
    good = pack(whole)
    out = {
        "three-objects.none": good,
        "no-objects.none": pack([]),
        "empty-blob.none": pack([entry("blob", b"")]),
        "stored-stream.none": pack([entry("blob", blob, stream=zlib.compress(blob, 0))]),
        "size-of-three-bytes.none": pack([entry("blob", bytes(40000))]),
        "ofs-delta.format": pack([whole[2], entry("ofs", delta, stream=b"\x20" + zlib.compress(delta))]),
        "ref-delta.format": pack([whole[2], entry("ref", delta, stream=bytes.fromhex(
            oid("blob", blob)) + zlib.compress(delta))]),
        "tag.format": pack([entry("tag", b"object " + b"0" * 40 + b"\n")]),
        "type-0.format": pack([entry(0, blob)]),
        "type-5.format": pack([entry(5, blob)]),
        "size-too-small.format": pack([entry("blob", blob, size=len(blob) - 1)]),
        "size-too-large.format": pack([entry("blob", blob, size=len(blob) + 1)]),
        "size-zero.format": pack([entry("blob", blob, size=0)]),
        "size-2-gb.too_large": pack([entry("blob", blob, size=2 << 30)]),
        "size-over-cap.too_large": pack([entry("blob", blob, size=(1 << 20) + 1)]),
        "size-impossible.format": pack([entry("blob", blob, size=1 << 20)]),
        "size-of-11-bytes.format": pack([b"\xb0" + b"\xff" * 10 + b"\x01" + stream]),
        "size-of-2-to-the-60.too_large": pack([entry("blob", blob, size=1 << 59)]),
        "size-padded.format": pack([entry("blob", blob, pad=1)]),
        "size-padded-by-three.format": pack([entry("blob", blob, pad=3)]),
        "small-size-padded.format": pack([b"\xb8\x00" + zlib.compress(b"8 bytes.")]),
        "bomb.format": pack([entry("blob", b"", size=1000, stream=bomb)]),
        "count-too-high.format": pack(whole, count=4),
        "count-too-low.format": pack(whole, count=2),
        "count-of-four-billion.format": pack(whole, count=0xffffffff),
        "count-zero.format": pack(whole, count=0),
        "bytes-after-last.format": pack(whole, more=b"\0"),
        "bytes-after-trailer.hash": good + b"\0",
        "no-trailer.hash": good[:-20],
        "wrong-trailer.hash": good[:-1] + bytes([good[-1] ^ 1]),
        "flipped-bit.hash": good[:40] + bytes([good[40] ^ 1]) + good[41:],
        "cut-in-half.hash": good[:len(good) // 2],
        "version-3.format": pack(whole, version=3),
        "version-0.format": pack(whole, version=0),
        "other-magic.format": pack(whole, magic=b"KCAP"),
        "stream-cut.format": pack([entry("blob", blob, stream=stream[:-1])]),
        "stream-bad-adler.format": pack([entry("blob", blob, stream=stream[:-1] + bytes([stream[-1] ^ 1]))]),
        "stream-bad-header.format": pack([entry("blob", blob, stream=b"\x79" + stream[1:])]),
        "stream-preset-dictionary.format": pack([entry("blob", blob, stream=preset_stream)]),
        "stream-raw.format": pack([entry("blob", blob, stream=raw_stream)]),
        "stream-gzip.format": pack([entry("blob", blob, stream=gz_stream)]),
        "stream-twice.format": pack([entry("blob", blob, stream=stream + stream)]),
        "header-cut.format": pack([b"\xff" * 9]),
        "header-only.format": good[:12],
        "empty.format": b"",
    }
    return out


# ---- git bundles ----

class Bundle:
    """A bundle's objects, each of which a sample may replace."""

    def __init__(self, key, seq, parent, lines, files=(), scope="district/zhizu"):
        changes = b"".join(line + b"\n" for line in lines)
        self.changes = changes
        blobs = sorted((hashlib.sha256(f).hexdigest(), f) for f in files)
        self.blobs = [f for _, f in blobs]
        self.folder = b"".join(b"100644 " + name.encode() + b"\0" + bytes.fromhex(oid("blob", f))
                               for name, f in blobs)
        self.tree = b"100644 changes.jsonl\0" + bytes.fromhex(oid("blob", changes))
        if blobs:
            self.tree += b"40000 files\0" + bytes.fromhex(oid("tree", self.folder))
        self.key, self.seq, self.parent, self.lines, self.scope = key, seq, parent, lines, scope
        self.commit = None

    def seal(self):
        facts = Facts(self.key, tree=oid("tree", self.tree), T_Scope=self.scope)
        facts.set("Seq", str(self.seq)).set("Changes-Root", merkle(self.lines))
        facts.set("Changes-Count", str(len(self.lines)))
        if self.parent is not None:
            facts.parents = [oid("commit", self.parent)]
            facts.set("Parent-SHA256", hashlib.sha256(self.parent).hexdigest())
        self.commit = signed(facts)
        return self

    @property
    def oid(self):
        return oid("commit", self.commit)

    def objects(self):
        out = [("commit", self.commit), ("tree", self.tree), ("blob", self.changes)]
        if self.folder:
            out += [("tree", self.folder)] + [("blob", f) for f in self.blobs]
        return out


def objects_of(bundles):
    seen, out = set(), []
    for bundle in bundles:
        for kind, data in bundle.objects():
            if oid(kind, data) not in seen:
                seen.add(oid(kind, data))
                out.append((kind, data))
    return out


def write(refs, objects, prerequisites=(), signature="# v2 git bundle\n", more=b""):
    text = signature + "".join(f"-{p} \n" for p in prerequisites)
    text += "".join(f"{o} {name}\n" for o, name in refs) + "\n"
    return text.encode() + pack([entry(k, d) for k, d in objects], more=more)


def gitbundle_samples(a, b):
    line = b'{"t":1764000000000123,"e":"club","id":"%s.1.%d","put":{"members":%d}}'

    def lines(n, key=a):
        return [line % (key.device.encode(), i, n) for i in range(1, 3)]

    photo, scan = b"\x89PNG photo" * 9, b"%PDF scan" * 9
    one = Bundle(a, 1, None, lines(1)).seal()
    two = Bundle(a, 2, one.commit, lines(2), [photo]).seal()
    three = Bundle(a, 3, two.commit, lines(3), [photo, scan]).seal()
    feder = Bundle(a, 1, None, lines(9), scope="federation").seal()
    chain, fed = f"refs/chains/{a.device}.1/district/zhizu", f"refs/chains/{a.device}.1/federation"
    all_three = objects_of([one, two, three])
    later = objects_of([two, three])
    tip = [(three.oid, chain)]
    both = [(three.oid, chain), (feder.oid, fed)]
    out = {
        "whole-chain.none": write(tip, all_three),
        "first-only.none": write([(one.oid, chain)], objects_of([one])),
        "range.none": write(tip, later, [one.oid]),
        "last-only.none": write(tip, objects_of([three]), [two.oid]),
        "two-chains.none": write(both, objects_of([one, two, three, feder])),
        "range-and-chain.none": write(both, objects_of([two, three, feder]), [one.oid]),
    }
    good = out["whole-chain.none"]
    out.update({
        # Header.
        "empty.format": b"",
        "header-only.format": good[:good.index(b"\n\n") + 2],
        "header-cut.format": good[:60],
        "bare-pack.format": pack([entry(k, d) for k, d in all_three]),
        "version-3.format": write(tip, all_three, signature="# v3 git bundle\n@object-format=sha1\n"),
        "crlf.format": write(tip, all_three, signature="# v2 git bundle\r\n"),
        "text-before.format": b"\n" + good,
        "no-reference.format": write([], []),
        "reference-heads.format": write([(three.oid, "refs/heads/main")], all_three),
        "reference-HEAD.format": write(tip + [(three.oid, "HEAD")], all_three),
        "reference-no-chain.format": write([(three.oid, "refs/chains/x")], all_three),
        "reference-dotdot.format": write([(three.oid, f"refs/chains/{a.device}.1/district/..")], all_three),
        "reference-seq.format": write([(three.oid, chain + "@3")], all_three),
        "reference-twice.format": write(tip + tip, all_three),
        "references-unsorted.format": write(both[::-1], objects_of([feder, one, two, three])),
        "reference-in-capitals.format": write([(three.oid.upper(), chain)], all_three),
        "reference-two-spaces.format": write([(three.oid + " ", chain)], all_three),
        "prerequisite-comment.format": good.replace(b"bundle\n", b"bundle\n-" + one.oid.encode() + b" hi\n"),
        "prerequisite-no-space.format": write(tip, later, [one.oid]).replace(b" \n", b"\n", 1),
        "prerequisite-after-reference.format": write(tip, later).replace(
            chain.encode() + b"\n", chain.encode() + b"\n-" + one.oid.encode() + b" \n"),
        "prerequisite-missing.format": write(tip, later),
        "prerequisite-superfluous.format": write(tip, all_three, [feder.oid]),
        "prerequisite-other.format": write(tip, later, [feder.oid]),
        "prerequisite-too-many.format": write(tip, later, [one.oid, feder.oid]),
        "prerequisites-swapped.format": write(
            both, objects_of([two, three, feder]), [feder.oid]),
        # What the references lead to.
        "tip-not-there.format": write([(feder.oid, chain)], all_three),
        "tip-before-last.format": write([(two.oid, chain)], all_three),
        "reference-without-bundle.format": write([(three.oid, chain), (three.oid, fed)], all_three),
        "chains-interleaved.format": write(both, objects_of([one, feder, two, three])),
        "newest-first.format": write(tip, objects_of([three, two, one])),
        "gap.format": write(tip, objects_of([one, three])),
        "commit-repeated.format": write(tip, objects_of([one]) + [all_three[0]] + objects_of([two, three])),
        # Objects.
        "blob-superfluous.format": write(tip, all_three + [("blob", b"more")]),
        "blob-superfluous-first.format": write(tip, [("blob", b"more")] + all_three),
        "blob-superfluous-within.hash": write(tip, all_three[:2] + [("blob", b"more")] + all_three[2:]),
        "blob-repeated.format": write(tip, all_three + [("blob", photo)]),
        "blob-repeated-in-place.hash": write(tip, one.objects() + two.objects() + three.objects()),
        "blob-missing.format": write(tip, all_three[:-1]),
        "blob-before-tree.format": write([(one.oid, chain)], [one.objects()[i] for i in (0, 2, 1)]),
        "commit-missing.format": write(tip, all_three[1:]),
        "commits-only.format": write(tip, [o for o in all_three if o[0] == "commit"]),
        "changes-other.hash": write([(one.oid, chain)], one.objects()[:2] + [("blob", two.changes)]),
        "tree-other.hash": write([(one.oid, chain)], [one.objects()[0], two.objects()[1], one.objects()[2]]),
        "attachment-other.hash": write([(two.oid, chain)], objects_of([two])[:-1] + [("blob", scan)], [one.oid]),
        "flipped-bit.hash": good[:-40] + bytes([good[-40] ^ 1]) + good[-39:],
        "bytes-after.hash": good + b"\n",
        "file-twice.hash": good + good,
        "bytes-after-objects.format": write(tip, all_three, more=b"\0\0\0"),
    })

    def odd(name, tree=None, folder=None, blobs=(), commit=None):
        bundle = Bundle(a, 1, None, lines(1))
        if folder is not None:
            bundle.folder, bundle.blobs = folder, list(blobs)
            bundle.tree += b"40000 files\0" + bytes.fromhex(oid("tree", folder))
        if tree is not None:
            bundle.tree = tree(bundle.tree)
        bundle.seal()
        if commit is not None:
            bundle.commit = commit(bundle.commit)
        out[name] = write([(bundle.oid, chain)], objects_of([bundle]))

    def name(data):
        return hashlib.sha256(data).hexdigest().encode()

    def file(data, mode=b"100644", called=None):
        return mode + b" " + (called or name(data)) + b"\0" + bytes.fromhex(oid("blob", data))

    in_order = sorted([photo, scan], key=name)
    odd("tree-mode-755.format", tree=lambda t: t.replace(b"100644", b"100755"))
    odd("tree-mode-664.format", tree=lambda t: t.replace(b"100644", b"100664"))
    odd("tree-mode-symlink.format", tree=lambda t: t.replace(b"100644", b"120000"))
    odd("tree-mode-submodule.format", tree=lambda t: t.replace(b"100644", b"160000"))
    odd("tree-mode-padded.format", tree=lambda t: b"0" + t)
    odd("tree-other-name.format", tree=lambda t: t.replace(b"changes", b"Changes"))
    odd("tree-empty.format", tree=lambda t: b"")
    odd("tree-cut.format", tree=lambda t: t[:-1])
    odd("tree-additional-entry.format", tree=lambda t: t + b"100644 z\0" + bytes(20))
    odd("tree-entry-twice.format", tree=lambda t: t + t)
    odd("tree-git-folder.format", tree=lambda t: b"40000 .git\0" + bytes(20) + t)
    odd("tree-files-padded-mode.format", folder=file(photo), blobs=[photo],
        tree=lambda t: t.replace(b"40000 files", b"040000 files"))
    odd("files-empty.format", folder=b"")
    odd("files-not-hashes.format", folder=file(photo, called=b"photo.png"), blobs=[photo])
    odd("files-in-capitals.format", folder=file(photo, called=name(photo).upper()), blobs=[photo])
    odd("files-slash.format", folder=file(photo, called=b"../" + b"a" * 61), blobs=[photo])
    odd("files-executable.format", folder=file(photo, mode=b"100755"), blobs=[photo])
    odd("files-unsorted.format", folder=file(in_order[1]) + file(in_order[0]), blobs=in_order[::-1])
    odd("files-twice.format", folder=file(photo) + file(photo), blobs=[photo])
    odd("files-of-folders.format", folder=file(photo, mode=b"40000"), blobs=[photo])
    odd("commit-without-tree.format", commit=lambda c: c[c.index(b"\n") + 1:])
    odd("commit-zero-parent.format", commit=lambda c: c.replace(b"\nauthor", b"\nparent " + b"0" * 40 + b"\nauthor"))
    odd("commit-empty.format", commit=lambda c: b"")
    big = Bundle(a, 1, None, lines(1)).seal()
    head = write([(big.oid, chain)], []).split(b"PACK")[0]
    out["blob-of-64-mib.too_large"] = head + pack(
        [entry("commit", big.commit), entry("tree", big.tree),
         entry("blob", b"", size=64 << 20, stream=zlib.compress(bytes(1 << 20), 9))])
    out["ofs-delta.format"] = head + pack(
        [entry("commit", big.commit), entry("tree", big.tree), entry("ofs", b"", stream=b"\x20" + zlib.compress(b"x"))])
    return out


# ---- erased bundles ----

def leaf(line):
    return hashlib.sha256(b"\0" + line).digest()


def audit_path(leaves, index):
    """From the leaf upward (RFC 6962, 2.1.1), the other way round than merkle() goes."""
    if len(leaves) == 1:
        return b""
    k = 1
    while k * 2 < len(leaves):
        k *= 2

    def root(hashes):
        while len(hashes) > 1:
            pairs = [hashlib.sha256(b"\1" + hashes[i] + hashes[i + 1]).digest()
                     for i in range(0, len(hashes) - 1, 2)]
            hashes = pairs + (hashes[-1:] if len(hashes) % 2 else [])
        return hashes[0]
    if index < k:
        return audit_path(leaves[:k], index) + root(leaves[k:])
    return audit_path(leaves[k:], index - k) + root(leaves[:k])


def order(bundle, n, line=None, path=None, commit=None, number=None):
    """Line n (from 1) of a bundle as an order."""
    leaves = [leaf(x) for x in bundle.lines]
    proof = audit_path(leaves, n - 1).hex() if path is None else path
    return b"=%s %s %s %s\n" % ((commit or bundle.commit).hex().encode(), (number or str(n)).encode(),
                               (proof or "-").encode(), line or bundle.lines[n - 1])


class Erased(Bundle):
    """A bundle of which some lines are erased."""

    def __init__(self, bundle, numbers, orders, keep=(), erase=None):
        self.__dict__.update(bundle.__dict__)
        erase = erase or (lambda line: b"-" + leaf(line).hex().encode())
        self.changes = b"".join(orders) + b"".join(
            (erase(line) if i in numbers else line) + b"\n" for i, line in enumerate(bundle.lines, 1))
        self.set_files(keep)

    def set_files(self, keep):
        blobs = sorted((hashlib.sha256(f).hexdigest(), f) for f in keep)
        self.blobs = [f for _, f in blobs]
        self.folder = b"".join(b"100644 " + name.encode() + b"\0" + bytes.fromhex(oid("blob", f))
                               for name, f in blobs)
        self.tree = b"100644 erased.jsonl\0" + bytes.fromhex(oid("blob", self.changes))
        if blobs:
            self.tree += b"40000 files\0" + bytes.fromhex(oid("tree", self.folder))


def erased_samples(a, b):
    own, salt = "community/zhizu", "AAAAAAAAAAA="
    photo, scan = b"\x89PNG photo" * 9, b"%PDF scan" * 9

    def person(n, more=""):
        return (f'{{"t":176400000000012{n},"e":"person","id":"{a.device}.1.{n}",'
                f'"put":{{"name":"N{n}"{more}}},"n":"{salt}"}}').encode()

    def sha(data):
        return hashlib.sha256(data).hexdigest()

    lines = [person(1), person(2), person(3)]
    one = Bundle(a, 1, None, lines, scope=own).seal()
    done = [b'{"t":1764000000000200,"e":"erasure","put":{"order_text":"x"},"n":"%d"}' % i for i in range(5)]
    why = Bundle(a, 2, one.commit, done, scope=own).seal()
    single = Bundle(a, 2, one.commit, done[:1], scope=own).seal()
    others = Bundle(b, 1, None, done, scope=own).seal()
    open_scope = Bundle(a, 1, None, done).seal()
    chain = f"refs/chains/{a.device}.1/{own}"
    out = {}

    def put(name, *bundles, objects=None):
        out[name] = write([(bundles[-1].oid, chain)], objects or objects_of(bundles))

    def bad(name, numbers=(2,), orders=None, **changes):
        put(name, Erased(one, numbers, [order(why, 3)] if orders is None else orders, **changes))

    put("one-line.none", Erased(one, [2], [order(why, 3)]))
    put("first-line.none", Erased(one, [1], [order(why, 1)]))
    put("all-lines.none", Erased(one, [1, 2, 3], [order(why, 5)]))
    put("two-orders.none", Erased(one, [1, 3], [order(why, 1), order(others, 2)]))
    put("order-of-one-line.none", Erased(one, [2], [order(single, 1)]))
    put("with-later.none", Erased(one, [2], [order(why, 3)]), why)
    good = Erased(one, [2], [order(why, 3)])

    # Lines.
    bad("nothing-erased.format", numbers=())
    bad("line-altered.hash", erase=lambda line: b"-" + leaf(line + b" ").hex().encode())
    bad("line-in-capitals.format", erase=lambda line: b"-" + leaf(line).hex().upper().encode())
    bad("line-short.format", erase=lambda line: b"-" + leaf(line).hex()[:62].encode())
    bad("line-long.format", erase=lambda line: b"-" + leaf(line).hex().encode() + b"00")
    bad("line-mark-only.format", erase=lambda line: b"-")
    bad("line-space.format", erase=lambda line: b"- " + leaf(line).hex().encode())
    bad("line-without-mark.hash", erase=lambda line: leaf(line).hex().encode())
    bad("line-empty.format", erase=lambda line: b"")
    cut = Erased(one, [2], [order(why, 3)])
    cut.changes = cut.changes[:-1]
    cut.set_files(())
    put("last-line-open.format", cut)
    less = Erased(one, [2], [order(why, 3)])
    less.changes = less.changes[:less.changes.rindex(b"\n", 0, -1) + 1]
    less.set_files(())
    put("line-missing.hash", less)

    # Orders.
    bad("order-missing.format", orders=[])
    bad("orders-too-many.too_large", orders=[order(why, 1), order(why, 2)])
    bad("order-altered.hash", orders=[order(why, 3, line=done[3])])
    bad("order-of-other-commit.format", orders=[order(why, 3, commit=one.commit)])
    bad("order-commit-altered.signature", orders=[order(why, 3, commit=why.commit.replace(b"1 change", b"2 change"))])
    bad("order-commit-cut.format", orders=[order(why, 3, commit=why.commit[:-1])])
    bad("order-in-capitals.format", orders=[order(why, 3).replace(why.commit.hex().encode(),
                                                                  why.commit.hex().upper().encode())])
    path = audit_path([leaf(x) for x in done], 2).hex()
    bad("order-path-short.format", orders=[order(why, 3, path=path[:-64])])
    bad("order-path-long.format", orders=[order(why, 3, path=path + "00" * 32)])
    bad("order-path-altered.hash", orders=[order(why, 3, path="00" * 32 + path[64:])])
    bad("order-path-in-capitals.format", orders=[order(why, 3, path=path.upper())])
    bad("order-path-odd.format", orders=[order(why, 3, path=path + "0")])
    bad("order-path-of-15.format", orders=[order(why, 3, path="00" * 32 * 15)])
    bad("order-path-dash.format", orders=[order(why, 3, path="-")])
    bad("order-path-none.format", orders=[order(why, 3).replace(b" " + path.encode(), b" ")])
    bad("order-single-with-path.format", orders=[order(single, 1, path=path)])
    for what, number in (("zero", "0"), ("padded", "03"), ("beyond", "6"), ("huge", "10001"), ("negative", "-3"),
                         ("empty", " ")):
        bad(f"order-number-{what}.format", orders=[order(why, 3, number=number)])
    bad("order-number-other.hash", orders=[order(why, 3, number="4")])
    bad("order-two-spaces.format", orders=[order(why, 3).replace(b" 3 ", b"  3 ")])
    bad("order-without-line.format", orders=[order(why, 3)[:-len(done[2]) - 1] + b"\n"])
    bad("order-mark-only.format", orders=[b"=\n"])
    bad("order-other-scope.format", orders=[order(open_scope, 3)])
    late = Erased(one, [2], [])
    late.changes += order(why, 3)
    late.set_files(())
    put("order-after-lines.hash", late)

    # Trees and objects.
    district = Bundle(a, 1, None, lines).seal()
    out["other-scope.format"] = write([(district.oid, f"refs/chains/{a.device}.1/district/zhizu")],
                                      objects_of([Erased(district, [2], [order(open_scope, 3)])]))
    named = Bundle(a, 1, None, lines, scope=own)
    named.tree = good.tree
    named.changes = good.changes
    put("tree-named.format", named.seal())
    full = Bundle(a, 1, None, lines, scope=own).seal()
    full.tree = b"100644 erased.jsonl\0" + bytes.fromhex(oid("blob", full.changes))
    put("whole-changes.format", full)
    both = Erased(one, [2], [order(why, 3)])
    both.tree = both.tree + one.tree
    put("tree-both.hash", both)
    odd = Erased(one, [2], [order(why, 3)])
    odd.tree = odd.tree.replace(b"100644", b"100755")
    put("tree-mode.hash", odd)
    put("blob-missing.format", good, objects=good.objects()[:2])
    put("blob-other.hash", good, objects=good.objects()[:2] + [("blob", one.changes)])
    put("whole-tree-too.format", good, objects=good.objects() + one.objects()[1:])
    put("whole-tree-first.format", good, objects=one.objects()[:2] + good.objects()[1:])
    put("tree-twice.format", good, objects=good.objects()[:2] + good.objects()[1:])

    # Attachments: those that the remaining lines name, and no others.
    with_files = [person(1, f',"scan":"{sha(scan)}"'), person(2, f',"photo":"{sha(photo)}"')]
    held = Bundle(a, 1, None, with_files, [photo, scan], scope=own).seal()
    put("file-kept.none", Erased(held, [1], [order(why, 3)], [photo]))
    put("file-left-out.none", Erased(held, [1], [order(why, 3)]))
    put("file-unnamed.format", Erased(held, [1], [order(why, 3)], [photo, scan]))
    put("file-other.format", Erased(held, [1], [order(why, 3)], [b"other"]))
    return out


# ---- files ----

def put_all(folder, samples):
    shutil.rmtree(folder, ignore_errors=True)
    os.makedirs(folder)
    for name, data in sorted(samples.items()):
        with open(os.path.join(folder, name), "wb") as f:
            f.write(data)


def main():
    with tempfile.TemporaryDirectory() as folder:
        a = Key(bytes(range(32)), folder, "a")
        b = Key(bytes(range(1, 33)), folder, "b")
        samples = {"commit": commit_samples(a, b), "pack": pack_samples(),
                   "gitbundle": gitbundle_samples(a, b), "erased": erased_samples(a, b)}
    for what, files in samples.items():
        put_all(os.path.join(HERE, what), files)
        # The corpus: what is accepted, and a few near misses to start from.
        seeds = {n: d for n, d in files.items() if n.endswith(".none")}
        for n in ("rewrapped-armour.format", "swapped-trailers.format", "ofs-delta.format",
                  "size-padded.format", "files-unsorted.format", "prerequisite-other.format"):
            if n in files:
                seeds[n] = files[n]
        if what == "gitbundle":
            seeds.update({"erased-" + n: d for n, d in samples["erased"].items()})
        elif what == "erased":
            continue  # read as git bundles
        put_all(os.path.join(CORPUS, what), seeds)
        print(f"{what}: {len(files)} samples, {len(seeds)} in the corpus", file=sys.stderr)


if __name__ == "__main__":
    main()
