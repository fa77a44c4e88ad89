#!/usr/bin/env python3
"""Handovers, sound and hostile, by docs/moves.md: what a reader of the form makes of them.

Each is named <what>.<name of the expected error>, and copied to the fuzzer's corpus.
What is signed in them is nothing: only the form is looked at here.
"""
import pathlib
import shutil

data = pathlib.Path(__file__).parent
folder = data / "handover"
corpus = data.parent / "fuzz" / "corpus" / "handover"

MAGIC = b"linli handover 1\n"
FEDERATION = bytes.fromhex("00112233445566aa")
RECORD = b"3f9a1c22d0b84e17.1.7"


def varint(n):
    out = bytearray()
    while n >= 0x80:
        out.append(n & 0x7F | 0x80)
        n >>= 7
    return bytes(out + bytes([n]))


def text(value):
    return varint(len(value)) + value


def head(giver=b"zhizunong", taker=b"wanglanfu", entity=b"person", record=RECORD, number=1,
         summary=b'{"t":1}'):
    return (MAGIC + FEDERATION + text(giver) + text(taker) + text(entity) + text(record) +
            varint(number) + text(summary))


def item(commit, n, line=b'{"t":1}', hashes=1):
    return varint(commit) + varint(n) + text(line) + varint(hashes) + bytes(32 * hashes)


def body(commits=(b"tree a", b"tree b"), items=None):
    items = [item(0, 1), item(0, 3), item(1, 2)] if items is None else items
    return (varint(len(commits)) + b"".join(text(c) for c in commits) + varint(len(items)) +
            b"".join(items))


samples = {
    "good.none": head() + body(),
    "without-lines.none": head(summary=b"") + body((), []),
    "empty.format": b"",
    "other-kind.format": (head() + body()).replace(b"handover", b"takeover"),
    "newer.format": (head() + body()).replace(b"over 1", b"over 2"),
    "cut.format": (head() + body())[:-5],
    "byte-behind.format": head() + body() + b"\0",
    "padded-number.format": head().replace(text(b"person"), b"\x86\x00person") + body(),
    "giver-is-no-slug.format": head(giver=b"Zhi Zu") + body(),
    "giver-too-long.too_large": head(giver=b"a" * 33) + body(),
    "taker-empty.format": head(taker=b"") + body(),
    "entity-with-nul.format": head(entity=b"per\0son") + body(),
    "record-is-no-id.format": head(record=b"3f9a1c22d0b84e17.0.7") + body(),
    "number-0.format": head(number=0) + body(),
    "number-of-64-bits.format": head(number=2**64 - 1) + body(),
    "commit-without-line.format": head() + body(items=[item(0, 1)]),
    "line-of-no-commit.format": head() + body(items=[item(0, 1), item(2, 1)]),
    "first-line-of-second.format": head() + body(items=[item(1, 1)]),
    "lines-backwards.format": head() + body(items=[item(0, 3), item(0, 1), item(1, 1)]),
    "line-twice.format": head() + body(items=[item(0, 1), item(0, 1), item(1, 1)]),
    "commits-backwards.format": head() + body(items=[item(0, 1), item(1, 1), item(0, 2)]),
    "line-0.format": head() + body(items=[item(0, 0), item(1, 1)]),
    "line-10001.format": head() + body(items=[item(0, 10001), item(1, 1)]),
    "path-too-high.format": head() + body(items=[item(0, 1, hashes=65), item(1, 1)]),
    "many-commits.format": head() + varint(4096) + b"x",
    "too-many-commits.too_large": head() + varint(4097) + bytes(5000),
    "too-many-lines.too_large": head() + body((), [])[:-1] + varint(10001) + bytes(11000),
    "length-of-64-bits.format": head()[:-8] + varint(2**64 - 1) + b"x",
    "line-too-long.too_large":
        head() + body((b"tree",), [item(0, 1, line=b"x" * (64 * 1024 + 1))]),
}

for place in (folder, corpus):
    shutil.rmtree(place, ignore_errors=True)
    place.mkdir(parents=True)
    for name, content in samples.items():
        if place == folder or len(content) < 20000:
            (place / name).write_bytes(content)
print(len(samples), "samples")
