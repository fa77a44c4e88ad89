#!/usr/bin/env python3
"""Writes tests/data/model/<what>.<error>: models, each with one thing wrong.

Run from the source folder; the files are kept in the repository.
"""
import copy
import json
import os

OUT = "tests/data/model"


def label(text):
    return {"zh": text + "中", "en": text.capitalize()}


def field(name, kind="text", **more):
    return {"name": name, "label": label(name), "type": kind, **more}


def enum(name, members, **more):
    return field(name, "enum", members=[{"name": m, "label": label(m)} for m in members], **more)


GOOD = {
    "format": 1,
    "name": "small",
    "version": 1,
    "label": label("small"),
    "places": {"community": "community", "community_name": "name", "community_street": "street",
               "street": "street", "street_name": "name"},
    "entities": [
        {"name": "street", "label": label("street"), "district_writes": True,
         "scope": "federation", "title": "name", "fields": [field("name", required=True)]},
        {"name": "community", "label": label("community"), "key": "slug",
         "district_writes": True, "scope": "federation", "title": "name",
         "fields": [field("name"), field("street", "reference", reference="street")]},
        {"name": "club", "label": label("club"), "scope": "district", "title": "name",
         "community": "community",
         "fields": [
             field("name", scope="federation"),
             field("community", "reference", reference="community", scope="federation"),
             field("founded_on", "date", rule="first"),
             field("members", "integer", min=0, max=100),
             enum("state", ["new", "running", "ended"], rule="forward"),
             field("visits", "integer", rule="sum"),
             field("photos", "file", rule="union")],
         "checks": [{"name": "some", "sentence": label("some"), "sql": "members >= 0"}],
         "derived": [{"name": "twice", "label": label("twice"), "type": "integer",
                      "sql": "SELECT NULL, 2 * members FROM club WHERE id = :id"}]},
    ],
    "measures": [
        {"name": "clubs", "label": label("clubs"), "records": "club", "as_of": True,
         "breakdown": label("state"), "breakdown_enum": "club.state",
         "sql": ["SELECT state AS breakdown, 1 AS value, id AS record FROM club",
                 "WHERE community = :community"]},
        {"name": "size", "label": label("size"), "aggregate": "median",
         "sql": "SELECT NULL AS breakdown, members AS value, id AS record FROM club "
                "WHERE community = :community AND founded_on >= :from AND founded_on < :to"},
    ],
    "indicators": [
        {"name": "share", "label": label("share"), "plus": ["clubs"], "over": ["clubs"],
         "percent": True}],
    "series": [
        {"name": "growth", "label": label("growth"),
         "items": [{"figure": "clubs", "good": "up", "label": label("more")}]}],
}
CLUB = ("entities", 2)
samples = {}


def sample(name, code, edit):
    model = copy.deepcopy(GOOD)
    edit(model)
    samples[f"{name}.{code}"] = json.dumps(model, ensure_ascii=False, separators=(",", ":")).encode()


def put(*path):
    """put("a", 0, "b", value): model["a"][0]["b"] = value"""
    def edit(model):
        for step in path[:-2]:
            model = model[step]
        model[path[-2]] = path[-1]
    return edit


def drop(*path):
    def edit(model):
        for step in path[:-1]:
            model = model[step]
        del model[path[-1]]
    return edit


def add(*path):
    def edit(model):
        for step in path[:-1]:
            model = model[step]
        model.append(path[-1])
    return edit


def club_field(n, member, value):
    return put(*CLUB, "fields", n, member, value)


sample("smallest", "none", lambda m: None)
# The document as a whole.
text = json.dumps(GOOD, ensure_ascii=False)
samples["empty.model"] = b""
samples["cut-short.model"] = text.encode()[:-20]
samples["second-document.model"] = text.encode() + b"{}"
samples["not-an-object.model"] = b"[1]"
samples["duplicate-member.model"] = text.replace('"version": 1', '"version": 1, "version": 2').encode()
samples["not-utf8.model"] = text.encode().replace("small中".encode(), b"\xff\xfe")
samples["surrogate.model"] = text.replace("small中", "\\ud800").encode()
samples["nul-in-text.model"] = text.replace("small中", "a\\u0000b").encode()
samples["huge-number.model"] = text.replace('"max": 100', '"max": 99999999999999999999').encode()
samples["deep.model"] = b'{"format":1,"name":' + b"[" * 4000 + b"]" * 4000 + b"}"
samples["comment.model"] = b"// model\n" + text.encode()
sample("unknown-member", "model", put("colour", 1))
sample("no-format", "model", drop("format"))
sample("format-zero", "model", put("format", 0))
sample("format-text", "model", put("format", "1"))
sample("format-two", "model_newer", lambda m: m.update(format=2, novelty=[]))
sample("name-with-capital", "model", put("name", "Small"))
sample("name-is-number", "model", put("name", 7))
sample("version-zero", "model", put("version", 0))
sample("version-real", "model", put("version", 1.0))
sample("version-huge", "model", put("version", 1 << 40))
sample("label-without-zh", "model", put("label", {"en": "Small"}))
sample("label-empty", "model", put("label", "zh", ""))
sample("label-with-newline", "model", put("label", "en", "a\nb"))
sample("label-too-long", "too_large", put("label", "en", "x" * 241))
sample("label-third-language", "model", put("label", "fr", "Petit"))
# Places.
sample("no-places", "model", drop("places"))
sample("place-unknown-entity", "model", put("places", "community", "commune"))
sample("place-unknown-field", "model", put("places", "street_name", "title"))
sample("place-of-a-trust-entity", "model", put("places", "street", "device"))
sample("place-street-is-text", "model", put("places", "community_street", "name"))
sample("place-written-by-anyone", "model", drop("entities", 0, "district_writes"))
sample("place-without-slugs", "model", drop("entities", 1, "key"))
# Entities.
sample("no-entities", "model", put("entities", []))
sample("entities-object", "model", put("entities", {}))
sample("entity-is-text", "model", add("entities", "club"))
sample("too-many-entities", "too_large",
       lambda m: m.update(entities=[0] * 200))
sample("entity-twice", "model", lambda m: m["entities"].append(m["entities"][2]))
sample("entity-of-trust", "model", put(*CLUB, "name", "device"))
sample("entity-named-bundle", "model", put(*CLUB, "name", "bundle"))
sample("entity-named-slot", "model", put(*CLUB, "name", "slot"))
sample("entity-named-as-a-table", "model", put(*CLUB, "name", "rec_street"))
sample("entity-named-as-sqlites", "model", put(*CLUB, "name", "sqlite_sequence"))
sample("entity-name-with-quote", "model", put(*CLUB, "name", "club\"; DROP TABLE x"))
sample("entity-name-too-long", "model", put(*CLUB, "name", "c" * 33))
sample("entity-name-digit-first", "model", put(*CLUB, "name", "1club"))
sample("entity-without-scope", "model", drop(*CLUB, "scope"))
sample("entity-unknown-scope", "model", put(*CLUB, "scope", "street"))
sample("entity-unknown-member", "model", put(*CLUB, "trust", True))
sample("entity-flag-is-number", "model", put(*CLUB, "always_reviewed", 1))
sample("entity-slugs-of-communities", "model", put(*CLUB, "key", "slug"))
sample("entity-unknown-key", "model", put(*CLUB, "key", "uuid"))
sample("entity-title-unknown", "model", put(*CLUB, "title", "nom"))
sample("entity-title-is-number", "model", put(*CLUB, "title", "members"))
sample("entity-community-is-text", "model", put(*CLUB, "community", "name"))
sample("entity-community-undeclared", "model", drop(*CLUB, "community"))
sample("entity-without-fields", "model", put(*CLUB, "fields", []))
sample("entity-too-many-fields", "too_large",
       put(*CLUB, "fields", [0] * 61))
sample("district-writes-in-secret", "model",
       put("entities", 0, "fields", 0, "scope", "community"))
# Fields.
sample("field-named-id", "model", club_field(3, "name", "id"))
sample("field-named-alive", "model", club_field(3, "name", "alive"))
sample("field-twice", "model", club_field(3, "name", "visits"))
sample("field-label-twice", "model", club_field(3, "label", label("visits")))
sample("field-label-is-a-name", "model", club_field(3, "label", {"zh": "人数", "en": "visits"}))
sample("field-label-zh-twice", "model", club_field(5, "label", {"zh": "members中", "en": "Visits"}))
sample("field-label-en-twice", "model", club_field(5, "label", {"zh": "次数", "en": "Members"}))
sample("field-label-en-is-an-earlier-name", "model",
       club_field(5, "label", {"zh": "次数", "en": "members"}))
sample("field-label-zh-is-an-earlier-name", "model",
       club_field(5, "label", {"zh": "members", "en": "Visits"}))
sample("field-label-zh-is-a-later-name", "model",
       club_field(3, "label", {"zh": "visits", "en": "Members"}))
sample("field-without-type", "model", drop(*CLUB, "fields", 3, "type"))
sample("field-unknown-type", "model", club_field(3, "type", "float"))
sample("field-unknown-rule", "model", club_field(2, "rule", "newest"))
sample("field-rule-delete", "model", club_field(2, "rule", "delete"))
sample("field-sum-of-text", "model", club_field(0, "rule", "sum"))
sample("field-forward-integer", "model", club_field(3, "rule", "forward"))
sample("field-union-of-integers", "model", club_field(3, "rule", "union"))
sample("field-unknown-reference", "model", club_field(1, "reference", "town"))
sample("field-reference-missing", "model", drop(*CLUB, "fields", 1, "reference"))
sample("field-text-with-reference", "model", club_field(0, "reference", "street"))
sample("field-enum-without-members", "model", drop(*CLUB, "fields", 4, "members"))
sample("field-enum-no-members", "model", club_field(4, "members", []))
sample("field-text-with-members", "model", club_field(0, "members", []))
sample("field-member-twice", "model",
       lambda m: m["entities"][2]["fields"][4]["members"].append(
           m["entities"][2]["fields"][4]["members"][0]))
sample("field-terminal-not-forward", "model", lambda m: (
    m["entities"][2]["fields"][4].pop("rule"),
    m["entities"][2]["fields"][4]["members"][2].update(terminal=True)))
sample("field-min-above-max", "model", club_field(3, "min", 101))
sample("field-range-of-date", "model", club_field(2, "min", 1))
sample("field-min-is-text", "model", club_field(3, "min", "0"))
sample("field-too-many-members", "too_large", club_field(4, "members", [0] * 201))
# Checks and derived values.
sample("check-without-sentence", "model", drop(*CLUB, "checks", 0, "sentence"))
sample("check-empty-sql", "model", put(*CLUB, "checks", 0, "sql", " \n"))
sample("check-sql-is-number", "model", put(*CLUB, "checks", 0, "sql", [1]))
sample("check-sql-too-long", "too_large",
       put(*CLUB, "checks", 0, "sql", ["x" * 4096] * 4))
sample("derived-without-id", "model", put(*CLUB, "derived", 0, "sql", "SELECT NULL, 1"))
sample("derived-is-file", "model", put(*CLUB, "derived", 0, "type", "file"))
# Figures.
sample("measure-unknown-aggregate", "model", put("measures", 1, "aggregate", "mean"))
sample("measure-of-everyone", "model", put("measures", 0, "sql", "SELECT NULL, 1, id FROM club"))
sample("measure-without-period", "model", drop("measures", 0, "as_of"))
sample("measure-of-dates", "model", put("measures", 1, "type", "date"))
sample("measure-unknown-records", "model", put("measures", 0, "records", "clubs"))
sample("measure-breakdown-no-enum", "model", put("measures", 0, "breakdown_enum", "club.name"))
sample("measure-breakdown-unlabelled", "model", drop("measures", 0, "breakdown"))
sample("measure-twice", "model", put("measures", 1, "name", "clubs"))
sample("indicator-has-a-measures-name", "model", put("indicators", 0, "name", "clubs"))
sample("indicator-of-nothing", "model", put("indicators", 0, "plus", []))
sample("indicator-unknown-measure", "model", put("indicators", 0, "over", ["club"]))
sample("indicator-of-a-median", "model", put("indicators", 0, "over", ["size"]))
sample("indicator-percent-of-nothing", "model", drop("indicators", 0, "over"))
sample("indicator-too-many-terms", "too_large", put("indicators", 0, "minus", ["clubs"] * 21))
sample("series-unknown-figure", "model", put("series", 0, "items", 0, "figure", "growth"))
sample("series-unknown-direction", "model", put("series", 0, "items", 0, "good", "sideways"))
sample("series-without-items", "model", put("series", 0, "items", []))

os.makedirs(OUT, exist_ok=True)
for old in os.listdir(OUT):
    os.remove(os.path.join(OUT, old))
for name, data in samples.items():
    with open(os.path.join(OUT, name), "wb") as f:
        f.write(data)
print(len(samples), "samples,", max(len(d) for d in samples.values()), "bytes at most")
