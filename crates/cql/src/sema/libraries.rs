//! All sources of a program: parse each, order them by their includes, check them one by one.

use super::checker::{Checker, Frame, Included, Progress, Unit};
use super::{Options, Source};
use crate::ir::{Expr, Library, LibraryId, Plan, Type};
use crate::model::{self, Model, Models};
use crate::syntax::ast::{self, Include, Range};
use crate::syntax::{Diagnostic, DiagnosticCode, Severity, nearest, parse};
use std::collections::HashMap;
use std::rc::Rc;
use std::sync::Arc;

/// What came of a check.
pub struct Checked {
    /// The plan; `None` when there are errors.
    pub plan: Option<Plan>,
    /// Errors and warnings, by source and place.
    pub diagnostics: Vec<Diagnostic>,
}

/// Parses and checks all sources as one program.
#[must_use]
pub fn check(sources: &[Source<'_>], options: &Options) -> Checked {
    let mut faults = Vec::new();
    let mut parsed = Vec::with_capacity(sources.len());
    for source in sources {
        let name: Arc<str> = source.name.into();
        let (library, mut found) = parse(&name, source.text, &options.limits);
        faults.append(&mut found);
        parsed.push(Parsed {
            source: name,
            text: source.text.into(),
            name: library.name.as_ref().map(|n| n.dotted()).unwrap_or_default(),
            ast: Rc::new(library),
        });
    }
    duplicates(&parsed, &mut faults);
    let order = order(&parsed, &mut faults);
    let mut checker = Checker {
        options,
        models: Arc::new(models(&parsed, options)),
        plan: Plan::default(),
        faults,
        units: Vec::new(),
        unit: 0,
        frame: Frame::default(),
        subjects: HashMap::new(),
    };
    // Index into `parsed` -> index of its unit.
    let mut units: HashMap<usize, usize> = HashMap::new();
    for index in order {
        let unit = checker.add_unit(&parsed, index, &units);
        units.insert(index, unit);
        checker.unit = unit;
        checker.declare();
        checker.check_unit();
    }
    let Checker { mut plan, mut faults, models, .. } = checker;
    runtime_types(&mut plan, &models);
    faults.sort_by(|a, b| (&a.source, a.span.start).cmp(&(&b.source, b.span.start)));
    faults.dedup();
    let failed = faults.iter().any(|f| f.severity == Severity::Error);
    Checked { plan: (!failed).then_some(plan), diagnostics: faults }
}

/// The versions of a model at hand, those from files first.
fn versions(name: &str, options: &Options) -> Vec<Arc<str>> {
    let loaded = options.models.iter().filter(|m| &*m.name == name).map(|m| m.version.clone());
    loaded.chain(model::by_name(name).map(|m| m.version.clone())).collect()
}

/// The models of the program. Of several versions of one name the one that is asked for first is used: a program has one version of a model.
fn models(parsed: &[Parsed], options: &Options) -> Models {
    let mut chosen: Vec<Arc<Model>> = Vec::new();
    for using in parsed.iter().flat_map(|p| &p.ast.usings) {
        let Some(name) = using.model.parts.last().map(|p| &*p.text) else { continue };
        let built_in = model::by_name(name).is_some_and(|m| Some(&m.version) == using.version.as_ref());
        if chosen.iter().any(|m| &*m.name == name) {
            continue;
        }
        let mut loaded = options.models.iter().filter(|m| &*m.name == name);
        let exact = loaded.clone().find(|m| using.version.as_ref().is_none_or(|v| *v == m.version));
        // A file is given to be used: without an exact match it still comes before a built-in model of another version.
        if let Some(model) = exact.or_else(|| loaded.next_back().filter(|_| !built_in)) {
            chosen.push(model.clone());
        }
    }
    // Profile models stand on FHIR whether or not it is named.
    if let Some(fhir) = options.models.iter().find(|m| &*m.name == "FHIR").filter(|_| !chosen.iter().any(|m| &*m.name == "FHIR"))
    {
        chosen.push(fhir.clone());
    }
    Models::with(chosen)
}

/// Static types as the running program knows them: all data is FHIR, so a plan needs no profile model.
fn runtime_types(plan: &mut Plan, models: &Models) {
    let mut known: HashMap<Type, Type> = HashMap::new();
    let mut change = |ty: &mut Type| {
        if mentions_profile(ty) {
            let runtime = known.entry(ty.clone()).or_insert_with(|| models.runtime_type(ty));
            *ty = runtime.clone();
        }
    };
    plan.nodes.iter_mut().for_each(|node| change(&mut node.ty));
    plan.definitions.iter_mut().flat_map(|d| &mut d.locals).for_each(|local| change(&mut local.ty));
    for parameter in &mut plan.parameters {
        change(&mut parameter.ty);
        parameter.locals.iter_mut().for_each(|local| change(&mut local.ty));
    }
    for function in &mut plan.functions {
        change(&mut function.result);
        function.operands.iter_mut().for_each(|(_, ty)| change(ty));
        function.locals.iter_mut().for_each(|local| change(&mut local.ty));
    }
    for node in &mut plan.nodes {
        match &mut node.expr {
            Expr::Is { ty, .. } | Expr::As { ty, .. } | Expr::Instance { class: ty, .. } => change(ty),
            _ => {}
        }
    }
}

fn mentions_profile(ty: &Type) -> bool {
    match ty {
        Type::System(_) => false,
        Type::Class { model, .. } => &**model != "FHIR",
        Type::List(of) | Type::Interval(of) => mentions_profile(of),
        Type::Tuple(elements) => elements.iter().any(|(_, ty)| mentions_profile(ty)),
        Type::Choice(alternatives) => alternatives.iter().any(mentions_profile),
    }
}

struct Parsed {
    source: Arc<str>,
    text: Arc<str>,
    name: String,
    ast: Rc<ast::Library>,
}

impl Parsed {
    fn fault(&self, code: DiagnosticCode, span: Range, message: String) -> Diagnostic {
        Diagnostic::new(code, &self.source, &self.text, span.bytes(), message)
    }
}

fn name_span(parsed: &Parsed) -> Range {
    parsed.ast.name.as_ref().map(|n| n.span).unwrap_or_default()
}

fn duplicates(parsed: &[Parsed], faults: &mut Vec<Diagnostic>) {
    for (i, one) in parsed.iter().enumerate() {
        let twin = parsed[..i]
            .iter()
            .find(|other| !one.name.is_empty() && other.name == one.name && other.ast.version == one.ast.version);
        if let Some(twin) = twin {
            faults.push(one.fault(
                DiagnosticCode::DuplicateName,
                name_span(one),
                format!("library `{}` of this version is also in {}", one.name, twin.source),
            ));
        }
    }
}

/// The library an include means: same name; the version asked for, or the highest when none is asked for.
fn find(parsed: &[Parsed], include: &Include) -> Option<usize> {
    let wanted = include.library.dotted();
    let candidates = parsed.iter().enumerate().filter(|(_, p)| p.name == wanted);
    match &include.version {
        Some(version) => {
            let mut candidates = candidates.filter(|(_, p)| p.ast.version.is_none() || p.ast.version.as_ref() == Some(version));
            candidates.next().map(|(i, _)| i)
        }
        None => candidates.max_by(|a, b| version_key(&a.1.ast.version).cmp(&version_key(&b.1.ast.version))).map(|(i, _)| i),
    }
}

/// `1.10.0` is after `1.9.0`.
fn version_key(version: &Option<Arc<str>>) -> Vec<(u64, String)> {
    version.as_deref().unwrap_or_default().split(['.', '-']).map(|part| (part.parse().unwrap_or(0), part.to_owned())).collect()
}

fn is_helpers(include: &Include) -> bool {
    include.library.parts.last().is_some_and(|last| &*last.text == "FHIRHelpers")
}

/// Includes before what includes them; a circle is a fault and is cut.
fn order(parsed: &[Parsed], faults: &mut Vec<Diagnostic>) -> Vec<usize> {
    let mut order = Vec::with_capacity(parsed.len());
    // 0 not seen, 1 on the path, 2 done.
    let mut state = vec![0_u8; parsed.len()];
    for root in 0..parsed.len() {
        if state[root] != 0 {
            continue;
        }
        state[root] = 1;
        let mut path = vec![(root, 0_usize)];
        while let Some((index, next)) = path.last().copied() {
            let Some(include) = parsed[index].ast.includes.get(next) else {
                state[index] = 2;
                order.push(index);
                path.pop();
                continue;
            };
            let depth = path.len() - 1;
            path[depth].1 += 1;
            let Some(target) = find(parsed, include).filter(|_| !is_helpers(include)) else {
                continue;
            };
            match state[target] {
                0 => {
                    state[target] = 1;
                    path.push((target, 0));
                }
                1 => {
                    let start = path.iter().position(|(i, _)| *i == target).unwrap_or(0);
                    let mut names: Vec<&str> = path[start..].iter().map(|(i, _)| parsed[*i].name.as_str()).collect();
                    names.push(&parsed[target].name);
                    faults.push(parsed[index].fault(
                        DiagnosticCode::CyclicInclude,
                        include.library.span,
                        format!("libraries include each other in a circle: {}", names.join(" -> ")),
                    ));
                }
                _ => {}
            }
        }
    }
    order
}

impl Checker<'_> {
    /// Adds a library whose includes are units already.
    fn add_unit(&mut self, parsed: &[Parsed], index: usize, units: &HashMap<usize, usize>) -> usize {
        let one = &parsed[index];
        let library = LibraryId(self.plan.libraries.len() as u32);
        self.plan.libraries.push(Library {
            name: one.name.as_str().into(),
            version: one.ast.version.clone(),
            source_name: one.source.clone(),
            text: one.text.clone(),
            built_in: false,
        });
        let ast = one.ast.clone();
        self.units.push(Unit {
            source: one.source.clone(),
            text: one.text.clone(),
            library,
            models: Vec::new(),
            symbols: HashMap::new(),
            functions: HashMap::new(),
            definition_progress: vec![Progress::Waiting; ast.definitions.len()],
            parameter_progress: vec![Progress::Waiting; ast.parameters.len()],
            function_progress: vec![Progress::Waiting; ast.functions.len()],
            signatures: Vec::new(),
            subjects: vec![None; ast.contexts.len()],
            ast: ast.clone(),
        });
        let unit = self.units.len() - 1;
        self.unit = unit;
        for using in &ast.usings {
            self.using(using);
        }
        for include in &ast.includes {
            self.include(parsed, include, units);
        }
        unit
    }

    fn using(&mut self, using: &ast::Using) {
        let name = using.model.parts.last().map_or("", |p| &*p.text);
        if name == "System" {
            return;
        }
        let Some(model) = self.models.get(name) else {
            let mut known: Vec<&str> = vec!["FHIR", "QICore", "USCore"];
            known.extend(self.options.models.iter().map(|m| &*m.name));
            let advice = nearest(name, known.iter().copied()).map(|n| format!("did you mean `{n}`?"));
            let at_hand =
                || format!("known models are System, {}; give the ModelInfo file of another with --model", known.join(", "));
            let advice = advice.unwrap_or_else(at_hand);
            self.fault_with(DiagnosticCode::UnknownModel, using.model.span, format!("there is no model `{name}`"), Some(advice));
            return;
        };
        let (name, version) = (model.name.clone(), model.version.clone());
        if let Some(asked) = &using.version
            && *asked != version
            && !(&*name == "FHIR" && asked.starts_with("4.0") && version.starts_with("4.0"))
        {
            let unit = &self.units[self.unit];
            let mut warning = Diagnostic::new(
                DiagnosticCode::UnknownModel,
                &unit.source,
                &unit.text,
                using.model.span.bytes(),
                format!("{name} {asked} is read as {name} {version}"),
            );
            let at_hand = versions(&name, self.options).join(", ");
            warning.advice = Some(format!("at hand: {name} {at_hand}; give the ModelInfo file of another version with --model"));
            self.faults.push(warning.warning());
        }
        let alias = using.alias.as_ref().map_or_else(|| name.clone(), |a| a.text.clone());
        self.units[self.unit].models.push((alias, name));
    }

    fn include(&mut self, parsed: &[Parsed], include: &Include, units: &HashMap<usize, usize>) {
        let last = include.library.parts.last();
        let alias = include.alias.as_ref().or(last).map_or_else(|| "".into(), |n| n.text.clone());
        let included = if is_helpers(include) {
            self.helpers_version(include);
            Included::Helpers
        } else {
            match find(parsed, include) {
                // An included library that is part of a circle has no unit yet; the circle is reported.
                Some(index) => units.get(&index).map_or(Included::Missing, |unit| Included::Unit(*unit)),
                None => {
                    let name = include.library.dotted();
                    let version = include.version.as_ref().map(|v| format!(" version '{v}'")).unwrap_or_default();
                    let other = parsed
                        .iter()
                        .find(|p| p.name == name)
                        .and_then(|p| p.ast.version.clone())
                        .map(|v| format!("version '{v}' of it is there"));
                    self.fault_with(
                        DiagnosticCode::UnknownLibrary,
                        include.library.span,
                        format!("there is no library `{name}`{version} among the sources"),
                        other,
                    );
                    Included::Missing
                }
            }
        };
        self.add_include(&alias, included, include.library.span);
    }

    /// The built-in conversions are those of FHIRHelpers 4.0.1 and of the later ones that agree with it.
    fn helpers_version(&mut self, include: &Include) {
        // `4.0.001` is 4.0.1.
        let numbers = |version: &str| version.split('.').map(|part| part.parse().unwrap_or(0)).collect::<Vec<u64>>();
        let Some(asked) = include.version.as_ref().filter(|version| numbers(version) < vec![4, 0, 1]) else {
            return;
        };
        let unit = &self.units[self.unit];
        let mut warning = Diagnostic::new(
            DiagnosticCode::UnknownLibrary,
            &unit.source,
            &unit.text,
            include.library.span.bytes(),
            format!("FHIRHelpers {asked} is read as FHIRHelpers 4.0.1, which is built in"),
        );
        let advice = "include FHIRHelpers version '4.0.1'; the conversions of quantities, ratios and periods are not those of earlier versions";
        warning.advice = Some(advice.to_owned());
        self.faults.push(warning.warning());
    }
}
