//! Icons as inline SVG: 16 units square, drawn with the colour of the text around them. They never stand alone for a state;
//! the word stands beside them, so they are hidden from screen readers.

macro_rules! icon {
    ($body:literal) => {
        concat!(
            r#"<svg class="icon" viewBox="0 0 16 16" width="16" height="16" aria-hidden="true" focusable="false">"#,
            $body,
            "</svg>"
        )
    };
}

/// A tick in a circle: met, approved.
pub(crate) const MET: &str = icon!(
    r#"<circle cx="8" cy="8" r="7" fill="currentColor"/><path d="M4.6 8.3l2.3 2.3 4.5-4.9" fill="none" class="cut" stroke-width="1.8"/>"#
);
/// A cross in a square: not met, denied.
pub(crate) const NOT_MET: &str = icon!(
    r#"<rect x="1.2" y="1.2" width="13.6" height="13.6" rx="2" fill="currentColor"/><path d="M5 5l6 6M11 5l-6 6" fill="none" class="cut" stroke-width="1.8"/>"#
);
/// A question in a diamond: unknown.
pub(crate) const UNKNOWN: &str = icon!(
    r#"<path d="M8 .8L15.2 8 8 15.2.8 8z" fill="currentColor"/><path d="M6.3 6.3c.2-2.2 3.4-2 3.3 0 0 1.2-1.6 1.3-1.6 2.6" fill="none" class="cut" stroke-width="1.5"/><circle cx="8" cy="11.2" r=".9" class="cut-fill"/>"#
);
/// A clock: time left.
pub(crate) const CLOCK: &str = icon!(
    r#"<circle cx="8" cy="8" r="6.6" fill="none" stroke="currentColor" stroke-width="1.6"/><path d="M8 4v4.2l2.7 1.6" fill="none" stroke="currentColor" stroke-width="1.6"/>"#
);
/// A triangle: near.
pub(crate) const NEAR: &str = icon!(
    r#"<path d="M8 1.2L15.4 14.4H.6z" fill="currentColor"/><path d="M8 5.6v4.2" class="cut" stroke-width="1.7"/><circle cx="8" cy="12" r="1" class="cut-fill"/>"#
);
/// An octagon: missed.
pub(crate) const MISSED: &str = icon!(
    r#"<path d="M5 .8h6L15.2 5v6L11 15.2H5L.8 11V5z" fill="currentColor"/><path d="M8 3.8v5" class="cut" stroke-width="1.8"/><circle cx="8" cy="11.6" r="1.1" class="cut-fill"/>"#
);
/// Two bars: the clock stands.
pub(crate) const PAUSED: &str = icon!(
    r#"<rect x="3" y="2.5" width="3.6" height="11" rx="1" fill="currentColor"/><rect x="9.4" y="2.5" width="3.6" height="11" rx="1" fill="currentColor"/>"#
);
/// A bolt: expedited.
pub(crate) const BOLT: &str = icon!(r#"<path d="M9.5.8L2.6 9.2h4.3L6 15.2l7.2-8.8H8.7z" fill="currentColor"/>"#);
/// A half-filled circle: less than asked.
pub(crate) const PARTIAL: &str = icon!(
    r#"<circle cx="8" cy="8" r="6.6" fill="none" stroke="currentColor" stroke-width="1.6"/><path d="M8 1.4a6.6 6.6 0 010 13.2z" fill="currentColor"/>"#
);
/// A ring: nothing yet.
pub(crate) const OPEN: &str =
    icon!(r#"<circle cx="8" cy="8" r="6.2" fill="none" stroke="currentColor" stroke-width="1.6" stroke-dasharray="2.4 2"/>"#);
/// A chain link: in the ledger.
pub(crate) const LEDGER: &str = icon!(
    r#"<path d="M6.6 9.4l2.8-2.8M7.2 4.6l1.5-1.5a3 3 0 014.2 4.2l-1.5 1.5M8.8 11.4l-1.5 1.5a3 3 0 01-4.2-4.2l1.5-1.5" fill="none" stroke="currentColor" stroke-width="1.6" stroke-linecap="round"/>"#
);
