#!/usr/bin/env python3
"""Writes tests/data/uploadpack and tests/fuzz/corpus/uploadpack: bodies of git's
requests for packs, sound ones (.none) and hostile ones (.<code>)."""
import pathlib

here = pathlib.Path(__file__).parent
folders = [here / "uploadpack", here.parent / "fuzz/corpus/uploadpack"]
A, B = "a" * 40, "0123456789abcdef0123456789abcdef01234567"
FLUSH, DELIM = b"0000", b"0001"


def pkt(text):
    data = text if isinstance(text, bytes) else text.encode()
    return b"%04x" % (len(data) + 4) + data


CAPS = " multi_ack_detailed side-band-64k ofs-delta agent=git/2.39.5"
WANT = pkt(f"want {A}{CAPS}\n")
V2 = pkt("command=fetch") + pkt("agent=git/2.39.5") + pkt("object-format=sha1") + DELIM
LS = pkt("command=ls-refs\n") + pkt("agent=git/2.39.5") + DELIM
samples = {
    # version 0
    "probe.none": FLUSH,
    "clone.none": WANT + pkt(f"want {B}\n") + FLUSH + pkt("done\n"),
    "bare-want.none": pkt(f"want {A}\n") + FLUSH + pkt("done\n"),
    "no-newlines.none": pkt(f"want {A}{CAPS}") + FLUSH + pkt(f"have {B}") + pkt("done"),
    "round.none": WANT + FLUSH + pkt(f"have {B}\n") * 16 + FLUSH,
    "state-and-round.none": WANT + FLUSH + pkt(f"have {B}\n") + FLUSH + pkt(f"have {A}\n") + FLUSH,
    "wants-alone.none": WANT + FLUSH,
    "old-band.none": pkt(f"want {A} side-band no-progress\n") + FLUSH + pkt("done\n"),
    "empty.format": b"",
    "no-flush.format": WANT,
    "delim.format": WANT + DELIM + pkt("done\n"),
    "two-flushes-first.format": FLUSH + FLUSH,
    "have-first.format": pkt(f"have {A}\n") + FLUSH + pkt("done\n"),
    "shallow.format": WANT + pkt(f"shallow {B}\n") + FLUSH + pkt("done\n"),
    "deepen.format": WANT + pkt("deepen 1\n") + FLUSH + pkt("done\n"),
    "filter.format": WANT + pkt("filter blob:none\n") + FLUSH + pkt("done\n"),
    "not-offered.format": pkt(f"want {A} allow-any-sha1-in-want\n") + FLUSH + pkt("done\n"),
    "sha256.format": pkt(f"want {A} object-format=sha256\n") + FLUSH + pkt("done\n"),
    "caps-on-second.format": WANT + pkt(f"want {B} side-band\n") + FLUSH + pkt("done\n"),
    "short-name.format": pkt(f"want {A[:39]}\n") + FLUSH + pkt("done\n"),
    "capital-name.format": pkt(f"want {A.upper()}\n") + FLUSH + pkt("done\n"),
    "name-of-reference.format": pkt("want refs/heads/zhizu/x\n") + FLUSH + pkt("done\n"),
    "behind-done.format": WANT + FLUSH + pkt("done\n") + pkt(f"have {B}\n"),
    "flush-behind-done.format": WANT + FLUSH + pkt("done\n") + FLUSH,
    "long-have.format": WANT + FLUSH + pkt(f"have {B}0\n") + pkt("done\n"),
    "nul.format": pkt(f"want {A}\0{CAPS}\n") + FLUSH + pkt("done\n"),
    # lengths
    "length-3.format": b"0003",
    "length-2.format": b"0002" + FLUSH,
    "length-4.format": b"0004" + FLUSH,
    "length-capital.format": b"000Awant x\n" + FLUSH,
    "length-sign.format": b"+00a" + b"x" * 10,
    "length-space.format": b"  0a" + b"x" * 10,
    "length-65521.format": b"fff1" + b"x" * 65517,
    "length-over-end.format": b"0032want " + A.encode()[:20],
    "length-cut.format": b"003",
    # version 2
    "v2-clone.none": V2 + pkt("thin-pack") + pkt("no-progress") + pkt("include-tag") +
    pkt("ofs-delta") + pkt(f"want {A}\n") + pkt(f"want {B}\n") + pkt("done\n") + FLUSH,
    "v2-round.none": V2 + pkt(f"want {A}\n") + pkt(f"have {B}\n") * 16 + FLUSH,
    "v2-ls-refs.none": LS + pkt("peel\n") + pkt("symrefs\n") + pkt("ref-prefix refs/heads/\n") +
    pkt("ref-prefix HEAD\n") + FLUSH,
    "v2-ls-all.none": pkt("command=ls-refs\n") + FLUSH,
    "v2-nothing-wanted.format": V2 + pkt("done\n") + FLUSH,
    "v2-no-flush.format": V2 + pkt(f"want {A}\n"),
    "v2-two-delims.format": V2 + DELIM + pkt(f"want {A}\n") + FLUSH,
    "v2-second-command.format": LS + FLUSH + LS + FLUSH,
    "v2-push.format": pkt("command=receive-pack") + DELIM + FLUSH,
    "v2-object-info.format": pkt("command=object-info") + DELIM + pkt("size") + FLUSH,
    "v2-shallow.format": V2 + pkt(f"want {A}\n") + pkt("deepen 1") + FLUSH,
    "v2-filter.format": V2 + pkt(f"want {A}\n") + pkt("filter blob:none") + FLUSH,
    "v2-want-ref.format": V2 + pkt("want-ref refs/heads/x") + FLUSH,
    "v2-sideband-all.format": V2 + pkt("sideband-all") + pkt(f"want {A}\n") + FLUSH,
    "v2-not-offered.format": pkt("command=fetch") + pkt("server-option=x") + DELIM +
    pkt(f"want {A}\n") + FLUSH,
    "v2-sha256.format": pkt("command=fetch") + pkt("object-format=sha256") + DELIM + FLUSH,
    "v2-many-prefixes.too_large": LS + pkt("ref-prefix a") * 1025 + FLUSH,
    "v2-no-command.format": pkt("command=") + FLUSH,
}
for folder in folders:
    folder.mkdir(exist_ok=True)
    for name, data in samples.items():
        if len(data) < 60000 or folder is folders[0]:
            (folder / name).write_bytes(data)
