//! Well-typed CQL expressions from bytes: the same bytes give the same text, and a small change of the bytes is a small change of the text.

/// Types the generator makes.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Boolean,
    Integer,
    Long,
    Decimal,
    Quantity,
    Text,
    Date,
    DateTime,
    Time,
}
use Kind::*;

const POINTS: [Kind; 7] = [Integer, Long, Decimal, Quantity, Date, DateTime, Time];
const ALL: [Kind; 9] = [Boolean, Integer, Long, Decimal, Quantity, Text, Date, DateTime, Time];
const TEMPORAL: [Kind; 3] = [Date, DateTime, Time];
const MAX_TEXT: usize = 6_000;

/// One expression.
pub fn expression(bytes: &[u8]) -> String {
    let mut g = Generator { bytes, at: 0, depth: 0, made: 0, names: 0 };
    let kind = g.pick(&ALL);
    match g.byte() % 4 {
        0 => g.list(kind),
        1 => {
            let point = g.pick(&POINTS);
            g.interval(point)
        }
        _ => g.scalar(kind),
    }
}

struct Generator<'b> {
    bytes: &'b [u8],
    at: usize,
    depth: u32,
    made: usize,
    names: u32,
}

impl Generator<'_> {
    /// The next byte; zeros at the end, which all mean the simplest choice.
    fn byte(&mut self) -> u8 {
        let byte = self.bytes.get(self.at).copied().unwrap_or(0);
        self.at += 1;
        byte
    }

    fn pick<T: Copy>(&mut self, from: &[T]) -> T {
        from[usize::from(self.byte()) % from.len()]
    }

    fn number(&mut self) -> i64 {
        let (a, b) = (i64::from(self.byte()), i64::from(self.byte()));
        match a % 8 {
            0..=4 => b - 100,
            5 => i64::from(i32::MAX) - b,
            6 => b * 1_000_003,
            _ => 0,
        }
    }

    /// Whether a leaf is due.
    fn leaf(&self) -> bool {
        self.depth > 6 || self.at >= self.bytes.len() || self.made > MAX_TEXT
    }

    fn scalar(&mut self, kind: Kind) -> String {
        self.depth += 1;
        let text = if self.leaf() { self.literal(kind) } else { self.compound(kind) };
        self.depth -= 1;
        self.made += text.len() / 4;
        text
    }

    fn literal(&mut self, kind: Kind) -> String {
        if self.byte() % 16 == 15 {
            return format!("(null as {})", name(kind));
        }
        let n = self.number();
        match kind {
            Boolean => ["true", "false", "(null as Boolean)"][usize::from(self.byte()) % 3].to_owned(),
            Integer => format!("({})", n.clamp(-2_147_483_647, 2_147_483_647)),
            Long => match self.byte() % 5 {
                0 => "9223372036854775807L".to_owned(),
                _ => format!("({n}L)"),
            },
            Decimal => {
                let digits = ["0", "5", "25", "10", "00000001", "99999999", "333"][usize::from(self.byte()) % 7];
                match self.byte() % 9 {
                    8 => format!("9999999999999999999999999999.{digits}"),
                    _ => format!("({n}.{digits})"),
                }
            }
            Quantity => {
                let unit = self.pick(&[
                    "'mg'", "'g'", "'cm'", "'m'", "days", "months", "years", "weeks", "hours", "'1'", "'%'", "'mm[Hg]'", "'Cel'", "'[degF]'", "'d'",
                    "'a'", "'mo'", "'kg/m2'", "'10*3/uL'", "'no such unit'", "milliseconds",
                ]);
                format!("({n}.5 {unit})")
            }
            Text => self
                .pick(&["''", "'a'", "'abc'", "' b '", "'1'", "'true'", "'2020-02-30'", "'2020-02'", "'5 \\'mg\\''", "'T10:00'", "'(a|b)+c?'", "'\\u00e9'", "'1.50'"])
                .to_owned(),
            Date => {
                let (y, m, d) = self.day();
                match self.byte() % 4 {
                    0 => format!("@{y:04}"),
                    1 => format!("@{y:04}-{m:02}"),
                    _ => format!("@{y:04}-{m:02}-{d:02}"),
                }
            }
            DateTime => {
                let (y, m, d) = self.day();
                let time = ["T", "T10", "T10:30", "T10:30:15", "T23:59:59.999", "T00:00:00.000"][usize::from(self.byte()) % 6];
                let zone = if time.len() > 1 { ["", "Z", "+14:00", "-05:30"][usize::from(self.byte()) % 4] } else { "" };
                format!("@{y:04}-{m:02}-{d:02}{time}{zone}")
            }
            Time => self.pick(&["@T00", "@T10:30", "@T23:59:59.999", "@T12:00:00", "@T00:00:00.000"]).to_owned(),
        }
    }

    fn day(&mut self) -> (u16, u8, u8) {
        let year = match self.byte() {
            0 => 1,
            1 => 9_999,
            b => 1_900 + u16::from(b),
        };
        (year, 1 + self.byte() % 12, 1 + self.byte() % 28)
    }

    fn precision(&mut self, kind: Kind) -> &'static str {
        match kind {
            Date => self.pick(&["year", "month", "day"]),
            Time => self.pick(&["hour", "minute", "second", "millisecond"]),
            _ => self.pick(&["year", "month", "day", "hour", "minute", "second", "millisecond"]),
        }
    }

    fn compound(&mut self, kind: Kind) -> String {
        // Forms every type has.
        match self.byte() % 12 {
            0 => return self.literal(kind),
            1 => {
                let (c, a, b) = (self.scalar(Boolean), self.scalar(kind), self.scalar(kind));
                return format!("(if {c} then {a} else {b})");
            }
            2 => {
                let (a, b) = (self.scalar(kind), self.scalar(kind));
                return format!("Coalesce({a}, {b})");
            }
            3 => {
                let (list, which) = (self.list(kind), self.pick(&["First", "Last", "Mode"]));
                return format!("{which}({list})");
            }
            4 => {
                let (list, index) = (self.list(kind), self.byte() % 4);
                return format!("({list})[{index}]");
            }
            5 => {
                let (a, b, c) = (self.scalar(kind), self.scalar(kind), self.scalar(kind));
                return format!("(case {a} when {b} then {c} else {a} end)");
            }
            6 if POINTS.contains(&kind) => {
                let (interval, which) = (self.interval(kind), self.pick(&["start of", "end of", "point from"]));
                return format!("({which} {interval})");
            }
            7 if POINTS.contains(&kind) => {
                let (a, which) = (self.scalar(kind), self.pick(&["successor of", "predecessor of"]));
                return format!("({which} {a})");
            }
            8 if kind != Boolean => {
                let (list, which) = (self.list(kind), self.pick(&["Max", "Min"]));
                return format!("{which}({list})");
            }
            _ => {}
        }
        match kind {
            Boolean => self.boolean(),
            Integer | Long | Decimal | Quantity => self.arithmetic(kind),
            Text => self.text(),
            Date | DateTime | Time => self.temporal(kind),
        }
    }

    fn boolean(&mut self) -> String {
        match self.byte() % 10 {
            0 => {
                let (a, b, op) = (self.scalar(Boolean), self.scalar(Boolean), self.pick(&["and", "or", "xor", "implies"]));
                format!("({a} {op} {b})")
            }
            1 => {
                let (a, what) = (self.scalar(Boolean), self.pick(&["is null", "is not true", "is false"]));
                format!("({a} {what})")
            }
            2 | 3 => {
                let kind = self.pick(&[Integer, Long, Decimal, Quantity, Text, Date, DateTime, Time]);
                let (a, b, op) = (self.scalar(kind), self.scalar(kind), self.pick(&["<", "<=", ">", ">=", "=", "!=", "~", "!~"]));
                format!("({a} {op} {b})")
            }
            4 => {
                let kind = self.pick(&TEMPORAL);
                let (a, b, p) = (self.scalar(kind), self.scalar(kind), self.precision(kind));
                let op = self.pick(&["same", "before", "after", "same or before", "same or after"]);
                match op {
                    "same" => format!("({a} same {p} as {b})"),
                    "same or before" => format!("({a} same {p} or before {b})"),
                    "same or after" => format!("({a} same {p} or after {b})"),
                    op => format!("({a} {op} {p} of {b})"),
                }
            }
            5 | 6 => {
                let kind = self.pick(&POINTS);
                let op = self.pick(&[
                    "overlaps", "overlaps before", "overlaps after", "meets", "meets before", "meets after", "starts", "ends", "before", "after", "includes",
                    "included in", "properly includes", "properly included in", "same as", "=", "~",
                ]);
                let (a, b) = (self.interval(kind), self.interval(kind));
                format!("({a} {op} {b})")
            }
            7 => {
                let kind = self.pick(&POINTS);
                let (point, interval) = (self.scalar(kind), self.interval(kind));
                format!("({point} in {interval})")
            }
            8 => {
                let kind = self.pick(&ALL);
                let op = self.pick(&["=", "~", "includes", "properly includes", "included in"]);
                let (a, b) = (self.list(kind), self.list(kind));
                format!("({a} {op} {b})")
            }
            _ => {
                let (kind, which) = (self.pick(&ALL), self.pick(&["exists", "AllTrue", "AnyTrue"]));
                match which {
                    "exists" => format!("(exists {})", self.list(kind)),
                    which => format!("{which}({})", self.list(Boolean)),
                }
            }
        }
    }

    fn arithmetic(&mut self, kind: Kind) -> String {
        match self.byte() % 8 {
            0..=2 => {
                let op = match kind {
                    Integer | Long => self.pick(&["+", "-", "*", "div", "mod", "^"]),
                    Decimal => self.pick(&["+", "-", "*", "/", "div", "mod", "^"]),
                    _ => self.pick(&["+", "-", "*", "/"]),
                };
                let (a, b) = (self.scalar(kind), self.scalar(kind));
                format!("({a} {op} {b})")
            }
            3 => {
                let (a, which) = (self.scalar(kind), self.pick(&["Abs", "-"]));
                format!("({which}({a}))")
            }
            4 => {
                let which = match kind {
                    Integer | Long => self.pick(&["Sum", "Product"]),
                    _ => self.pick(&["Sum", "Product", "Avg", "Median", "StdDev", "Variance", "PopulationStdDev", "PopulationVariance"]),
                };
                let list = self.list(kind);
                format!("{which}({list})")
            }
            5 => match kind {
                Integer => {
                    let (d, which) = (self.scalar(Decimal), self.pick(&["Ceiling", "Floor", "Truncate"]));
                    format!("{which}({d})")
                }
                Decimal => {
                    let (d, which) = (self.scalar(Decimal), self.pick(&["Ln", "Exp", "Round"]));
                    format!("{which}({d})")
                }
                Quantity => {
                    let (q, unit) = (self.scalar(Quantity), self.pick(&["mg", "g", "cm", "d", "no such unit"]));
                    format!("(convert {q} to '{unit}')")
                }
                _ => {
                    let text = self.scalar(Text);
                    format!("ToLong({text})")
                }
            },
            6 => match kind {
                Integer => {
                    let over = self.pick(&TEMPORAL);
                    let (p, a, b) = (self.precision(over), self.scalar(over), self.scalar(over));
                    let which = self.pick(&["between", "difference"]);
                    match which {
                        "between" => format!("({p}s between {a} and {b})"),
                        _ => format!("(difference in {p}s between {a} and {b})"),
                    }
                }
                Decimal => {
                    let (a, b) = (self.scalar(Decimal), self.scalar(Decimal));
                    format!("Log({a}, {b})")
                }
                kind => {
                    let interval = self.interval(kind);
                    format!("(width of {interval})")
                }
            },
            _ => match kind {
                Integer => {
                    let any = self.pick(&ALL);
                    let list = self.list(any);
                    format!("Count({list})")
                }
                kind => {
                    let text = self.scalar(Text);
                    format!("To{}({text})", name(kind))
                }
            },
        }
    }

    fn text(&mut self) -> String {
        let (a, b) = (self.scalar(Text), self.scalar(Text));
        match self.byte() % 9 {
            0 => format!("({a} + {b})"),
            1 => format!("({a} & {b})"),
            2 => format!("Upper({a})"),
            3 => {
                let (start, length) = (self.scalar(Integer), self.scalar(Integer));
                format!("Substring({a}, {start}, {length})")
            }
            4 => format!("Combine({{{a}, {b}}}, {a})"),
            5 => format!("ReplaceMatches({a}, {b}, {a})"),
            6 => format!("First(Split({a}, {b}))"),
            7 => {
                let kind = self.pick(&ALL);
                let value = self.scalar(kind);
                format!("ToString({value})")
            }
            _ => format!("(if Matches({a}, {b}) then {a} else {b})"),
        }
    }

    fn temporal(&mut self, kind: Kind) -> String {
        let a = self.scalar(kind);
        match self.byte() % 5 {
            0 | 1 => {
                let (p, n, op) = (self.precision(kind), self.number(), self.pick(&["+", "-"]));
                format!("({a} {op} ({n} {p}s))")
            }
            2 => {
                let quantity = self.scalar(Quantity);
                format!("({a} + {quantity})")
            }
            3 => match kind {
                Date => format!("(date from {})", self.scalar(DateTime)),
                Time => format!("(time from {})", self.scalar(DateTime)),
                _ => format!("ToDateTime({})", self.scalar(Date)),
            },
            _ => {
                let text = self.scalar(Text);
                format!("To{}({text})", name(kind))
            }
        }
    }

    fn interval(&mut self, kind: Kind) -> String {
        self.depth += 1;
        let leaf = self.leaf();
        let text = match self.byte() % 6 {
            0 if !leaf => {
                let (a, b, op) = (self.interval(kind), self.interval(kind), self.pick(&["union", "intersect", "except"]));
                format!("({a} {op} {b})")
            }
            1 if !leaf => {
                let (a, b) = (self.interval(kind), self.interval(kind));
                format!("First(collapse {{{a}, {b}}})")
            }
            _ => {
                let (open, close) = (self.pick(&["[", "("]), self.pick(&["]", ")"]));
                let (low, high) = (self.scalar(kind), self.scalar(kind));
                format!("Interval{open}{low}, {high}{close}")
            }
        };
        self.depth -= 1;
        self.made += text.len() / 4;
        text
    }

    fn list(&mut self, kind: Kind) -> String {
        self.depth += 1;
        let leaf = self.leaf();
        let text = match self.byte() % 12 {
            0 if !leaf => {
                let (a, b, op) = (self.list(kind), self.list(kind), self.pick(&["union", "intersect", "except"]));
                format!("({a} {op} {b})")
            }
            1 if !leaf => {
                let (list, which) = (self.list(kind), self.pick(&["distinct", "Tail"]));
                if which == "Tail" { format!("Tail({list})") } else { format!("(distinct {list})") }
            }
            2 if !leaf => {
                let (list, body) = (self.list(kind), self.scalar(Boolean));
                self.names += 1;
                format!("({list} V{} where {body})", self.names)
            }
            3 if !leaf => {
                let (from, body) = (self.pick(&ALL), self.scalar(kind));
                let list = self.list(from);
                self.names += 1;
                format!("({list} V{} return all {body})", self.names)
            }
            4 if !leaf && kind != Boolean => {
                let (list, direction) = (self.list(kind), self.pick(&["asc", "desc"]));
                self.names += 1;
                let alias = self.names;
                format!("({list} V{alias} return all V{alias} sort {direction})")
            }
            5 if !leaf && POINTS.contains(&kind) => {
                let interval = self.interval(kind);
                let per = if TEMPORAL.contains(&kind) { format!(" per {}", self.precision(kind)) } else { String::new() };
                format!("Take((expand {interval}{per}), 5)")
            }
            6 if !leaf => {
                let (list, n, which) = (self.list(kind), self.byte() % 5, self.pick(&["Skip", "Take"]));
                format!("{which}({list}, {n})")
            }
            _ => {
                let count = self.byte() % 5;
                let items: Vec<String> = (0..count).map(|_| self.scalar(kind)).collect();
                if items.is_empty() { format!("(List<{}>{{}})", name(kind)) } else { format!("{{{}}}", items.join(", ")) }
            }
        };
        self.depth -= 1;
        self.made += text.len() / 4;
        text
    }
}

fn name(kind: Kind) -> &'static str {
    match kind {
        Boolean => "Boolean",
        Integer => "Integer",
        Long => "Long",
        Decimal => "Decimal",
        Quantity => "Quantity",
        Text => "String",
        Date => "Date",
        DateTime => "DateTime",
        Time => "Time",
    }
}

