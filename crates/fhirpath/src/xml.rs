//! Enough XML for the test suite's file: elements, attributes, text, comments and entities.

/// An element with its text (of its own, joined) and its children.
#[derive(Debug, Default)]
pub(crate) struct Element {
    pub(crate) name: String,
    pub(crate) attributes: Vec<(String, String)>,
    pub(crate) text: String,
    pub(crate) children: Vec<Element>,
}

impl Element {
    pub(crate) fn attribute(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find(|(n, _)| n == name).map(|(_, value)| value.as_str())
    }

    pub(crate) fn child(&self, name: &str) -> Option<&Element> {
        self.children.iter().find(|c| c.name == name)
    }
}

/// The root element; `None` when the text is not of this kind of XML.
pub(crate) fn parse(text: &str) -> Option<Element> {
    let mut open: Vec<Element> = vec![Element::default()];
    let mut rest = text;
    while let Some(at) = rest.find('<') {
        open.last_mut()?.text.push_str(&unescape(&rest[..at]));
        rest = &rest[at..];
        let skip = |rest: &mut &str, end: &str| -> Option<()> {
            *rest = &rest[rest.find(end)? + end.len()..];
            Some(())
        };
        if rest.starts_with("<!--") {
            skip(&mut rest, "-->")?;
        } else if rest.starts_with("<?") || rest.starts_with("<!") {
            skip(&mut rest, ">")?;
        } else if rest.starts_with("</") {
            skip(&mut rest, ">")?;
            let done = open.pop()?;
            open.last_mut()?.children.push(done);
        } else {
            let (element, closed, after) = tag(&rest[1..])?;
            rest = after;
            if closed {
                open.last_mut()?.children.push(element);
            } else {
                open.push(element);
            }
        }
        if open.len() > 64 {
            return None;
        }
    }
    let mut top = open.pop().filter(|_| open.is_empty())?;
    top.children.pop()
}

/// A start tag after its `<`: the element, whether it ends there, and the text after it.
fn tag(text: &str) -> Option<(Element, bool, &str)> {
    let end = text.find(|c: char| c.is_whitespace() || c == '>' || c == '/')?;
    let mut element = Element { name: text[..end].to_owned(), ..Element::default() };
    let mut rest = text[end..].trim_start();
    loop {
        if let Some(after) = rest.strip_prefix("/>") {
            return Some((element, true, after));
        }
        if let Some(after) = rest.strip_prefix('>') {
            return Some((element, false, after));
        }
        let (name, after) = rest.split_once('=')?;
        let after = after.trim_start();
        let quote = after.chars().next().filter(|c| matches!(c, '"' | '\''))?;
        let (value, after) = after[1..].split_once(quote)?;
        element.attributes.push((name.trim().to_owned(), unescape(value)));
        rest = after.trim_start();
    }
}

fn unescape(text: &str) -> String {
    let plain = [("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&apos;", "'"), ("&#39;", "'"), ("&amp;", "&")];
    plain.iter().fold(text.to_owned(), |text, (escaped, sign)| text.replace(escaped, sign))
}
