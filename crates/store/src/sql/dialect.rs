//! The one place where the databases speak differently: column types, table layout, triggers.

use super::schema;

/// Which SQL.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Dialect {
    Sqlite,
    Postgres,
}

impl Dialect {
    /// A schema text in this dialect.
    pub fn schema(self, text: &str) -> String {
        let words: [(&str, &str); 5] = match self {
            Self::Sqlite => [
                ("{text}", "TEXT"),
                ("{int}", "INTEGER"),
                ("{blob}", "BLOB"),
                ("{keyed}", "STRICT, WITHOUT ROWID"),
                ("{arrival}", "STRICT"),
            ],
            // Byte order, not the order of some locale: pages and bounds must not depend on the server's settings.
            Self::Postgres => {
                [("{text}", "TEXT COLLATE \"C\""), ("{int}", "BIGINT"), ("{blob}", "BYTEA"), ("{keyed}", ""), ("{arrival}", "")]
            }
        };
        words.iter().fold(text.to_owned(), |text, (from, to)| text.replace(from, to))
    }

    /// Triggers that refuse changes to the immutable tables.
    pub fn triggers(self) -> String {
        let mut sql = String::new();
        if self == Self::Postgres {
            sql.push_str(
                "CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$ \
                 BEGIN RAISE EXCEPTION '% is immutable: rows are added, never changed or removed', TG_TABLE_NAME; END $$;\n",
            );
        }
        for table in schema::IMMUTABLE {
            sql.push_str(&match self {
                Self::Sqlite => format!(
                    "CREATE TRIGGER {table}_no_update BEFORE UPDATE ON {table} BEGIN \
                     SELECT RAISE(ABORT, '{table} is immutable: rows are added, never changed or removed'); END;\n\
                     CREATE TRIGGER {table}_no_delete BEFORE DELETE ON {table} BEGIN \
                     SELECT RAISE(ABORT, '{table} is immutable: rows are added, never changed or removed'); END;\n"
                ),
                Self::Postgres => format!(
                    "CREATE TRIGGER {table}_immutable BEFORE UPDATE OR DELETE ON {table} \
                     FOR EACH ROW EXECUTE FUNCTION refuse_change();\n\
                     CREATE TRIGGER {table}_not_truncated BEFORE TRUNCATE ON {table} \
                     FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();\n"
                ),
            });
        }
        sql
    }
}
