#!/usr/bin/env python3
"""Turns a ModelInfo file into the compact table the cql crate embeds.

    modelinfo.py fhir-modelinfo-4.0.1.xml > crates/cql/src/model/data/fhir-4.0.1.txt

One line opens a class, the lines after it are its elements:

    =Name|Base|primary code path|resource it profiles|profile URL|r
    name type|target

A type is a class of the same model, `$Name` of System, `*T` a list, `<T` an interval, `A/B` a choice. Only facts about names and types are
taken; descriptions, definitions, comments and bindings are not.
"""
import sys
import xml.etree.ElementTree as ElementTree

TYPE = "{http://www.w3.org/2001/XMLSchema-instance}type"
TARGETS = {
    "%value.value": "v",
    "FHIRHelpers.ToConcept(%value)": "c",
    "FHIRHelpers.ToValue(%value)": "t",
    "FHIRHelpers.ToQuantity(%value)": "q",
    "FHIRHelpers.ToInterval(%value)": "i",
    "FHIRHelpers.ToCode(%value)": "d",
    "FHIRHelpers.ToRatio(%value)": "r",
}


def local(tag):
    return tag.split("}")[-1]


def named(model, name):
    space, _, rest = name.partition(".")
    if space == model:
        return rest
    if space == "System":
        return "$" + rest
    return name


def specifier(model, node):
    kind = node.attrib.get(TYPE, "").split(":")[-1]
    if kind == "ListTypeSpecifier":
        inner = node.attrib.get("elementType")
        return "*" + (named(model, inner) if inner else specifier(model, node[0]))
    if kind == "IntervalTypeSpecifier":
        inner = node.attrib.get("pointType")
        return "<" + (named(model, inner) if inner else specifier(model, node[0]))
    if kind == "ChoiceTypeSpecifier":
        return "/".join(specifier(model, choice) for choice in node if local(choice.tag) in ("choice", "type"))
    space = node.attrib.get("namespace") or node.attrib.get("modelName") or model
    return named(model, space + "." + node.attrib["name"])


def element_type(model, element):
    plain = element.attrib.get("elementType") or element.attrib.get("type")
    if plain:
        return named(model, plain)
    for child in element:
        if local(child.tag) in ("elementTypeSpecifier", "typeSpecifier"):
            return specifier(model, child)
    return "$Any"


def main(path):
    root = ElementTree.parse(path).getroot()
    model = root.attrib["name"]
    out = [f"#{model}|{root.attrib['version']}|{root.attrib.get('patientClassName', '').split('.')[-1]}"]
    for info in root:
        if local(info.tag) != "typeInfo":
            continue
        base = info.attrib.get("baseType")
        base = named(model, base) if base else ""
        for child in info:
            if local(child.tag) == "baseTypeSpecifier":
                base = specifier(model, child)
        name = info.attrib["name"]
        fields = [
            name[len(model) + 1:] if name.startswith(model + ".") else name,
            base,
            info.attrib.get("primaryCodePath", ""),
            info.attrib.get("target", ""),
            info.attrib.get("identifier", "") if model != "FHIR" else "",
            "r" if info.attrib.get("retrievable") == "true" else "",
        ]
        out.append("=" + "|".join(fields).rstrip("|"))
        for element in info:
            if local(element.tag) != "element":
                continue
            target = element.attrib.get("target")
            suffix = "|" + TARGETS.get(target, target) if target else ""
            out.append(f"{element.attrib['name']} {element_type(model, element)}{suffix}")
    print("\n".join(out))


main(sys.argv[1])
