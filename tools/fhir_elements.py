#!/usr/bin/env python3
"""Writes crates/fhir/data/elements.txt: the elements of FHIR R4 types, one line each.

    python3 tools/fhir_elements.py MODELINFO.xml PACKAGE.tgz... > crates/fhir/data/elements.txt

MODELINFO.xml is the public CQL model description of FHIR 4.0.1: it gives the elements of every type,
their types, and which of them repeat. The packages (.tgz) are published FHIR R4 implementation guides:
the snapshot of each profile repeats, for every element, the minimum of the base specification
(ElementDefinition.base.min), which is what is taken here; nothing of the profile itself is.
Minimums of types that no package profiles are listed below, from the R4 specification.

Line format of the output (blank lines and lines starting with # are skipped):

    TYPE [resource] [: PARENT]           opens a type; a parent, when named, stands before it
      NAME TYPE{|TYPE} [1] [*] [=CODE|CODE...]

1 = at least one, * = repeats, NAME ending in [x] = a choice, = the complete required code list.
"""
import json
import sys
import tarfile
import xml.etree.ElementTree as tree

RESOURCES = """
AllergyIntolerance Appointment Basic Binary Bundle CarePlan CareTeam Claim ClaimResponse Communication
CommunicationRequest Composition Condition Consent Coverage CoverageEligibilityRequest CoverageEligibilityResponse
DetectedIssue Device DeviceMetric DeviceRequest DeviceUseStatement DiagnosticReport DocumentReference Encounter
Endpoint EpisodeOfCare ExplanationOfBenefit FamilyMemberHistory Flag Goal Group HealthcareService ImagingStudy Immunization
Library List Location Media Medication MedicationAdministration MedicationDispense MedicationRequest
MedicationStatement NutritionOrder Observation OperationOutcome Organization Parameters Patient Practitioner
PractitionerRole Procedure Provenance Questionnaire QuestionnaireResponse RelatedPerson RequestGroup RiskAssessment
ServiceRequest Specimen Subscription SupplyRequest Task ValueSet VisionPrescription
""".split()

# From the R4 specification: elements with a minimum of 1 in types that no package here profiles.
MINIMUM = """
Extension.url Narrative.status Narrative.div Annotation.text SampledData.origin SampledData.period
SampledData.dimensions Signature.type Signature.when Signature.who UsageContext.code UsageContext.value
RelatedArtifact.type TriggerDefinition.type ParameterDefinition.use ParameterDefinition.type
DataRequirement.type DataRequirement.sort.path DataRequirement.sort.direction Expression.language Contributor.type Contributor.name
OperationOutcome.issue OperationOutcome.issue.severity OperationOutcome.issue.code Parameters.parameter.name
MedicationStatement.status MedicationStatement.medication MedicationStatement.subject
MedicationAdministration.status MedicationAdministration.medication MedicationAdministration.subject
MedicationAdministration.effective MedicationAdministration.performer.actor
DeviceUseStatement.status DeviceUseStatement.subject DeviceUseStatement.device
FamilyMemberHistory.status FamilyMemberHistory.patient FamilyMemberHistory.relationship FamilyMemberHistory.condition.code
Binary.contentType Basic.code Library.status Library.type Media.status Media.content ValueSet.status
Communication.status Consent.status Consent.scope Consent.category Composition.status Composition.type
Composition.date Composition.author Composition.title EpisodeOfCare.status EpisodeOfCare.patient Flag.status
Flag.code Flag.subject Group.type Group.actual List.status List.mode RequestGroup.status RequestGroup.intent
RiskAssessment.status RiskAssessment.subject SupplyRequest.item SupplyRequest.quantity ImagingStudy.status ImagingStudy.subject
DetectedIssue.status DeviceMetric.type DeviceMetric.category
""".split()

SYSTEM = {"System.String": "string", "System.Boolean": "boolean", "System.Integer": "integer", "System.Decimal": "decimal"}
PRIMITIVES = set(
    "boolean integer decimal string markdown code id uri url canonical oid uuid base64Binary date dateTime instant time "
    "unsignedInt positiveInt xhtml".split()
)
NS = "{urn:hl7-org:elm-modelinfo:r1}"
XSI = "{http://www.w3.org/2001/XMLSchema-instance}type"


def lower_path(name):
    """Claim.Item.SubDetail of the model description is Claim.item.subDetail of the specification."""
    head, *rest = name.split(".")
    return ".".join([head] + [part[0].lower() + part[1:] for part in rest])


def main():
    model = tree.parse(sys.argv[1]).getroot()
    types = {t.get("name"): t for t in model.findall(NS + "typeInfo")}

    def is_enumeration(name):
        node = types.get(name)
        names = [e.get("name") for e in node.findall(NS + "element")] if node is not None else []
        return node is not None and name not in PRIMITIVES and "." not in name and names == ["value"]

    def type_name(full):
        if full in SYSTEM:
            return SYSTEM[full]
        name = full.split(".", 1)[1] if full.startswith("FHIR.") else full
        if name in ("SimpleQuantity", "MoneyQuantity"):
            return "Quantity"
        return "code" if is_enumeration(name) else name

    def specifier(node):
        """(types, repeats) of an elementTypeSpecifier."""
        kind = node.get(XSI)
        if kind == "ListTypeSpecifier":
            if node.get("elementType"):
                return [type_name(node.get("elementType"))], True
            return specifier(node[0])[0], True
        if kind == "ChoiceTypeSpecifier":
            return [type_name("FHIR." + choice.get("name")) for choice in node.findall(NS + "choice")], False
        return [type_name("FHIR." + node.get("name"))], False

    minimum = {path for path in MINIMUM}
    profiled = set()
    for package in sys.argv[2:]:
        with tarfile.open(package) as archive:
            for member in archive:
                if not (member.name.endswith(".json") and "/StructureDefinition-" in member.name):
                    continue
                profile = json.load(archive.extractfile(member))
                if profile.get("kind") != "resource" or profile["type"] not in types:
                    continue
                profiled.add(profile["type"])
                for element in profile.get("snapshot", {}).get("element", []):
                    base = element.get("base", {})
                    if base.get("min", 0) >= 1 and element["path"] == base.get("path"):
                        minimum.add(base["path"].replace("[x]", ""))

    def parent_of(name):
        base = types[name].get("baseType", "")
        return base.split(".", 1)[1] if base.startswith("FHIR.") else ""

    def elements(name):
        node = types[name]
        own = []
        for element in node.findall(NS + "element"):
            spec = element.find(NS + "elementTypeSpecifier")
            kinds, repeats = specifier(spec) if spec is not None else ([type_name(element.get("elementType"))], False)
            codes = None
            binding = element.find(NS + "binding")
            short = element.get("description", "")
            if kinds == ["code"] and binding is not None and binding.get("strength") == "Required":
                parts = short.split(" | ")
                if len(parts) > 1 and all(part and " " not in part and "+" not in part for part in parts):
                    codes = parts
            choice = spec is not None and spec.get(XSI) == "ChoiceTypeSpecifier"
            own.append((element.get("name"), kinds, repeats, choice, codes))
        return own

    wanted, done = ["Element", "BackboneElement", "Resource", "DomainResource", "Quantity"] + RESOURCES, []
    print("# Elements of FHIR R4 (4.0.1). Written by tools/fhir_elements.py; do not edit by hand.")
    print("# NAME TYPE{|TYPE} [1 = required] [* = repeats] [=the complete required code list]")
    while wanted:
        name = wanted.pop(0)
        if name in done:
            continue
        done.append(name)
        path = lower_path(name)
        parent = parent_of(name)
        print(path + (" resource" if name in RESOURCES else "") + (f" : {parent}" if parent else ""))
        for element, kinds, repeats, choice, codes in elements(name):
            line = f"  {element}{'[x]' if choice else ''} {'|'.join(lower_path(kind) for kind in kinds)}"
            if f"{path}.{element}" in minimum:
                line += " 1"
            if repeats:
                line += " *"
            if codes:
                line += " =" + "|".join(codes)
            print(line)
            wanted += [kind for kind in kinds if kind not in PRIMITIVES and kind != "Resource"]


main()
