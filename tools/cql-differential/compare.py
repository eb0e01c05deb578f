"""Compares two runs, one JSON line a patient: compare.py ours.jsonl reference.jsonl [HOW_MANY_TO_SHOW] (see README.md).

With LISTS=1 an empty list counts as null, with ERRORS=1 an error counts as null.
"""
import json
import os
import sys

LISTS, ERRORS = os.environ.get("LISTS"), os.environ.get("ERRORS")


def load(path):
    lines = (json.loads(line) for line in open(path) if line.startswith("{"))
    return {line["id"]: line["r"] for line in lines}


def norm(value):
    if isinstance(value, float):
        return int(value) if value == int(value) else round(value, 8)
    if isinstance(value, str):
        return value.removesuffix("+00:00").removesuffix("Z")
    if isinstance(value, list):
        return [norm(x) for x in value] or (None if LISTS else [])
    if isinstance(value, dict):
        if "error" in value:
            return None if ERRORS else {"error": "some"}
        # A FHIR primitive is its value, however a side shows it.
        if list(value) == ["value"] and not isinstance(value["value"], (dict, list)):
            return norm(value["value"])
        return {k: norm(x) for k, x in sorted(value.items())}
    return value


ours, reference = load(sys.argv[1]), load(sys.argv[2])
limit = int(sys.argv[3]) if len(sys.argv) > 3 else 12
same, interesting, differ, shown = 0, 0, {}, 0
for patient, answers in ours.items():
    for name, value in answers.items():
        a, b = norm(value), norm(reference.get(patient, {}).get(name, "MISSING"))
        if a == b:
            same += 1
            interesting += a not in (None, False, [], 0)
            continue
        differ[name] = differ.get(name, 0) + 1
        # One example of each definition.
        if differ[name] == 1 and shown < limit:
            shown += 1
            print(patient, name, "\n  ours     ", json.dumps(a)[:600], "\n  reference", json.dumps(b if b != {"error": "some"} else reference[patient][name])[:600])
print(f"same {same} ({interesting} neither null, false, zero nor empty), different {sum(differ.values())} in {len(differ)} definitions")
