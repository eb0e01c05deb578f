//! Reads the compact tables (the form is described in `modelinfo.rs`, which writes them). They are made by this crate, so a line that is not understood is left
//! out rather than reported; tests look at what came of them.

use super::{Class, Element, Model, target};
use crate::ir::{SystemType, Type};
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

pub(super) fn read(text: &str) -> Model {
    let mut reader = Reader { model: "".into(), names: HashSet::new() };
    let mut model = Model {
        name: "".into(),
        version: "".into(),
        patient: "".into(),
        contexts: Vec::new(),
        classes: HashMap::new(),
        labels: HashMap::new(),
    };
    let mut open: Option<(Arc<str>, Class)> = None;
    for line in text.lines() {
        if let Some(header) = line.strip_prefix('#') {
            let mut fields = header.split('|');
            let mut field = || fields.next().unwrap_or_default().into();
            (model.name, model.version, model.patient) = (field(), field(), field());
            reader.model = model.name.clone();
        } else if let Some(context) = line.strip_prefix('@') {
            model.contexts.push(context.into());
        } else if let Some(line) = line.strip_prefix('=') {
            let (name, class, label) = reader.class(line);
            if let Some(label) = label {
                model.labels.insert(label.into(), name.clone());
            }
            if let Some((name, class)) = open.replace((name, class)) {
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
    unwrap_system_classes(&mut model);
    model
}

/// Profile models have classes that are only names for a System type (`QICore.EncounterStatus` is a String): elements get the System type itself.
fn unwrap_system_classes(model: &mut Model) {
    let names = model.classes.iter().filter_map(|(name, class)| match &class.base {
        Type::System(system) if *system != SystemType::Any => Some((name.clone(), *system)),
        _ => None,
    });
    let names: HashMap<Arc<str>, SystemType> = names.collect();
    if names.is_empty() {
        return;
    }
    for element in model.classes.values_mut().flat_map(|class| &mut class.elements) {
        if let Some(ty) = unwrapped(&element.ty, &names) {
            element.ty = ty;
        }
    }
}

/// The type with these classes replaced; `None` when it has none of them.
fn unwrapped(ty: &Type, names: &HashMap<Arc<str>, SystemType>) -> Option<Type> {
    match ty {
        Type::Class { name, .. } => names.get(name).map(|system| Type::System(*system)),
        Type::List(of) => unwrapped(of, names).map(Type::list),
        Type::Interval(of) => unwrapped(of, names).map(Type::interval),
        Type::Choice(of) => {
            let changed = of.iter().any(|t| unwrapped(t, names).is_some());
            changed.then(|| Type::choice(of.iter().map(|t| unwrapped(t, names).unwrap_or_else(|| t.clone()))))
        }
        Type::System(_) | Type::Tuple(_) => None,
    }
}

struct Reader {
    model: Arc<str>,
    /// One shared text for each name.
    names: HashSet<Arc<str>>,
}

impl Reader {
    fn name(&mut self, name: &str) -> Arc<str> {
        if let Some(known) = self.names.get(name) {
            return known.clone();
        }
        let new: Arc<str> = name.into();
        self.names.insert(new.clone());
        new
    }

    /// Name, class and label of a class line.
    fn class<'t>(&mut self, line: &'t str) -> (Arc<str>, Class, Option<&'t str>) {
        let mut fields = line.split('|');
        let mut field = || fields.next().filter(|f| !f.is_empty());
        let (name, base, code_path, target, profile, label) =
            (field().unwrap_or_default(), field(), field(), field(), field(), field());
        let retrievable = field() == Some("r");
        let class = Class {
            base: self.ty(base.unwrap_or_default()),
            code_path: code_path.map(|p| self.name(p)),
            fhir: self.name(target.unwrap_or(name)),
            profile: profile.map(Arc::from),
            retrievable,
            elements: Vec::new(),
        };
        (self.name(name), class, label)
    }

    fn element(&mut self, line: &str) -> Option<Element> {
        let (name, rest) = line.split_once('\t')?;
        let (ty, target) = match rest.split_once('|') {
            Some((ty, "v")) => (ty, Some(target::Target::Value)),
            Some((ty, target)) => (ty, target::read(target)),
            None => (rest, None),
        };
        Some(Element { name: self.name(name), ty: self.ty(ty), target })
    }

    fn ty(&mut self, text: &str) -> Type {
        let mut rest = text;
        self.type_at(&mut rest)
    }

    fn type_at(&mut self, rest: &mut &str) -> Type {
        if let Some(of) = rest.strip_prefix('*') {
            *rest = of;
            return Type::list(self.type_at(rest));
        }
        if let Some(of) = rest.strip_prefix('<') {
            *rest = of;
            return Type::interval(self.type_at(rest));
        }
        if let Some(alternatives) = rest.strip_prefix('(') {
            *rest = alternatives;
            let mut types = vec![self.type_at(rest)];
            while let Some(next) = rest.strip_prefix('/') {
                *rest = next;
                types.push(self.type_at(rest));
            }
            *rest = rest.strip_prefix(')').unwrap_or(rest);
            return Type::choice(types);
        }
        let end = rest.find(['/', ')']).unwrap_or(rest.len());
        let (name, after) = rest.split_at(end);
        *rest = after;
        match name.strip_prefix('$') {
            Some(system) => SystemType::from_name(system).map_or(Type::ANY, Type::System),
            None if name.is_empty() => Type::ANY,
            None => Type::Class { model: self.model.clone(), name: self.name(name) },
        }
    }
}
