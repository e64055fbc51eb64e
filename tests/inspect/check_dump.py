#!/usr/bin/env python3
"""Is a dump what docs/looking-inside.md says?   check_dump.py PAGE SUBJECT [PATH=VALUE...] <DUMP

The dump is read by a parser that knows nothing of its writer. Each object has the keys that its kind has, no others, and each key
stands in PAGE. PATH=VALUE is what the test knows: realms[0].recs[1].power="RUNNABLE".
"""
import json
import re
import sys

OBJECTS = {
    "region": {"base", "size", "kind"},
    "granules": {"pa", "count", "state", "gpt", "taker", "owner"},
    "realm": {"rd", "state", "vmid", "ipa_width", "rtt_level_start", "rtt_num_start", "rtt_base", "lpa2", "sve", "sve_vl",
              "pmu", "pmu_num_ctrs", "num_bps", "num_wps", "rec_aux_count", "num_recs", "rec_index", "hash_algo",
              "measurements", "rpv", "recs", "rtt"},
    "rec": {"rec", "rd", "index", "mpidr", "state", "power", "aux"},
    "private": {"pending", "attest", "last_exit", "pc", "pstate", "gprs"},
    "psci": {"function", "target_index", "target"},
    "ripas_change": {"base", "top", "ripas", "destroyed"},
    "entry": {"ipa", "size", "level", "table", "index", "count", "state", "hipas", "ripas", "protected", "descriptor"},
    "attributes": {"readable", "writable", "executable", "non_secure", "mem_attr", "shareability"},
    "statistics": {"commands", "conditions", "exits", "locks", "pages"},
    "command": {"calls", "refused", "statuses"},
    "pages": {"read", "written", "changed"},
}
OWNERS = {"RD": {"rd"}, "REC": {"rd", "rec", "index"}, "REC_AUX": {"rd", "rec", "index"}, "DATA": {"rd", "ipa", "level"},
          "RTT": {"rd", "ipa", "level"}}
REQUESTS = {"NO_REQUEST": set(), "PSCI_REQUEST": {"psci"}, "HOST_CALL": {"host_call"}, "RIPAS_CHANGE": {"ripas_change"}}
SUBJECTS = {"machine": {"num_pes", "time", "regions", "granules", "realms"}, "granules": {"granules"},
            "realm": {"realms"}, "rtt": {"realms"}, "rec": {"recs"}, "statistics": {"statistics"}}
HEXADECIMAL = {"base", "pa", "rd", "rec", "ipa", "rtt_base", "mpidr", "pc", "pstate", "host_call", "top", "table", "descriptor",
               "aux", "gprs"}
seen = set()


def must(condition, *what):
    if not condition:
        sys.exit("check_dump.py: " + " ".join(str(one) for one in what))


def check_value(key, value):
    if isinstance(value, list):
        for one in value:
            if not isinstance(one, dict):
                check_value(key, one)
    elif key in HEXADECIMAL and not isinstance(value, dict):
        must(isinstance(value, str) and re.fullmatch("0x(0|[1-9a-f][0-9a-f]*)", value), key, "is", value)


def check_keys(what, found, *kinds):
    expected = set().union(*(OBJECTS[kind] if isinstance(kind, str) else kind for kind in kinds))
    must(set(found) == expected, what, "has", sorted(found), "and not", sorted(expected))
    seen.update(found)
    for key, value in found.items():
        check_value(key, value)


def check_granules(runs):
    end = 0
    for run in runs:
        check_keys("a run of Granules", run, "granules")
        must(int(run["pa"], 16) >= end, "runs overlap at", run["pa"])
        end = int(run["pa"], 16) + 4096 * run["count"]
        if run["state"] == "DELEGATED":
            must(run["owner"] is None, "an owner of DELEGATED", run)
        else:
            check_keys("an owner", run["owner"], OWNERS[run["state"]])


def check_rec(rec):
    if rec["state"] == "REC_RUNNING":
        check_keys("a REC that runs", rec, "rec", {"pe"})
        return
    check_keys("a REC", rec, "rec", "private", REQUESTS[rec["pending"]])
    must(len(rec["gprs"]) == 31, len(rec["gprs"]), "registers")
    if "psci" in rec:
        check_keys("a PSCI request", rec["psci"], "psci")
    if "ripas_change" in rec:
        check_keys("a RIPAS change", rec["ripas_change"], "ripas_change")


def check_entries(entries):
    at = 0
    for entry in entries:
        must(int(entry["ipa"], 16) == at, "an entry at", entry["ipa"], "and not at", hex(at))
        more = {"TABLE": {"pa", "num_live"}, "ASSIGNED": {"pa"}, "UNASSIGNED": set()}[entry["hipas"]]
        if entry["state"] in ("ASSIGNED_RAM", "ASSIGNED_NS"):
            check_keys("attributes", entry["attributes"], "attributes")
            more = more | {"attributes"}
        check_keys("an entry", entry, "entry", more)
        if entry["hipas"] != "TABLE":
            at += int(entry["size"], 16)
    must(at & (at - 1) == 0, "the entries end at", hex(at))


def check_realm(realm, whole):
    check_entries(realm["rtt"])
    if not whole:
        check_keys("tables", realm, {"rd", "rtt"})
        return
    check_keys("a Realm", realm, "realm")
    must(len(realm["measurements"]) == 5 and len(realm["rpv"]) == 128, "measurements or RPV")
    for digest in realm["measurements"]:
        must(len(digest) == {"SHA_256": 64, "SHA_512": 128}[realm["hash_algo"]], "a digest of", len(digest), "digits")
    for rec in realm["recs"]:
        check_rec(rec)


def check_statistics(statistics):
    check_keys("statistics", statistics, "statistics")
    check_keys("pages", statistics["pages"], "pages")
    for name, command in statistics["commands"].items():
        check_keys(name, command, "command")
        must(sum(command["statuses"].values()) == command["calls"], name, "has other calls than statuses")
    must(len(statistics["exits"]) == 7, "exits")


def check_facts(dump, facts):
    for fact in facts:
        path, _, value = fact.partition("=")
        at = dump
        for key, index in re.findall(r"([a-zA-Z_.][a-zA-Z_]*)|\[(\d+)\]", path.replace(".", " ")):
            at = at[int(index)] if index else at[key]
        must(at == json.loads(value), path, "is", json.dumps(at), "and not", value)


def main(page, subject, *facts):
    dump = json.load(sys.stdin)
    must(dump["format"] == "rmmsim-dump" and dump["version"] == 1 and dump["subject"] == subject, "not such a dump")
    check_keys("the dump", dump, {"format", "version", "subject"}, SUBJECTS[subject])
    for region in dump.get("regions", []):
        check_keys("a region", region, "region")
    check_granules(dump.get("granules", []))
    for realm in dump.get("realms", []):
        check_realm(realm, subject != "rtt")
    for rec in dump.get("recs", []):
        check_rec(rec)
    if subject == "statistics":
        check_statistics(dump["statistics"])
    check_facts(dump, facts)
    with open(page, encoding="utf-8") as text:
        known = set(re.findall(r"`([a-z_0-9]+)`", text.read()))
    must(seen <= known, page, "does not know", sorted(seen - known))


main(*sys.argv[1:])
