//! FHIR R4 as written: lossless resources, typed views, faults, OperationOutcome
