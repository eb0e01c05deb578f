//! Event log, outbox, timers, documents, projections: memory, SQLite, PostgreSQL
