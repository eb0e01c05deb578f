//! A list that grows behind a shared reference, for what is computed once and then read by all threads.

use std::sync::OnceLock;

/// A list of things found by a test and made when they are missing. Things are never moved or removed.
pub(super) struct Chain<T>(OnceLock<Box<Link<T>>>);

struct Link<T> {
    item: T,
    next: Chain<T>,
}

impl<T> Default for Chain<T> {
    fn default() -> Self {
        Chain(OnceLock::new())
    }
}

impl<T> Chain<T> {
    /// The first item that passes the test; `make` makes one that does when there is none, while other threads
    /// that need a new item wait. It must not look into the same chain.
    pub(super) fn find_or_make(&self, is: impl Fn(&T) -> bool, make: impl Fn() -> T) -> &T {
        let mut chain = self;
        loop {
            let link = chain.0.get_or_init(|| Box::new(Link { item: make(), next: Chain::default() }));
            if is(&link.item) {
                return &link.item;
            }
            chain = &link.next;
        }
    }

    /// The items, oldest first.
    pub(super) fn iter(&self) -> impl Iterator<Item = &T> {
        std::iter::successors(self.0.get(), |link| link.next.0.get()).map(|link| &link.item)
    }
}
