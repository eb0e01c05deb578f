use super::*;

#[test]
fn the_tables_are_read() {
    let observation = fhir().class("Observation").unwrap();
    assert_eq!(observation.code_path.as_deref(), Some("code"));
    let value = fhir().element("Observation", "value").unwrap();
    assert!(matches!(&value.ty, Type::Choice(c) if c.len() == 11), "{:?}", value.ty);
    assert_eq!(fhir().element("Observation", "id").unwrap().ty, Type::class("FHIR", "id"));
    assert_eq!(fhir().primitive("ObservationStatus"), Some(SystemType::String));
    assert_eq!(fhir().primitive("Quantity"), None);
    assert_eq!(fhir().primitive("Age"), None);
    assert_eq!(fhir().primitive("id"), Some(SystemType::String));
    assert!(fhir().contexts.iter().any(|c| &**c == "Practitioner"));
    let period = qicore().element("Encounter", "period").unwrap();
    assert_eq!(period.ty, Type::interval(Type::DATE_TIME));
    assert_eq!(&*fhir_class("QICore", "ObservationCancelled"), "Observation");
    assert_eq!(qicore().labelled("QICore Procedure Not Done").map(|n| &**n), Some("ProcedureNotDone"));
    assert_eq!(us_core().element("PatientProfile", "birthDate").unwrap().ty, Type::DATE);
}

#[test]
fn every_type_of_the_tables_exists() {
    for model in [fhir(), qicore(), us_core()] {
        for name in model.class_names() {
            for element in &model.class(name).unwrap().elements {
                check(&element.ty, name, &element.name);
            }
        }
    }
    fn check(ty: &Type, class: &str, element: &str) {
        match ty {
            Type::Class { model, name } => {
                // US Core's table leaves a few class names undefined in the published file itself.
                let known = by_name(model).is_some_and(|m| m.class(name).is_some());
                assert!(known || &**model == "USCore", "{class}.{element}: {ty}");
            }
            Type::List(of) | Type::Interval(of) => check(of, class, element),
            Type::Choice(of) => of.iter().for_each(|t| check(t, class, element)),
            Type::System(_) | Type::Tuple(_) => {}
        }
    }
}

#[test]
fn faults_of_a_model_file_are_reported() {
    let message = |xml: &str| match Model::from_modelinfo(xml) {
        Ok(_) => String::new(),
        Err(faults) => faults.iter().map(|f| format!("{f}\n")).collect(),
    };
    assert!(message("").contains("ends before its root"));
    assert!(message("<modelInfo").contains("not well-formed"));
    assert!(message("<a/>").contains("root element is `a`"));
    let two = message("<modelInfo name='M'><typeInfo/></modelInfo>");
    assert!(two.contains("`modelInfo` has no `version`") && two.contains("`typeInfo` has no `name`"), "{two}");
    assert!(message("<modelInfo name='M|x' version='1'/>").contains("not a name"));
    assert!(message(&"<modelInfo>".repeat(100)).contains("nested deeper"));
}
