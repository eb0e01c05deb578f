//! Reads the compact tables. They are part of the program, so a line that is not understood is left out rather than reported; tests look at what came of them.

use super::{Class, Element, ExtensionPart, Model, Target};
use crate::ir::{SystemType, Type};
use std::collections::HashMap;
use std::sync::Arc;

pub(super) fn read(text: &'static str) -> Model {
    let mut reader = Reader { model: "".into(), names: HashMap::new() };
    let mut model = Model { name: "".into(), version: "", patient: "", classes: HashMap::new() };
    let mut open: Option<(&'static str, Class)> = None;
    for line in text.lines() {
        if let Some(header) = line.strip_prefix('#') {
            let mut fields = header.split('|');
            model.name = fields.next().unwrap_or_default().into();
            model.version = fields.next().unwrap_or_default();
            model.patient = fields.next().unwrap_or_default();
            reader.model = model.name.clone();
        } else if let Some(line) = line.strip_prefix('=') {
            if let Some((name, class)) = open.replace(reader.class(line)) {
                model.classes.insert(name, class);
            }
        } else if let Some((_, class)) = &mut open
            && let Some(element) = reader.element(line)
        {
            class.elements.push(element);
        }
    }
    if let Some((name, class)) = open {
        model.classes.insert(name, class);
    }
    model
}

struct Reader {
    model: Arc<str>,
    /// One shared text for each class name.
    names: HashMap<&'static str, Arc<str>>,
}

impl Reader {
    fn name(&mut self, name: &'static str) -> Arc<str> {
        self.names.entry(name).or_insert_with(|| name.into()).clone()
    }

    fn class(&mut self, line: &'static str) -> (&'static str, Class) {
        let mut fields = line.split('|');
        let name = fields.next().unwrap_or_default();
        let base = fields.next().unwrap_or_default();
        let code_path = fields.next().filter(|f| !f.is_empty());
        let target = fields.next().filter(|f| !f.is_empty());
        let profile = fields.next().filter(|f| !f.is_empty());
        let retrievable = fields.next() == Some("r");
        let base = self.ty(base);
        let fhir = self.name(target.unwrap_or(name));
        let class = Class { base, code_path, fhir, profile, retrievable, elements: Vec::new() };
        (name, class)
    }

    fn element(&mut self, line: &'static str) -> Option<Element> {
        let (name, rest) = line.split_once(' ')?;
        let (ty, target) = match rest.split_once('|') {
            Some((ty, target)) => (ty, read_target(target)),
            None => (rest, None),
        };
        Some(Element { name, ty: self.ty(ty), target })
    }

    fn ty(&mut self, text: &'static str) -> Type {
        // A list of a choice is written `*A/B`.
        if let Some(of) = text.strip_prefix('*') {
            return Type::list(self.ty(of));
        }
        if text.contains('/') {
            let alternatives: Vec<Type> = text.split('/').map(|t| self.ty(t)).collect();
            return Type::choice(alternatives);
        }
        if let Some(of) = text.strip_prefix('<') {
            return Type::interval(self.ty(of));
        }
        if let Some(system) = text.strip_prefix('$') {
            return SystemType::from_name(system).map_or(Type::ANY, Type::System);
        }
        if text.is_empty() {
            return Type::ANY;
        }
        Type::Class { model: self.model.clone(), name: self.name(text) }
    }
}

fn read_target(text: &'static str) -> Option<Target> {
    if matches!(text, "v" | "c" | "t" | "q" | "i" | "d" | "r") || text.starts_with("System.Concept:") {
        return Some(Target::Value);
    }
    let quoted = |after: &str| -> Option<&'static str> {
        let (_, rest) = text.split_once(after)?;
        rest.split('\'').nth(1)
    };
    if let Some((_, path)) = text.split_once("%parent.")
        && let Some((element, _)) = path.split_once("[coding.system=")
    {
        return Some(Target::Slice { element, system: quoted("coding.system=")?, code: quoted("coding.code=")? });
    }
    let url = quoted("url=")?;
    let (_, path) = text.split_once("%parent.")?;
    let (before, after) = path.split_once("[url=")?;
    let modifier = before.ends_with("modifierExtension");
    let element = before.rsplit_once('.').map(|(element, _)| element.trim_end_matches("[x]"));
    let part = if after.contains("].value") { ExtensionPart::Value } else { ExtensionPart::Whole };
    Some(Target::Extension { element, url, part, modifier })
}
