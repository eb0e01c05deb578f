//! HTTP for machines: PAS, capability statement, health
