#!/usr/bin/env python3
"""Hostile invitations, requests and lists of heads, from the sound ones beside them.

tests/data/{invitation,request,rotation}/good.none and tests/data/heads/envelope*.unknown_device
were written by the program; everything else in those folders is made here, named
<what>.<name of the expected error>, and copied to the fuzzers' corpora.
"""
import json
import pathlib
import shutil

data = pathlib.Path(__file__).parent
corpora = data.parent / "fuzz" / "corpus"


def write(folder, name, content):
    if not isinstance(content, bytes):
        content = content.encode()
    (data / folder / name).write_bytes(content)


def pretty(members):
    return json.dumps(members, ensure_ascii=False, indent=2) + "\n"


def compact(members):
    return json.dumps(members, ensure_ascii=False, separators=(",", ":"))


def common(folder, dump):
    """What is wrong with any document of ours, whatever it says."""
    good = (data / folder / "good.none").read_text()
    members = json.loads(good)

    def change(sample, /, **changes):
        write(folder, sample, dump({**members, **changes}))

    write(folder, "empty.format", "")
    write(folder, "no-json.format", "linli")
    write(folder, "list.format", "[" + good.strip() + "]")
    write(folder, "cut.format", good[: len(good) // 2])
    write(folder, "text-behind.format", good + "x")
    write(folder, "blank-behind.format", good + "\n")
    write(folder, "byte-order-mark.format", "\ufeff" + good)
    write(folder, "crlf.format" if "\n" in good else "blank-within.format",
          good.replace("\n", "\r\n") if "\n" in good else good.replace(",", ", "))
    write(folder, "other-order.format", dump(dict(reversed(members.items()))))
    write(folder, "member-twice.format",
          good.replace('"linli"', '"format": 1, "linli"', 1))
    write(folder, "unknown-member.format", dump({**members, "more": 1}))
    write(folder, "missing-member.format",
          dump({k: v for k, v in members.items() if k != "federation"}))
    change("other-kind.format", linli="answer")
    change("newer-format.format", format=2)
    write(folder, "format-as-real.format", good.replace('"format": 1', '"format": 1.0')
          .replace('"format":1', '"format":1.0'))
    write(folder, "escaped-letter.format", good.replace('"linli"', '"lin\\u006ci"', 1))
    write(folder, "not-utf8.format", good.encode().replace(b"linli", b"linl\xff", 1))
    write(folder, "federation-upper-case.format",
          good.replace(members["federation"], members["federation"].upper(), 1))
    write(folder, "deep.format", "[" * 5000)
    return good, members, change


def invitations():
    good, members, change = common("invitation", pretty)
    change("federation-of-another-key.format", federation="0" * 16)
    change("key-of-small-order.format", key="01" + "00" * 31)
    change("age-of-nobody.format", age="age1" + "q" * 58)
    change("community-is-the-district.format", community="district")
    change("community-with-slash.format", community="../etc")
    change("community-too-long.too_large", community="a" * 33)
    change("name-too-long.too_large", name="名" * 40)
    change("name-empty.format", name="")
    change("name-with-newline.format", name="知足弄\n社区")
    change("url-of-a-file.format", url="file:///etc/passwd")
    change("url-with-blank.format", url="https://a b")
    change("secret-short.format", secret="LZCVtMCzgHZmMAZl0BJyTfMpC9dx4SY+N5Z5Hs48lw==")
    change("secret-without-padding.format", secret=members["secret"].rstrip("="))
    change("expires-never.format", expires=-1)
    change("expires-as-text.format", expires=str(members["expires"]))
    write("invitation", "huge.too_large", good + " " * 65536)


def requests():
    good, members, change = common("request", pretty)
    change("key-of-small-order.key", public_key="01" + "00" * 31)
    change("key-short.format", public_key=members["public_key"][2:])
    change("age-upper-case.format", age=members["age"].upper())
    change("invitation-long.too_large", invitation="0" * 18)
    change("mac-missing-digit.format", mac=members["mac"][1:])
    change("signature-too-long.too_large", signature="A" * 2000)
    change("signature-as-number.format", signature=1)
    change("name-with-escape.format", name="a\u001b[31m")
    write("request", "huge.too_large", good + " " * 65536)


def rotations():
    good, members, change = common("rotation", pretty)
    chain, head = next(iter(members["heads"].items()))
    stranger = "0" * 16 + chain[16:]
    other = chain.replace(".1/", ".2/")
    sound = json.loads(good)
    write("rotation", "good-no-heads.none", pretty({**sound, "heads": {}}))
    write("rotation", "good-two.none", pretty({**sound, "heads": {chain: head, other: head}}))
    change("unsorted.format", heads={other: head, chain: head})
    change("head-of-another-key.format", heads={stranger: head})
    change("head-of-another-community.format",
           heads={chain.split("/")[0] + "/district/wanglanfu": head})
    change("no-chain.format", heads={"../../etc/passwd": head})
    change("seq-zero.format", heads={chain: [0, head[1]]})
    change("seq-huge.format", heads={chain: [4294967296, head[1]]})
    change("seq-as-text.format", heads={chain: ["1", head[1]]})
    change("hash-short.format", heads={chain: [1, head[1][2:]]})
    change("hash-missing.format", heads={chain: [1]})
    change("hash-and-more.format", heads={chain: [1, head[1], 1]})
    change("head-no-list.format", heads={chain: 1})
    change("heads-as-list.format", heads=[chain])
    change("too-many.too_large",
           heads={chain.replace(".1/", ".%d/" % (i + 1)): head for i in range(257)})
    change("same-key.format", public_key=members["old_key"])
    change("key-of-small-order.key", public_key="01" + "00" * 31)
    change("old-key-of-small-order.format", old_key="01" + "00" * 31)
    write("rotation", "old-key-of-small-order-no-heads.key",
          pretty({**sound, "old_key": "01" + "00" * 31, "heads": {}}))
    change("key-short.format", public_key=members["public_key"][2:])
    change("age-upper-case.format", age=members["age"].upper())
    change("of-the-district.format", community="district", heads={})
    change("signature-too-long.too_large", signature="A" * 2000)
    change("old-signature-as-number.format", old_signature=1)
    write("rotation", "huge.too_large", good + " " * 65536)


def heads():
    envelope = json.loads((data / "heads" / "envelope.unknown_device").read_text())
    hmac = json.loads((data / "heads" / "envelope-hmac.unknown_device").read_text())
    write("heads", "good.none", envelope["document"])
    write("heads", "good-hmac.none", hmac["document"])
    good, members, change = common("heads", compact)
    chain, head = next(iter(members["heads"].items()))
    token = next(iter(json.loads(hmac["document"])["heads"]))
    other = chain.replace(".1/", ".2/")
    write("heads", "good-empty.none", compact({**members, "heads": {}}))
    write("heads", "good-two.none", compact({**members, "heads": {chain: head, other: head}}))
    change("unsorted.format", heads={other: head, chain: head})
    write("heads", "chain-twice.format",
          good.replace('"heads":{', '"heads":{"%s":[1,"%s"],' % (chain, head[1]), 1))
    change("token-among-names.format", heads={token: head})
    change("name-among-tokens.format", names="hmac", device="0" * 32)
    change("device-token-but-plain.format", device="0" * 32)
    change("no-chain.format", heads={"../../etc/passwd": head})
    change("chain-too-long.format", heads={chain + "x" * 80: head})
    change("seq-zero.format", heads={chain: [0, head[1]]})
    change("seq-huge.format", heads={chain: [4294967296, head[1]]})
    change("seq-as-text.format", heads={chain: ["1", head[1]]})
    change("hash-short.format", heads={chain: [1, head[1][2:]]})
    change("hash-missing.format", heads={chain: [1]})
    change("hash-and-more.format", heads={chain: [1, head[1], 1]})
    change("head-no-list.format", heads={chain: 1})
    change("heads-as-list.format", heads=[chain])
    change("names-of-another-kind.format", names="sha256")
    change("incarnation-zero.format", incarnation=0)
    change("at-negative.format", at=-1)
    change("too-many.too_large",
           heads={("%x" % i): 0 for i in range(8193)})
    # Envelopes, read by a federation that does not know the signer.
    write("heads", "envelope-altered.signature",
          compact({**envelope, "document": envelope["document"].replace('[1,', '[2,')}))
    write("heads", "envelope-signature-of-another.signature",
          compact({**envelope, "signature": hmac["signature"]}))
    write("heads", "envelope-no-signature.format", compact({"document": envelope["document"]}))
    write("heads", "envelope-signature-cut.format",
          compact({**envelope, "signature": envelope["signature"][:-40]}))
    write("heads", "envelope-and-more.format", compact({**envelope, "more": 1}))
    write("heads", "envelope-other-namespace.format",
          compact({**envelope, "signature":
                   json.loads((data / "request" / "good.none").read_text())["signature"]}))


invitations()
requests()
rotations()
heads()
for folder in ("invitation", "request", "rotation", "heads"):
    for sample in sorted((data / folder).iterdir()):
        if sample.stat().st_size <= 8192:
            shutil.copyfile(sample, corpora / folder / sample.name)
