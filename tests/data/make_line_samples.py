#!/usr/bin/env python3
"""Writes tests/data/line: lines that must be refused, <what>.<error code>.

Also the corpus of the fuzz target: what must be taken.  Run from anywhere.
"""
import pathlib

HERE = pathlib.Path(__file__).parent
DATA = HERE / "line"
CORPUS = HERE.parent / "fuzz" / "corpus" / "line"
HEAD = b'{"t":1,"e":"club","id":"a"'


def put(text):
    return HEAD + b',"put":' + text + b"}"


def string(text):
    return put(b'{"a":' + text + b"}")


REFUSED = {
    "empty": b"",
    "space-before": b" " + HEAD + b',"del":true}',
    "space-after": HEAD + b',"del":true} ',
    "newline-after": HEAD + b',"del":true}\n',
    "space-inside": put(b'{"a": 1}'),
    "tail": HEAD + b',"del":true}}',
    "two-lines": (HEAD + b',"del":true}') * 2,
    "byte-order-mark": b"\xef\xbb\xbf" + HEAD + b',"del":true}',
    "no-change": HEAD + b"}",
    "only-salt": HEAD + b',"n":"AAAAAAAAAAA="}',
    "cut-in-name": HEAD + b',"put":{"a',
    "cut-in-escape": string(b'"\\')[:-2],
    "cut-in-unicode-escape": HEAD + b',"put":{"a":"\\u00',
    "cut-before-brace": HEAD + b',"del":true',
    "t-zero": b'{"t":0,"e":"club","id":"a","del":true}',
    "t-negative": b'{"t":-1,"e":"club","id":"a","del":true}',
    "t-over-2-53": b'{"t":9007199254740992,"e":"club","id":"a","del":true}',
    "t-over-int64": b'{"t":99999999999999999999,"e":"club","id":"a","del":true}',
    "t-leading-zero": b'{"t":01,"e":"club","id":"a","del":true}',
    "t-float": b'{"t":1.0,"e":"club","id":"a","del":true}',
    "t-exponent": b'{"t":1e3,"e":"club","id":"a","del":true}',
    "t-text": b'{"t":"1","e":"club","id":"a","del":true}',
    "t-missing": b'{"e":"club","id":"a","del":true}',
    "keys-swapped": b'{"e":"club","t":1,"id":"a","del":true}',
    "entity-empty": b'{"t":1,"e":"","id":"a","del":true}',
    "entity-upper-case": b'{"t":1,"e":"Club","id":"a","del":true}',
    "entity-digit-first": b'{"t":1,"e":"1club","id":"a","del":true}',
    "entity-hyphen": b'{"t":1,"e":"cl-ub","id":"a","del":true}',
    "entity-33-letters": b'{"t":1,"e":"' + b"a" * 33 + b'","id":"a","del":true}',
    "entity-escaped": b'{"t":1,"e":"\\u0063lub","id":"a","del":true}',
    "id-empty": b'{"t":1,"e":"club","id":"","del":true}',
    "id-49-letters": b'{"t":1,"e":"club","id":"' + b"a" * 49 + b'","del":true}',
    "id-upper-case": b'{"t":1,"e":"club","id":"A","del":true}',
    "id-slash": b'{"t":1,"e":"club","id":"../a","del":true}',
    "id-nul": b'{"t":1,"e":"club","id":"a\x00","del":true}',
    "put-empty": put(b"{}"),
    "put-array": put(b"[]"),
    "put-null": put(b"null"),
    "put-nested": put(b'{"a":{"b":1}}'),
    "put-list": put(b'{"a":["b"]}'),
    "put-trailing-comma": put(b'{"a":1,}'),
    "put-same-twice": put(b'{"a":1,"b":2,"a":1}'),
    "put-name-empty": put(b'{"":1}'),
    "put-name-33-letters": put(b'{"' + b"a" * 33 + b'":1}'),
    "put-name-quoted-otherwise": put(b"{'a':1}"),
    "put-twice": HEAD + b',"put":{"a":1},"put":{"b":1}}',
    "put-after-add": HEAD + b',"add":{"a":1},"put":{"b":1}}',
    "put-and-del": HEAD + b',"put":{"a":1},"del":true}',
    "put-and-add-share-a-field": HEAD + b',"put":{"a":1,"b":1},"add":{"b":1}}',
    "del-number": HEAD + b',"del":1}',
    "del-null": HEAD + b',"del":null}',
    "del-and-put": HEAD + b',"del":true,"put":{"a":1}}',
    "integer-plus": put(b'{"a":+1}'),
    "integer-minus-zero": put(b'{"a":-0}'),
    "integer-leading-zero": put(b'{"a":007}'),
    "integer-point": put(b'{"a":1.5}'),
    "integer-exponent": put(b'{"a":1e3}'),
    "integer-hex": put(b'{"a":0x1}'),
    "integer-too-great": put(b'{"a":9223372036854775808}'),
    "integer-too-small": put(b'{"a":-9223372036854775809}'),
    "integer-bare-minus": put(b'{"a":-}'),
    "not-a-number": put(b'{"a":NaN}'),
    "true-upper-case": put(b'{"a":True}'),
    "nul-for-null": put(b'{"a":nul}'),
    "string-no-end": HEAD + b',"put":{"a":"b}}',
    "string-raw-newline": string(b'"a\nb"'),
    "string-raw-tab": string(b'"a\tb"'),
    "string-raw-nul": string(b'"a\x00b"'),
    "string-raw-control-after-escape": string(b'"\\n\x01"'),
    "escape-slash": string(b'"\\/"'),
    "escape-b": string(b'"\\b"'),
    "escape-f": string(b'"\\f"'),
    "escape-nul": string(b'"\\u0000"'),
    "escape-upper-hex": string(b'"\\u001F"'),
    "escape-newline-long": string(b'"\\u000a"'),
    "escape-return-long": string(b'"\\u000d"'),
    "escape-tab-long": string(b'"\\u0009"'),
    "escape-quote-long": string(b'"\\u0022"'),
    "escape-letter": string(b'"\\u0061"'),
    "escape-delete": string(b'"\\u007f"'),
    "escape-surrogates": string(b'"\\ud83d\\ude00"'),
    "escape-unknown": string(b'"\\x41"'),
    "escape-upper-u": string(b'"\\U0001"'),
    "escape-cut-by-quote": string(b'"\\u00"'),
    "utf8-overlong": string(b'"\xc0\xaf"'),
    "utf8-surrogate": string(b'"\xed\xa0\x80"'),
    "utf8-beyond": string(b'"\xf4\x90\x80\x80"'),
    "utf8-cut": string(b'"\xe4\xb8"'),
    "utf8-stray": string(b'"\x80"'),
    "utf8-wrong-beside-escape": string(b'"\\n\xff"'),
    "latin-1": string(b'"caf\xe9"'),
    "gb18030": string(b'"\xc9\xe7\xc7\xf8"'),
    "add-text": HEAD + b',"add":{"a":"1"}}',
    "add-null": HEAD + b',"add":{"a":null}}',
    "add-empty": HEAD + b',"add":{}}',
    "add-same-twice": HEAD + b',"add":{"a":1,"a":2}}',
    "in-empty-list": HEAD + b',"in":{"a":[]}}',
    "in-text": HEAD + b',"in":{"a":"b"}}',
    "in-number": HEAD + b',"in":{"a":[1]}}',
    "in-unsorted": HEAD + b',"in":{"a":["c","b"]}}',
    "in-same-element-twice": HEAD + b',"in":{"a":["b","b"]}}',
    "in-prefix-after": HEAD + b',"in":{"a":["bb","b"]}}',
    "in-sorted-only-as-written": HEAD + b',"in":{"a":["A","\\n"]}}',
    "in-same-field-twice": HEAD + b',"in":{"a":["b"],"c":["d"],"a":["e"]}}',
    "in-trailing-comma": HEAD + b',"in":{"a":["b",]}}',
    "in-after-out": HEAD + b',"out":{"a":["b"]},"in":{"a":["c"]}}',
    "out-same-field-twice": HEAD + b',"out":{"a":["b"],"a":["c"]}}',
    "element-in-and-out": HEAD + b',"in":{"a":["b","c"]},"out":{"a":["a","c"]}}',
    "element-in-and-out-of-later-field":
        HEAD + b',"in":{"a":["x"],"b":["p","q"]},"out":{"b":["q"]}}',
    "salt-empty": HEAD + b',"del":true,"n":""}',
    "salt-short": HEAD + b',"del":true,"n":"AAAAAAAAAA=="}',
    "salt-long": HEAD + b',"del":true,"n":"AAAAAAAAAAAAAAAA"}',
    "salt-no-padding": HEAD + b',"del":true,"n":"AAAAAAAAAAA"}',
    "salt-left-over-bits": HEAD + b',"del":true,"n":"AAAAAAAAAAB="}',
    "salt-url-alphabet": HEAD + b',"del":true,"n":"AAAAAAAA-_A="}',
    "salt-twice": HEAD + b',"del":true,"n":"AAAAAAAAAAA=","n":"AAAAAAAAAAA="}',
    "salt-before-del": HEAD + b',"n":"AAAAAAAAAAA=","del":true}',
    "unknown-key": HEAD + b',"del":true,"x":1}',
}

TOO_LARGE = {
    "text-over-8-kib": string(b'"' + b"a" * 8193 + b'"'),
    "text-over-8-kib-with-escape": string(b'"\\n' + b"a" * 8192 + b'"'),
    "element-over-8-kib": HEAD + b',"in":{"a":["' + b"a" * 8193 + b'"]}}',
    "65-fields": put(b"{" + b",".join(b'"f%d":1' % i for i in range(65)) + b"}"),
    "65-fields-over-operations":
        HEAD + b',"put":{' + b",".join(b'"f%d":1' % i for i in range(60)) + b'},"add":{'
        + b",".join(b'"g%d":1' % i for i in range(5)) + b"}}",
    "257-elements": HEAD + b',"in":{"a":['
        + b",".join(b'"%03d"' % i for i in range(257)) + b"]}}",
    "257-elements-over-fields": HEAD + b',"in":{"a":['
        + b",".join(b'"%03d"' % i for i in range(200)) + b']},"out":{"b":['
        + b",".join(b'"%03d"' % i for i in range(57)) + b"]}}",
}

TAKEN = {
    "put": '{"t":1764000000000123,"e":"club","id":"3f9a1c22d0b84e17.1.7","put":{"name":"太极拳队","members":24}}',
    "add": '{"t":1,"e":"activity","id":"a.1.2","add":{"served":30,"late":-9223372036854775808}}',
    "add-zero": '{"t":1,"e":"activity","id":"a.1.2","add":{"served":0}}',
    "union": '{"t":1,"e":"person","id":"a","in":{"roles":["backbone","volunteer"]},"out":{"roles":["leader"]}}',
    "delete": '{"t":9007199254740991,"e":"club","id":"a","del":true}',
    "take-back": '{"t":1,"e":"club","id":"a","del":false,"n":"AQIDBAUGBwg="}',
    "escapes": '{"t":1,"e":"a","id":"b","put":{"c":"\\"\\\\\\n\\r\\t\\u0001\\u001f/\x7f\U0001f600","d":null,"e":true,"f":false,"g":0,"h":""}}',
    "everything": '{"t":1,"e":"a","id":"b","put":{"c":1},"add":{"d":-1},"in":{"e":["","\\n","A"],"f":["x"]},"out":{"e":["B"],"f":["w"],"g":["é"]},"n":"/+/+/+/+/+8="}',
}

for folder in (DATA, CORPUS):
    folder.mkdir(parents=True, exist_ok=True)
for code, samples in (("format", REFUSED), ("too_large", TOO_LARGE)):
    for name, content in samples.items():
        (DATA / f"{name}.{code}").write_bytes(content)
for name, content in TAKEN.items():
    (CORPUS / name).write_bytes(content.encode())
