//! The real world: the machine's clock and its randomness.

use base::Timestamp;
use workflow::World;

/// The machine.
pub struct Machine;

impl World for Machine {
    fn now(&self) -> Timestamp {
        Timestamp::now()
    }

    fn random(&self, into: &mut [u8]) {
        entropy(into);
    }
}

/// Random bytes from the operating system. Without them nothing safe can be done, so the process stops.
pub fn entropy(into: &mut [u8]) {
    if getrandom::fill(into).is_err() {
        eprintln!("avedis: the operating system gives no randomness; stopping");
        std::process::abort();
    }
}

/// A random token of 256 bits in URL-safe base64.
pub fn token() -> String {
    use base64::Engine as _;
    let mut bytes = [0; 32];
    entropy(&mut bytes);
    base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(bytes)
}
