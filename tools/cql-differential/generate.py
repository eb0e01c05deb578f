"""Random patients for a set of CQL sources (see README.md).

    generate.py COUNT [--seed N] [--types A,B] [--period START END] a.cql b.cql ...   -> vs.json, vs_exec.json, patients.json

Resources are built from the FHIR ModelInfo, type by type, so that every element content may read is there now and then. What makes a case interesting comes
from the sources themselves: their codes and value sets, the words they compare statuses with, the extension URLs they name, and dates near their period.
"""
import argparse
import json
import os
import random
import re
import xml.etree.ElementTree as ElementTree

XSI = "{http://www.w3.org/2001/XMLSchema-instance}type"
FOLDER = os.environ.get("MODELS", "models")
EXTENSION_URL = re.compile(r"http://[\w./-]+/StructureDefinition/[\w.-]+")


def local(tag):
    return tag.split("}")[-1]


def bare(name):
    return name[5:] if name.startswith("FHIR.") else name


class Model:
    """Classes of FHIR 4.0.1: name -> (base, [(element, [types], repeats)])."""

    def __init__(self):
        self.classes = {}
        for info in ElementTree.parse(f"{FOLDER}/fhir-modelinfo-4.0.1.xml").getroot():
            if local(info.tag) != "typeInfo":
                continue
            elements = [self.element(e) for e in info if local(e.tag) == "element"]
            self.classes[bare(info.attrib["name"])] = (bare(info.attrib.get("baseType", "")), elements)

    def element(self, element):
        types, repeats = [], False
        if "elementType" in element.attrib:
            types = [bare(element.attrib["elementType"])]
        for spec in element.iter():
            kind = spec.attrib.get(XSI, "").split(":")[-1]
            if kind == "ListTypeSpecifier":
                repeats = True
                if "elementType" in spec.attrib:
                    types = [bare(spec.attrib["elementType"])]
            elif kind == "NamedTypeSpecifier":
                types.append(bare(spec.attrib["name"]))
        return element.attrib["name"], types, repeats

    def elements(self, name):
        found = []
        while name in self.classes:
            base, own = self.classes[name]
            found = own + found
            name = base
        return found

    def is_code(self, name):
        base, own = self.classes.get(name, ("", []))
        return base == "Element" and [e[0] for e in own] == ["value"] and name not in PRIMITIVES


PRIMITIVES = {
    "base64Binary", "boolean", "canonical", "code", "date", "dateTime", "decimal", "id", "instant", "integer", "markdown", "oid",
    "positiveInt", "string", "time", "unsignedInt", "uri", "url", "uuid", "xhtml",
}
# Words of FHIR's required bindings that content most often asks for; the words of the sources are added.
WORDS = {
    "ObservationStatus": "final amended corrected preliminary registered cancelled",
    "EncounterStatus": "finished in-progress arrived planned cancelled",
    "EncounterLocationStatus": "active completed",
    "ProcedureStatus": "completed in-progress not-done",
    "EventStatus": "completed in-progress not-done preparation",
    "MedicationRequestStatus": "active completed stopped draft",
    "MedicationRequestIntent": "order plan original-order reflex-order filler-order instance-order",
    "MedicationStatus": "active completed inactive",
    "MedicationStatementStatus": "active completed intended",
    "MedicationAdministrationStatus": "completed in-progress not-done stopped",
    "MedicationDispenseStatus": "completed in-progress declined",
    "ServiceRequestStatus": "active completed on-hold draft",
    "ServiceRequestIntent": "order plan original-order",
    "DeviceRequestStatus": "active completed draft",
    "RequestStatus": "active completed draft",
    "RequestIntent": "order plan original-order",
    "ImmunizationStatus": "completed not-done",
    "DiagnosticReportStatus": "final amended corrected partial",
    "TaskStatus": "completed in-progress rejected accepted",
    "TaskIntent": "order plan",
    "CommunicationStatus": "completed not-done in-progress",
    "GoalLifecycleStatus": "active completed accepted planned",
    "AdministrativeGender": "female male",
    "UnitsOfTime": "d wk h mo",
    "QuantityComparator": "< >",
    "BundleType": "collection",
    "QuestionnaireResponseStatus": "completed in-progress",
    "CarePlanStatus": "active completed",
    "FinancialResourceStatusCodes": "active cancelled",
    "ClaimStatus": "active cancelled",
    "CoverageStatus": "active cancelled",
    "Use": "claim preauthorization",
}
UNITS = ["mg", "kg/m2", "%", "mm[Hg]", "d", "wk", "h", "mo", "a", "min", "mL", "/d", "{score}", "kg", "cm", "1"]
TARGETS = {
    "subject": ["Patient"], "patient": ["Patient"], "beneficiary": ["Patient"], "subscriber": ["Patient"], "encounter": ["Encounter"],
    "context": ["Encounter"], "location": ["Location"], "destination": ["Location"], "condition": ["Condition"],
    "reasonReference": ["Condition", "Observation", "Procedure"], "medication": ["Medication"], "medicationReference": ["Medication"],
    "item": ["Condition", "Procedure", "Observation"], "focus": ["ServiceRequest", "Encounter", "Communication", "Task"],
    "basedOn": ["ServiceRequest", "Task", "MedicationRequest"], "request": ["ServiceRequest"], "partOf": ["Encounter", "Task", "Procedure"],
    "result": ["Observation"], "hasMember": ["Observation"], "derivedFrom": ["Observation"], "code": ["Device"], "device": ["Device"],
    "diagnosis": ["Condition"], "procedure": ["Procedure"], "insurer": ["Organization"], "outcomeReference": ["Observation"],
    "addresses": ["Condition"], "author": ["Practitioner"], "performer": ["Practitioner"], "requester": ["Practitioner"],
    "authorizingPrescription": ["MedicationRequest"], "payor": ["Organization"], "serviceProvider": ["Organization"],
}
# Which code systems an element usually draws from (parts of their URLs), and codes of these that content may not declare.
SYSTEMS = {
    "clinicalStatus": ["condition-clinical", "allergyintolerance-clinical"], "verificationStatus": ["ver-status", "allergyintolerance-verification"],
    "category": ["observation-category", "condition-category", "medicationrequest-category", "medication-statement-category"],
    "class": ["v3-ActCode"], "dischargeDisposition": ["discharge-disposition"], "use": ["diagnosis-role"],
}
TERMINOLOGY = "http://terminology.hl7.org/CodeSystem/"
STANDARD_CODES = [(TERMINOLOGY + system, code) for system, codes in {
    "condition-clinical": "active recurrence relapse inactive remission resolved", "condition-ver-status": "confirmed confirmed unconfirmed refuted",
    "allergyintolerance-clinical": "active resolved", "allergyintolerance-verification": "confirmed refuted",
    "observation-category": "laboratory vital-signs survey exam", "condition-category": "problem-list-item encounter-diagnosis",
    "v3-ActCode": "AMB IMP EMER OBSENC", "medicationrequest-category": "inpatient outpatient community discharge",
    "diagnosis-role": "AD DD billing",
}.items() for code in codes.split()]
SKIP = {"text", "contained", "implicitRules", "meta", "language", "id"}
RARE_VALUES = {"SampledData", "Signature", "Attachment", "Timing", "Dosage", "Meta", "Identifier", "Annotation"}


# How many resources of a type a patient has; SMALL=1 makes patients of about four resources.
SIZES = [0, 0, 0, 1] if os.environ.get("SMALL") else [0, 1, 2, 3, 5]


class Maker:
    def __init__(self, model, text, types, period):
        self.model, self.period = model, period
        self.types = types
        systems = dict(re.findall(r'^\s*codesystem\s+"([^"]+)"\s*:\s*\'([^\']+)\'', text, re.M))
        found = re.findall(r'^\s*code\s+"[^"]+"\s*:\s*\'([^\']+)\'\s+from\s+(?:\w+\.)?"([^"]+)"', text, re.M)
        self.codes = [(systems.get(s, "http://example.org/none"), c) for c, s in found]
        urls = sorted(set(re.findall(r'^\s*valueset\s+"[^"]+"\s*:\s*\'([^\']+)\'', text, re.M)))
        self.sets = {u: [("http://snomed.info/sct", f"{100000 + i * 10 + k}") for k in range(3)] for i, u in enumerate(urls)}
        self.words = sorted(set(re.findall(r"'([a-z][a-z-]{2,24})'", text)))
        for name in sorted(os.listdir(FOLDER)):
            if name.startswith(("qicore", "uscore")):
                text += open(f"{FOLDER}/{name}").read()
        self.urls = sorted(set(EXTENSION_URL.findall(text)))
        # Codes the content compares with weigh as much as all value sets together.
        self.all_codes = [c for codes in self.sets.values() for c in codes]

    def chance(self, p):
        return random.random() < p

    def coding(self, element=""):
        # Statuses and categories come from the code systems that are made for them.
        fitting = [c for c in self.codes + STANDARD_CODES if any(part in c[0] for part in SYSTEMS.get(element, ()))]
        if fitting and self.chance(0.85):
            system, code = random.choice(fitting)
            return {"system": system, "code": code}
        pool = self.codes if self.codes and (not self.all_codes or self.chance(0.4)) else self.all_codes
        system, code = random.choice(pool or [("http://example.org/none", "x")])
        return {"system": system, "code": code, **({"display": "words"} if self.chance(0.3) else {})}

    def moment(self):
        start, end = self.period
        near = random.choice([start, end, start, end, self.inside(), self.inside(), self.inside(), self.around()])
        year, month, day = near
        day += random.choice([-1, 0, 0, 0, 1])
        if day < 1 or day > 28:
            day = min(28, max(1, day)) if month == 2 else min(30, max(1, day))
        hour = random.choice([0, 0, 23, random.randint(0, 23)])
        minute = random.choice([0, 59, random.randint(0, 59)])
        return f"{year:04}-{month:02}-{day:02}", f"{hour:02}:{minute:02}:{random.choice(['00', '59'])}.000"

    def inside(self):
        return self.period[0][0], random.randint(1, 12), random.randint(1, 28)

    def around(self):
        return self.period[0][0] + random.choice([-12, -5, -3, -2, -1, -1, 1]), random.randint(1, 12), random.randint(1, 28)

    def date_time(self):
        date, time = self.moment()
        offset = random.choice(["Z", "Z", "Z", "Z", "+00:00", "-05:00"])
        return random.choice([date + "T" + time + offset] * 9 + [date])

    def primitive(self, name, element):
        if name == "boolean":
            return self.chance(0.6)
        if name == "date":
            return self.moment()[0]
        if name == "dateTime":
            return self.date_time()
        if name == "instant":
            date, time = self.moment()
            return f"{date}T{time}Z"
        if name == "time":
            return f"{random.randint(0, 23):02}:{random.randint(0, 59):02}:00"
        if name == "decimal":
            return random.choice([0, 0.5, 1, 2, 7, 9, 9.01, 18.5, 25, 30, 90, 140, random.randint(1, 200)])
        if name in ("integer", "positiveInt", "unsignedInt"):
            return random.choice([1, 1, 2, 3, 5, 10, 30])
        if name in ("uri", "url", "canonical"):
            urls = list(self.sets) or ["http://example.org/u"]
            return random.choice(urls)
        if name == "base64Binary":
            return "aGk="
        if name == "code":
            return self.coding()["code"]
        return random.choice(["a", "b", "words"] + self.words[:20])

    def word(self, name):
        known = WORDS.get(name, "").split()
        if known and (not self.words or self.chance(0.9)):
            return random.choice(known)
        return random.choice(self.words or ["active"])

    def reference(self, element, type_name):
        if element == "medication" or (self.chance(0.85) and element in TARGETS):
            kinds = TARGETS[element]
        else:
            kinds = self.types
        rows = [r for k in kinds for r in self.ids.get(k, [])]
        return {"reference": random.choice(rows)} if rows else {"reference": f"{random.choice(kinds or ['Patient'])}/none"}

    def extensions(self):
        made = []
        for url in random.sample(self.urls, min(len(self.urls), random.randint(1, 3))):
            made.append(self.extension(url))
        return made

    def extension(self, url):
        if url.endswith(("us-core-race", "us-core-ethnicity")):
            parts = [{"url": u, "valueCoding": self.coding()} for u in ("ombCategory", "detailed") if self.chance(0.8)]
            return {"url": url, "extension": parts + [{"url": "text", "valueString": "White"}]}
        kind = url.rsplit("/", 1)[1].lower()
        name, value = "valueCodeableConcept", self.concept()
        if "valueset" in kind:
            name, value = "valueCanonical", random.choice(list(self.sets) or ["http://x"])
        elif "recorded" in kind or "date" in kind:
            name, value = "valueDateTime", self.date_time()
        elif "birthsex" in kind or kind == "us-core-sex":
            name, value = "valueCode", random.choice(["F", "M"])
        elif "present" in kind or "isselective" in kind or "preferred" in kind:
            name, value = "valueBoolean", self.chance(0.5)
        elif "age" in kind:
            name, value = "valueAge", self.structure("Age", 3, "")
        return {"url": url, name: value}

    def concept(self, element=""):
        made = {"coding": [self.coding(element) for _ in range(random.choice([1, 1, 1, 2]))]}
        if self.chance(0.3):
            made["text"] = "words"
        return made

    def value(self, name, depth, element):
        if name in PRIMITIVES:
            return self.primitive(name, element)
        if self.model.is_code(name):
            return self.word(name)
        if name == "CodeableConcept":
            return self.concept(element)
        if name == "Coding":
            return self.coding(element)
        if name == "Reference":
            return self.reference(element, name)
        if name == "Period":
            ends = sorted([self.date_time(), self.date_time()])
            if self.chance(0.5):
                ends[1] = ends[0][:10] + "T23:50:00.000Z" if "T" in ends[0] else ends[0]
            made = {"start": ends[0], "end": ends[1]}
            if self.chance(0.12):
                del made[random.choice(["start", "end", "end"])]
            return made
        if name in ("Quantity", "SimpleQuantity", "Age", "Duration", "Distance", "Count", "MoneyQuantity"):
            unit = random.choice(UNITS) if name != "Age" else "a"
            made = {"value": self.primitive("decimal", ""), "unit": unit}
            if self.chance(0.85):
                made.update(system="http://unitsofmeasure.org", code=unit)
            return made
        if name == "Resource":
            return None
        return self.structure(name, depth, element)

    def structure(self, name, depth, element):
        if name in ("Age", "Quantity"):
            return self.value(name, depth, element)
        made = {}
        fill = [0.75, 0.5, 0.35, 0.2][min(depth, 3)]
        for element, types, repeats in self.model.elements(name):
            if element in SKIP or not types or (depth > 3 and types[0] not in PRIMITIVES):
                continue
            if element in ("extension", "modifierExtension"):
                if self.chance(0.3 if depth == 0 else 0.05):
                    made[element] = self.extensions()
                continue
            if not self.chance(max(fill, 0.9 if element in ("status", "code", "subject", "intent", "url") else 0)):
                continue
            kinds = [t for t in types if t not in RARE_VALUES] or types
            kind = random.choice(kinds[:4] if len(kinds) > 20 else kinds)
            count = random.choice([1, 1, 1, 2]) if repeats else 1
            values = [v for v in (self.value(kind, depth + 1, element) for _ in range(count)) if v not in (None, {})]
            if not values:
                continue
            key = element + kind[0].upper() + kind[1:] if len(types) > 1 else element
            made[key] = values if repeats else values[0]
            if kind in PRIMITIVES and not repeats and self.chance(0.02):
                made["_" + key] = {"extension": self.extensions()}
        return made

    def patient(self, number):
        owner = f"p{number}"
        plan = [("Patient", owner)]
        for kind in self.types:
            if kind == "Patient":
                continue
            count = random.choice(SIZES)
            plan += [(kind, f"{owner}{kind.lower()}{k}") for k in range(count)]
        self.ids = {}
        for kind, row in plan:
            self.ids.setdefault(kind, []).append(f"{kind}/{row}")
        entries = []
        for kind, row in plan:
            resource = {"resourceType": kind, "id": row, **self.structure(kind, 0, "")}
            if kind == "Patient":
                resource["birthDate"] = f"{random.randint(1930, self.period[0][0] - 5)}-{random.randint(1, 12):02}-{random.randint(1, 28):02}"
                resource["gender"] = random.choice(["male", "female"])
                resource.setdefault("extension", []).extend(
                    self.extension("http://hl7.org/fhir/us/core/StructureDefinition/us-core-" + k) for k in ("race", "ethnicity"))
                seen = {}
                resource["extension"] = [seen.setdefault(e["url"], e) for e in resource["extension"] if e["url"] not in seen]
                if self.chance(0.9):
                    for key in [k for k in resource if k.startswith("deceased")]:
                        del resource[key]
            entries.append({"fullUrl": f"http://example.org/{kind}/{row}", "resource": resource})
        return {"resourceType": "Bundle", "type": "collection", "entry": entries}


def main():
    options = argparse.ArgumentParser()
    options.add_argument("count", type=int)
    options.add_argument("--seed", type=int, default=11)
    options.add_argument("--types", default="")
    options.add_argument("--period", nargs=2, default=["2025-01-01", "2025-12-31"])
    options.add_argument("--out", default=".")
    options.add_argument("sources", nargs="+")
    asked = options.parse_args()
    random.seed(asked.seed)
    text = "\n".join(open(f).read() for f in asked.sources)
    model = Model()
    resources = {c for c, (base, _) in model.classes.items() if base in ("DomainResource", "Resource")}
    types = asked.types.split(",") if asked.types else sorted(resource_types(text, resources))
    period = [tuple(int(part) for part in day.split("-")) for day in asked.period]
    maker = Maker(model, text, types, period)
    patients = [maker.patient(i) for i in range(asked.count)]
    sets = [
        {"resourceType": "ValueSet", "url": u, "expansion": {"contains": [{"system": s, "code": c} for s, c in codes]}}
        for u, codes in maker.sets.items()
    ]
    versions = {u: {"": [{"code": c, "system": s, "version": ""} for s, c in codes]} for u, codes in maker.sets.items()}
    for name, content in (("vs.json", sets), ("vs_exec.json", versions), ("patients.json", patients)):
        with open(f"{asked.out}/{name}", "w") as file:
            json.dump(content, file)
    print(len(sets), "value sets,", len(maker.codes), "codes,", len(types), "types of resource:", " ".join(types))


def resource_types(text, resources):
    """The resources that retrieves of the sources name, by class or by profile, and what they usually refer to."""
    profiles = {}
    for name in sorted(os.listdir(FOLDER)):
        if name.startswith(("qicore", "uscore")):
            for info in ElementTree.parse(f"{FOLDER}/{name}").getroot():
                if local(info.tag) == "typeInfo":
                    profiles[info.attrib["name"]] = info.attrib.get("target") or info.attrib["name"]
    named = set(re.findall(r'\[\s*"?(?:\w+\.)?"?([A-Z]\w+)"?', text))
    types = {profiles.get(n, n) for n in named} & resources
    return types | {"Patient", "Encounter", "Condition", "Location", "Medication"}


main()
